/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_MAX      (64 * 1024 * 1024)
#define URL_MAX         1024
#define CONNECT_TIMEOUT 5L
#define ANSWER_TIMEOUT  60L /* a check takes as long as its slowest zone may */

struct buffer {
	char *data;
	size_t size;
};

static size_t keep(char *data, size_t one, size_t size, void *context)
{
	struct buffer *buffer = context;
	char *grown;

	(void)one;
	if (buffer->size + size > ANSWER_MAX)
		return 0;
	grown = realloc(buffer->data, buffer->size + size + 1);
	if (!grown)
		return 0;
	memcpy(grown + buffer->size, data, size);
	buffer->data = grown;
	buffer->size += size;
	buffer->data[buffer->size] = '\0';
	return size;
}

static void complain_unreachable(const struct cli *cli, CURL *curl, CURLcode code)
{
	long os_error = 0;

	curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &os_error);
	if (os_error == EACCES || os_error == EPERM)
		cli_complain("%s: permission denied; run as root, or join the group that owns the "
			     "socket",
			     cli->socket);
	else if (code == CURLE_COULDNT_CONNECT)
		cli_complain("no daemon answers on %s%s%s; start it with \"systemctl start mxdpd\" "
			     "or \"mxdpd --config /etc/mxdp/mxdp.conf\", or name its socket with "
			     "--socket",
			     cli->socket, os_error ? ": " : "",
			     os_error ? strerror((int)os_error) : "");
	else
		cli_complain("the daemon on %s did not answer: %s", cli->socket,
			     curl_easy_strerror(code));
}

static CURL *open_handle(const struct cli *cli)
{
	CURL *curl = curl_easy_init();

	if (!curl) {
		cli_complain("the HTTP library does not start");
		return NULL;
	}
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, cli->socket);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT);
	return curl;
}

static int make_url(CURL *curl, const char *path, const struct client_argument *arguments,
		    char url[URL_MAX])
{
	size_t used = (size_t)snprintf(url, URL_MAX, "http://mxdp%s", path);
	char separator = '?';

	for (; arguments && arguments->name; arguments++) {
		char *escaped;

		if (!arguments->value)
			continue;
		escaped = curl_easy_escape(curl, arguments->value, 0);
		if (!escaped)
			return -ENOMEM;
		used += (size_t)snprintf(url + used, URL_MAX - used, "%c%s=%s", separator,
					 arguments->name, escaped);
		curl_free(escaped);
		if (used >= URL_MAX)
			return -E2BIG;
		separator = '&';
	}
	return 0;
}

/* What the HTTP status means for the exit status; the daemon's fault is passed on. */
static enum cli_exit judge(long status, const json_t *answer)
{
	if (status >= 200 && status < 300 && answer)
		return CLI_DONE;
	cli_complain("%s",
		     answer && cli_text(answer, "error")[0]
			     ? cli_text(answer, "error")
			     : "the daemon gave an answer that this mxdp does not understand; "
			       "are both of one version?");
	return status == 400 ? CLI_USAGE : CLI_NO;
}

static enum cli_exit perform(const struct cli *cli, CURL *curl, json_t **answer)
{
	struct buffer buffer = {NULL, 0};
	enum cli_exit result;
	long status = 0;
	CURLcode code;

	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &buffer);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, ANSWER_TIMEOUT);
	code = curl_easy_perform(curl);
	if (code != CURLE_OK) {
		complain_unreachable(cli, curl, code);
		free(buffer.data);
		return CLI_NO_DAEMON;
	}
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	*answer = buffer.data ? json_loadb(buffer.data, buffer.size, 0, NULL) : NULL;
	free(buffer.data);
	result = judge(status, *answer);
	if (result != CLI_DONE) {
		json_decref(*answer);
		*answer = NULL;
	}
	return result;
}

