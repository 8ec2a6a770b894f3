/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rings' records on their way into the event loop. */
#include "private.h"

#include <errno.h>
#include <stdlib.h>

#include "userspace/log.h"

static int on_record(void *context, void *data, size_t size)
{
	struct mxdp_datapath *datapath = context;

	if (size >= sizeof(struct mxdp_event))
		datapath->on_event(datapath->on_event_context, data);
	else
		mxdp_log_limited(MXDP_LOG_ERROR,
				 "a record of %zu bytes in the event ring: an mxdp of another "
				 "version is attached too; `mxdp status` names it",
				 size);
	return 0;
}

static int on_dialogue(void *context, void *data, size_t size)
{
	struct mxdp_datapath *datapath = context;

	if (size >= sizeof(struct mxdp_dialogue) && datapath->on_dialogue)
		datapath->on_dialogue(datapath->on_dialogue_context, data);
	return 0;
}

static int on_wire(void *context, void *data, size_t size)
{
	const size_t head = offsetof(struct mxdp_wire_line, line);
	struct mxdp_datapath *datapath = context;
	const struct mxdp_wire_line *line = data;

	/* The kernel cuts a record behind its line. */
	if (size >= head && line->length <= size - head && datapath->on_wire)
		datapath->on_wire(datapath->on_wire_context, line);
	return 0;
}

void mxdp_datapath_on_wire(struct mxdp_datapath *datapath, mxdp_wire_fn fn, void *context)
{
	datapath->on_wire = fn;
	datapath->on_wire_context = context;
}

void mxdp_datapath_on_dialogue(struct mxdp_datapath *datapath, mxdp_dialogue_fn fn, void *context)
{
	datapath->on_dialogue = fn;
	datapath->on_dialogue_context = context;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct mxdp_datapath *datapath = poll->data;

	(void)events;
	if (status < 0) {
		mxdp_log(MXDP_LOG_ERROR, "the event rings cannot be read any more: %s",
			 uv_strerror(status));
		return;
	}
	ring_buffer__consume(datapath->rings);
}

int mxdp_datapath_listen(struct mxdp_datapath *datapath, uv_loop_t *loop, mxdp_event_fn on_event,
			 void *context)
{
	int error;

	datapath->on_event = on_event;
	datapath->on_event_context = context;
	datapath->rings = ring_buffer__new(datapath->maps.events, on_record, datapath, NULL);
	if (!datapath->rings)
		return -errno;
	error = ring_buffer__add(datapath->rings, datapath->maps.samples, on_record, datapath);
	if (!error)
		error = ring_buffer__add(datapath->rings, datapath->maps.dialogues, on_dialogue,
					 datapath);
	if (!error)
		error = ring_buffer__add(datapath->rings, datapath->maps.wire, on_wire, datapath);
	if (error)
		return error;

	datapath->poll = calloc(1, sizeof(*datapath->poll));
	if (!datapath->poll)
		return -ENOMEM;
	error = uv_poll_init(loop, datapath->poll, ring_buffer__epoll_fd(datapath->rings));
	if (error) {
		free(datapath->poll);
		datapath->poll = NULL;
		return error;
	}
	datapath->poll->data = datapath;
	return uv_poll_start(datapath->poll, UV_READABLE, on_readable);
}
