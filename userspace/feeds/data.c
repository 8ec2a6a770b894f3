/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "data.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "write_all.h"

#define CHUNK_BYTES     (256 * 1024)
#define FAULTS_PER_CENT 1 /* of all lines that say something */
#define WIDEST_V4       8
#define WIDEST_V6       16

/* A reading under way. */
struct reader {
	const struct mxdp_feed_reading *reading;
	struct mxdp_feed_data *data;
	struct mxdp_feed_report *report;
	struct mxdp_feed_parser *parser;
	int from, to; /* file descriptors; `to` is -1 without a copy */
};

static int refuse(struct mxdp_feed_report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int refuse(struct mxdp_feed_report *report, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(report->refusal, sizeof(report->refusal), format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static int make_room(void **array, size_t size, size_t count, size_t *places)
{
	size_t wanted = *places ? *places * 2 : 256;
	void *larger;

	if (count < *places)
		return 0;
	larger = reallocarray(*array, wanted, size);
	if (!larger)
		return -ENOMEM;
	*array = larger;
	*places = wanted;
	return 0;
}

static int keep4(struct mxdp_feed_data *data, const struct mxdp_feed_entry *entry)
{
	uint32_t line = entry->line < MXDP_FEED_LINE_LAST ? entry->line : MXDP_FEED_LINE_LAST;
	int error = make_room((void **)&data->entries4, sizeof(*data->entries4), data->count4,
			      &data->places4);

	if (!error)
		data->entries4[data->count4++] =
			(uint64_t)ntohl(mxdp_address_v4(&entry->prefix.address)) << 32 |
			(uint64_t)entry->prefix.length << 26 |
			(entry->excluded ? MXDP_SNAPSHOT_EXCLUDED4 : 0) | line;
	return error;
}

static int keep6(struct mxdp_feed_data *data, const struct mxdp_feed_entry *entry)
{
	int error = make_room((void **)&data->entries6, sizeof(*data->entries6), data->count6,
			      &data->places6);
	struct mxdp_feed_entry6 *kept;

	if (error)
		return error;
	kept = &data->entries6[data->count6++];
	memcpy(kept->address, entry->prefix.address.bytes, sizeof(kept->address));
	kept->line = entry->line;
	kept->length = entry->prefix.length;
	kept->excluded = entry->excluded;
	return 0;
}

static int on_entry(void *context, const struct mxdp_feed_entry *entry)
{
	struct reader *reader = context;
	const struct mxdp_feed_limits *limits = &reader->reading->limits;
	bool v4 = mxdp_address_is_v4(&entry->prefix.address);
	char text[MXDP_PREFIX_TEXT];

	if (!limits->wide && !entry->excluded &&
	    entry->prefix.length < (v4 ? WIDEST_V4 : WIDEST_V6))
		return refuse(reader->report,
			      "line %" PRIu32 ": %s is wider than /%d; if that is meant, write "
			      "wide = yes",
			      entry->line, mxdp_prefix_format(&entry->prefix, text),
			      v4 ? WIDEST_V4 : WIDEST_V6);
	if (++reader->report->entries > limits->entries_max)
		return refuse(reader->report,
			      "line %" PRIu32 ": more than %" PRIu64 " entries; raise entries_max",
			      entry->line, limits->entries_max);
	return v4 ? keep4(reader->data, entry) : keep6(reader->data, entry);
}

static void on_fault(void *context, const struct mxdp_feed_fault *fault)
{
	struct reader *reader = context;
	struct mxdp_feed_report *report = reader->report;
	size_t place = report->faults++;

	if (place >= MXDP_FEED_FAULTS_KEPT)
		return;
	report->first[place].line = fault->line;
	snprintf(report->first[place].what, sizeof(report->first[place].what), "%s", fault->what);
	snprintf(report->first[place].text, sizeof(report->first[place].text), "%s", fault->text);
}

/* Also a file that ends in the middle of a line is read; only the format can tell that it is cut.
 */
static int read_all(struct reader *reader)
{
	char *chunk = malloc(CHUNK_BYTES);
	int error = chunk ? 0 : -ENOMEM;
	uint64_t bytes = 0;

	while (!error) {
		ssize_t length = read(reader->from, chunk, CHUNK_BYTES);

		if (length == 0)
			break;
		if (length < 0) {
			error = errno == EINTR ? 0 : -errno;
			continue;
		}
		bytes += (size_t)length;
		if (reader->reading->limits.bytes_max && bytes > reader->reading->limits.bytes_max)
			error = -EFBIG;
		else
			error = mxdp_feed_parser_take(reader->parser, chunk, (size_t)length);
		if (!error && reader->to >= 0)
			error = mxdp_feed_write_all(reader->to, chunk, (size_t)length);
	}
	free(chunk);
	if (!error && reader->reading->growing)
		mxdp_feed_parser_leave_rest(reader->parser);
	if (!error)
		error = mxdp_feed_parser_end(reader->parser);
	if (!error && reader->to >= 0 && fsync(reader->to))
		error = -errno;
	return error;
}

static const char *way_out(int error)
{
	switch (error) {
	case -EACCES:
		return "the daemon's user may not read it; chmod or chgrp it, and its directories";
	case -ENXIO:
	case -ENODEV:
		return "it is no regular file; name one";
	case -ENOSPC:
		return "the state directory's disk is full; make room";
	default:
		return strerror(-error);
	}
}

static int judge_size(const struct mxdp_feed_limits *limits, struct mxdp_feed_report *report)
{
	uint64_t now = report->entries, before = limits->previous;

	if (!now && !limits->empty)
		return refuse(report,
			      "there is no entry in it; if that is meant, write empty = yes");
	if (!before)
		return 0;
	if (before > now + MXDP_FEED_SMALL_CHANGE &&
	    (before - now) * 100 > before * limits->shrink_percent)
		return refuse(report,
			      "it has shrunk from %" PRIu64 " to %" PRIu64
			      " entries, by more than %u%%; if that is meant, raise shrink_max",
			      before, now, limits->shrink_percent);
	if (now > before + MXDP_FEED_SMALL_CHANGE &&
	    (now - before) * 100 > before * limits->grow_percent)
		return refuse(report,
			      "it has grown from %" PRIu64 " to %" PRIu64
			      " entries, by more than %u%%; if that is meant, raise grow_max",
			      before, now, limits->grow_percent);
	return 0;
}

/* The last fault says what is missing, if it was kept. */
static int refuse_cut(struct mxdp_feed_report *report)
{
	size_t last = report->faults - 1;

	if (report->faults > MXDP_FEED_FAULTS_KEPT)
		return refuse(report, "it is cut off, or not of this format; sync again, or try "
				      "`mxdp feed check`");
	return refuse(report,
		      "line %" PRIu32 ": %s; the transfer or the file is incomplete, sync again",
		      report->first[last].line, report->first[last].what);
}

/* `error` is how the reading ended. */
static int judge(const struct reader *reader, int error)
{
	struct mxdp_feed_report *report = reader->report;

	if (report->refusal[0])
		return -EINVAL;
	if (error == -EBADMSG)
		return refuse_cut(report);
	if (error == -EFBIG)
		return refuse(report,
			      "it is larger than %llu MiB; if that is meant, raise size_max",
			      (unsigned long long)(reader->reading->limits.bytes_max >> 20));
	if (error) {
		refuse(report, "%.250s: %s", reader->reading->path, way_out(error));
		return error;
	}
	if (report->faults * 100 > (report->entries + report->faults) * FAULTS_PER_CENT)
		return refuse(report,
			      "line %" PRIu32 ": \"%s\": %s (%" PRIu64
			      " such lines); is the format really %s? `mxdp feed check` "
			      "shows more",
			      report->first[0].line, report->first[0].text, report->first[0].what,
			      report->faults, mxdp_feed_format_name(reader->reading->format));
	return judge_size(&reader->reading->limits, report);
}

static int make_index(struct mxdp_feed_data *data)
{
	struct mxdp_snapshot_class listed = {.action = MXDP_ACTION_PASS};
	struct mxdp_snapshot_builder *builder;
	int error = mxdp_snapshot_builder_new(&builder);

	if (error)
		return error;
	error = mxdp_snapshot_define(builder, 1, &listed);
	if (!error)
		error = mxdp_feed_data_add(data, builder, 1, 0);
	if (!error)
		error = mxdp_snapshot_build4(builder, 1, &data->index4);
	if (!error)
		error = mxdp_snapshot_build6(builder, 1, &data->index6);
	mxdp_snapshot_builder_free(builder);
	return error;
}

static int open_files(struct reader *reader)
{
	const struct mxdp_feed_reading *reading = reader->reading;
	struct stat file;

	reader->from = open(reading->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (reader->from < 0 || fstat(reader->from, &file))
		return -errno;
	if (S_ISDIR(file.st_mode))
		return -EISDIR;
	if (!S_ISREG(file.st_mode)) /* a device may have no end */
		return -ENODEV;
	if (!reading->copy)
		return 0;
	reader->to =
		open(reading->copy, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	return reader->to < 0 ? -errno : 0;
}

int mxdp_feed_data_read(const struct mxdp_feed_reading *reading, struct mxdp_feed_data **out,
			struct mxdp_feed_report *report)
{
	struct reader reader = {.reading = reading, .report = report, .from = -1, .to = -1};
	struct mxdp_feed_sink sink = {.entry = on_entry, .fault = on_fault, .context = &reader};
	int error;

	memset(report, 0, sizeof(*report));
	reader.data = calloc(1, sizeof(*reader.data));
	error = reader.data ? mxdp_feed_parser_new(reading->format, reading->column, &sink,
						   &reader.parser)
			    : -ENOMEM;
	if (!error)
		error = open_files(&reader);
	if (!error)
		error = read_all(&reader);
	error = judge(&reader, error);
	if (!error)
		error = mxdp_feed_data_sort(reader.data);
	if (!error && reading->index)
		error = make_index(reader.data);
	if (reader.from >= 0)
		close(reader.from);
	if (reader.to >= 0)
		close(reader.to);
	mxdp_feed_parser_free(reader.parser);
	if (reader.data)
		reader.data->references = 1;
	if (error)
		mxdp_feed_data_unref(reader.data);
	else
		*out = reader.data;
	return error;
}

struct mxdp_feed_data *mxdp_feed_data_ref(struct mxdp_feed_data *data)
{
	data->references++;
	return data;
}

void mxdp_feed_data_unref(struct mxdp_feed_data *data)
{
	if (!data || --data->references)
		return;
	mxdp_snapshot_free(&data->index4);
	mxdp_snapshot_free(&data->index6);
	free(data->entries4);
	free(data->entries6);
	free(data);
}
