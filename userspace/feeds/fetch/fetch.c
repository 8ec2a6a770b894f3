/* SPDX-License-Identifier: GPL-2.0-or-later */
/* http and https; rsync.c has the rest. */
#include "gzip.h"
#include "private.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "userspace/feeds/write_all.h"

#define CONNECT_SECONDS 20L
#define SLOW_BYTES      100L /* a second, for ... */
#define SLOW_SECONDS    30L  /* ... so long: the transfer is given up */
#define REDIRECTS_MAX   5L

struct transfer {
	struct mxdp_fetch *fetch;
	int fd;
	uint64_t bytes;
	int error; /* of writing; -EFBIG: too large, -EBADMSG: packed badly */
	char etag[MXDP_FETCH_TAG];
	char encoding[16]; /* "", or what the answer is packed by */
	struct mxdp_gunzip gunzip;
};

static int write_body(void *context, const char *bytes, size_t length)
{
	struct transfer *transfer = context;

	transfer->bytes += length;
	if (transfer->bytes > transfer->fetch->size_max)
		return -EFBIG;
	return mxdp_feed_write_all(transfer->fd, bytes, length);
}

static bool is_packed(const struct transfer *transfer)
{
	return strcasecmp(transfer->encoding, "gzip") == 0 ||
	       strcasecmp(transfer->encoding, "x-gzip") == 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t length = size * count;

	if (is_packed(transfer))
		transfer->error =
			mxdp_gunzip_take(&transfer->gunzip, bytes, length, write_body, transfer);
	else if (transfer->encoding[0] && strcasecmp(transfer->encoding, "identity") != 0)
		transfer->error = -EBADMSG;
	else
		transfer->error = write_body(transfer, bytes, length);
	return transfer->error ? 0 : length;
}

/* Keeps the value of a header of this name, printable, if it is one and fits. */
static void take_header(const char *bytes, size_t length, const char *name, char *value,
			size_t places)
{
	size_t start = strlen(name);

	if (length < start || strncasecmp(bytes, name, start) != 0)
		return;
	while (start < length && bytes[start] == ' ')
		start++;
	while (length > start && (unsigned char)bytes[length - 1] <= ' ')
		length--;
	if (length - start >= places)
		return;
	for (length -= start; length--; value++, start++)
		*value = bytes[start] >= ' ' && bytes[start] <= '~' ? bytes[start] : '?';
	*value = '\0';
}

/* Of several answers (redirects) the last one's counts. */
static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t length = size * count;

	if (length > 5 && strncmp(bytes, "HTTP/", 5) == 0)
		transfer->etag[0] = transfer->encoding[0] = '\0';
	take_header(bytes, length, "etag:", transfer->etag, sizeof(transfer->etag));
	take_header(bytes, length, "content-encoding:", transfer->encoding,
		    sizeof(transfer->encoding));
	return length;
}

static int on_progress(void *context, curl_off_t to_get, curl_off_t got, curl_off_t to_put,
		       curl_off_t put)
{
	const struct transfer *transfer = context;

	(void)to_get;
	(void)got;
	(void)to_put;
	(void)put;
	return atomic_load(transfer->fetch->stop);
}

static void set_limits(CURL *curl, const struct mxdp_fetch *fetch)
{
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	/* A redirect from https to http would give the list into anybody's hands. */
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR,
			 strncmp(fetch->url, "https:", 6) == 0 ? "https" : "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)fetch->timeout);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, SLOW_SECONDS);
	curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)fetch->size_max);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
}

static struct curl_slist *set_request(CURL *curl, struct transfer *transfer)
{
	const struct mxdp_fetch *fetch = transfer->fetch;
	char header[MXDP_FETCH_TAG + 32];
	struct curl_slist *headers = curl_slist_append(NULL, "Accept-Encoding: gzip");

