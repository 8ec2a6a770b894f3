/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gzip.h"

#include <errno.h>

#define GZIP_WINDOW (15 + 16) /* the largest, and a gzip header is expected */
#define PIECE       16384

static int begin(struct mxdp_gunzip *gunzip)
{
	int result = gunzip->begun ? inflateReset(&gunzip->stream)
				   : inflateInit2(&gunzip->stream, GZIP_WINDOW);

	if (result != Z_OK)
		return -ENOMEM;
	gunzip->begun = true;
	gunzip->whole = false;
	return 0;
}

int mxdp_gunzip_take(struct mxdp_gunzip *gunzip, const char *bytes, size_t length,
		     int (*write)(void *context, const char *bytes, size_t length), void *context)
{
	z_stream *stream = &gunzip->stream;
	unsigned char piece[PIECE];
	int error = 0, result;

	stream->next_in = (Bytef *)bytes;
	stream->avail_in = (uInt)length;
	do {
		/* Behind the end of a member another may follow. */
		if ((!gunzip->begun || gunzip->whole) && stream->avail_in)
			error = begin(gunzip);
		if (error || gunzip->whole)
			return error;
		stream->next_out = piece;
		stream->avail_out = sizeof(piece);
		result = inflate(stream, Z_NO_FLUSH);
		if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
			return result == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
		gunzip->whole = result == Z_STREAM_END;
		error = write(context, (const char *)piece, sizeof(piece) - stream->avail_out);
	} while (!error && (stream->avail_in || !stream->avail_out));
	return error;
}

void mxdp_gunzip_end(struct mxdp_gunzip *gunzip)
{
	if (gunzip->begun)
		inflateEnd(&gunzip->stream);
	gunzip->begun = false;
}