enum cli_exit client_call(const struct cli *cli, const char *method, const char *path,
			  const struct client_argument *arguments, const json_t *body,
			  json_t **answer)
{
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	CURL *curl = open_handle(cli);
	enum cli_exit result = CLI_NO;
	char url[URL_MAX];

	*answer = NULL;
	if (!curl) {
		free(text);
		return CLI_NO;
	}
	if (make_url(curl, path, arguments, url) < 0) {
		cli_complain("an argument is too long");
		result = CLI_USAGE;
	} else {
		curl_easy_setopt(curl, CURLOPT_URL, url);
		if (text)
			curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text);
		else if (strcmp(method, "POST") == 0)
			curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
		result = perform(cli, curl, answer);
	}
	curl_easy_cleanup(curl);
	free(text);
	return result;
}

enum cli_exit client_show(const struct cli *cli, const char *method, const char *path,
			  const struct client_argument *arguments, const json_t *body,
			  const struct client_view *view)
{
	json_t *answer;
	enum cli_exit result = client_call(cli, method, path, arguments, body, &answer);

	if (result != CLI_DONE)
		return result;
	if (cli->json)
		cli_print_json(answer);
	else
		view->print(cli, answer);
	if (view->found && !view->found(answer))
		result = CLI_NO;
	json_decref(answer);
	return result;
}

/* A stream's rest of a line until its end arrives. */
struct stream {
	const struct cli *cli;
	void (*line)(const struct cli *cli, const char *text);
	struct buffer rest;
};

static size_t cut_lines(char *data, size_t one, size_t size, void *context)
{
	struct stream *stream = context;
	char *start, *end;

	if (keep(data, one, size, &stream->rest) != size)
		return 0;
	start = stream->rest.data;
	while ((end = strchr(start, '\n'))) {
		*end = '\0';
		stream->line(stream->cli, start);
		start = end + 1;
	}
	stream->rest.size = strlen(start);
	memmove(stream->rest.data, start, stream->rest.size + 1);
	return size;
}

/* Nobody reads what would be written: `mxdp watch | head` is done with head, not at the next event.
 */
static bool reader_gone(void)
{
	struct pollfd output = {.fd = STDOUT_FILENO};

	return poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLHUP));
}

/* The library asks once a second, also while nothing arrives. */
static int end_without_reader(void *context, curl_off_t down, curl_off_t downloaded, curl_off_t up,
			      curl_off_t uploaded)
{
	(void)context, (void)down, (void)downloaded, (void)up, (void)uploaded;
	return reader_gone();
}

static enum cli_exit end_of_stream(const struct cli *cli, CURL *curl, CURLcode code)
{
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return CLI_DONE;
	if (code == CURLE_HTTP_RETURNED_ERROR) {
		cli_complain("the daemon takes no more watchers; end one");
		return CLI_NO;
	}
	if (code == CURLE_COULDNT_CONNECT)
		complain_unreachable(cli, curl, code);
	else
		cli_complain("the daemon on %s ended the stream", cli->socket);
	return CLI_NO_DAEMON;
}

enum cli_exit client_stream(const struct cli *cli, const char *path,
			    void (*line)(const struct cli *cli, const char *text))
{
	struct stream stream = {.cli = cli, .line = line};
	CURL *curl = open_handle(cli);
	char url[URL_MAX];
	enum cli_exit result;

	if (!curl)
		return CLI_NO;
	make_url(curl, path, NULL, url);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, cut_lines);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &stream);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, end_without_reader);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	result = end_of_stream(cli, curl, curl_easy_perform(curl));
	curl_easy_cleanup(curl);
	free(stream.rest.data);
	return result;
}

bool client_reachable(const struct cli *cli)
{
	struct buffer buffer = {NULL, 0};
	CURL *curl = open_handle(cli);
	CURLcode code;

	if (!curl)
		return false;
	curl_easy_setopt(curl, CURLOPT_URL, "http://mxdp/status");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &buffer);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, CONNECT_TIMEOUT);
	code = curl_easy_perform(curl);
	curl_easy_cleanup(curl);
	free(buffer.data);
	return code == CURLE_OK;
}