	curl_easy_setopt(curl, CURLOPT_URL, fetch->url);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "mxdp/" MXDP_VERSION);
	curl_easy_setopt(curl, CURLOPT_FILETIME, 1L);
	if (fetch->proxy)
		curl_easy_setopt(curl, CURLOPT_PROXY, fetch->proxy);
	if (fetch->ca_file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, fetch->ca_file);
	if (fetch->version.etag[0]) {
		snprintf(header, sizeof(header), "If-None-Match: %s", fetch->version.etag);
		headers = curl_slist_append(headers, header);
	} else if (fetch->version.modified > 0) {
		curl_easy_setopt(curl, CURLOPT_TIMECONDITION, (long)CURL_TIMECOND_IFMODSINCE);
		curl_easy_setopt(curl, CURLOPT_TIMEVALUE_LARGE,
				 (curl_off_t)fetch->version.modified);
	}
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer);
	return headers;
}

static void explain(const struct transfer *transfer, CURLcode code, long status, char *fault)
{
	if (transfer->error == -EFBIG || code == CURLE_FILESIZE_EXCEEDED)
		snprintf(fault, MXDP_FETCH_FAULT,
			 "it is larger than %llu MiB; if that is meant, raise size_max",
			 (unsigned long long)(transfer->fetch->size_max >> 20));
	else if (transfer->error == -EBADMSG)
		snprintf(fault, MXDP_FETCH_FAULT, "what the server sends is no gzip (%s)",
			 transfer->encoding);
	else if (transfer->error)
		snprintf(fault, MXDP_FETCH_FAULT, "%s cannot be written: %s", transfer->fetch->to,
			 strerror(-transfer->error));
	else if (code == CURLE_HTTP_RETURNED_ERROR)
		snprintf(fault, MXDP_FETCH_FAULT, "the server answers %ld", status);
	else if (code == CURLE_PARTIAL_FILE)
		snprintf(fault, MXDP_FETCH_FAULT, "the transfer was cut off");
	else
		snprintf(fault, MXDP_FETCH_FAULT, "%s", curl_easy_strerror(code));
}

static enum mxdp_fetch_result take_result(CURL *curl, CURLcode code, struct transfer *transfer,
					  char *fault)
{
	struct mxdp_fetch_version *version = &transfer->fetch->version;
	curl_off_t modified = -1;
	long status = 0, unmet = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(curl, CURLINFO_CONDITION_UNMET, &unmet);
	if (code == CURLE_OK && (status == 304 || unmet) &&
	    (version->etag[0] || version->modified > 0))
		return MXDP_FETCH_UNCHANGED;
	if (code != CURLE_OK || status != 200) {
		explain(transfer, code == CURLE_OK ? CURLE_HTTP_RETURNED_ERROR : code, status,
			fault);
		return MXDP_FETCH_FAILED;
	}
	if (is_packed(transfer) && !transfer->gunzip.whole) {
		explain(transfer, CURLE_PARTIAL_FILE, status, fault);
		return MXDP_FETCH_FAILED;
	}
	curl_easy_getinfo(curl, CURLINFO_FILETIME_T, &modified);
	memcpy(version->etag, transfer->etag, sizeof(version->etag));
	version->modified = modified > 0 ? modified : 0;
	return MXDP_FETCH_NEW;
}

static enum mxdp_fetch_result fetch_http(struct transfer *transfer, char *fault)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *headers;
	enum mxdp_fetch_result result;

	if (!curl) {
		snprintf(fault, MXDP_FETCH_FAULT, "memory is out");
		return MXDP_FETCH_FAILED;
	}
	headers = set_request(curl, transfer);
	set_limits(curl, transfer->fetch);
	result = take_result(curl, curl_easy_perform(curl), transfer, fault);
	curl_easy_cleanup(curl);
	mxdp_gunzip_end(&transfer->gunzip);
	curl_slist_free_all(headers);
	return result;
}

enum mxdp_fetch_result mxdp_fetch_run(struct mxdp_fetch *fetch, char fault[MXDP_FETCH_FAULT])
{
	struct transfer transfer = {.fetch = fetch};
	enum mxdp_fetch_result result;

	fault[0] = '\0';
	if (strncmp(fetch->url, "rsync:", 6) == 0)
		return mxdp_fetch_rsync(fetch, fault);
	transfer.fd = open(fetch->to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (transfer.fd < 0) {
		snprintf(fault, MXDP_FETCH_FAULT, "%s cannot be written: %s", fetch->to,
			 strerror(errno));
		return MXDP_FETCH_FAILED;
	}
	result = fetch_http(&transfer, fault);
	close(transfer.fd);
	return result;
}
