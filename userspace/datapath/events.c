/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rings' records on their way into the event loop. */
#include "private.h"

#include <errno.h>
#include <stdlib.h>

#include "userspace/log.h"

#define LOOK_EVERY_MS 2
/* Looks without a find before we sleep: what came with no waking is found by then. */
#define LOOKS_IN_VAIN 6

_Static_assert(LOOK_EVERY_MS *LOOKS_IN_VAIN * 1000000ULL > MXDP_WAKE_INTERVAL_NS,
	       "records would lie in the rings until the next waking");

/* Announced clients that are taken in one turn of the loop: the heartbeat waits for no more. */
#define CLIENTS_A_TURN 256

/* What wakes us, and the looks afterwards. */
struct mxdp_ring_watch {
	uv_poll_t poll;
	uv_timer_t look;
	unsigned int looks_left;
	unsigned int clients_left; /* in this turn */
	unsigned int open_handles;
};

static int on_sample(void *context, void *data, size_t size)
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

/* Less than 0 ends the reading: this record was still taken. */
static int on_client(void *context, void *data, size_t size)
{
	struct mxdp_datapath *datapath = context;

	on_sample(context, data, size);
	return --datapath->watch->clients_left > 0 ? 0 : -EAGAIN;
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

static void read_rings(struct mxdp_datapath *datapath);

static void on_look(uv_timer_t *timer)
{
	read_rings(timer->data);
}

static void read_rings(struct mxdp_datapath *datapath)
{
	struct mxdp_ring_watch *watch = datapath->watch;

	watch->clients_left = CLIENTS_A_TURN;
	if (ring_buffer__consume(datapath->rings) != 0)
		watch->looks_left = LOOKS_IN_VAIN;
	else if (watch->looks_left > 0)
		watch->looks_left--;
	if (watch->looks_left > 0)
		uv_timer_start(&watch->look, on_look, LOOK_EVERY_MS, 0);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	(void)events;
	if (status < 0) {
		mxdp_log(MXDP_LOG_ERROR, "the event rings cannot be read any more: %s",
			 uv_strerror(status));
		return;
	}
	read_rings(poll->data);
}

/* The announced clients come last, as they may end the reading. */
static int make_rings(struct mxdp_datapath *datapath)
{
	const struct mxdp_maps *maps = &datapath->maps;
	int error;

	datapath->samples = ring_buffer__new(maps->samples, on_sample, datapath, NULL);
	if (!datapath->samples)
		return -errno;
	datapath->rings = ring_buffer__new(maps->dialogues, on_dialogue, datapath, NULL);
	if (!datapath->rings)
		return -errno;
	error = ring_buffer__add(datapath->rings, maps->wire, on_wire, datapath);
	if (!error)
		error = ring_buffer__add(datapath->rings, maps->events, on_client, datapath);
	return error;
}

void mxdp_datapath_read_samples(struct mxdp_datapath *datapath)
{
	if (datapath->samples)
		ring_buffer__consume(datapath->samples);
}

int mxdp_datapath_listen(struct mxdp_datapath *datapath, uv_loop_t *loop, mxdp_event_fn on_event,
			 void *context)
{
	struct mxdp_ring_watch *watch;
	int error;

	datapath->on_event = on_event;
	datapath->on_event_context = context;
	error = make_rings(datapath);
	if (error)
		return error;
	watch = calloc(1, sizeof(*watch));
	if (!watch)
		return -ENOMEM;
	error = uv_poll_init(loop, &watch->poll, ring_buffer__epoll_fd(datapath->rings));
	if (error) {
		free(watch);
		return error;
	}
	uv_timer_init(loop, &watch->look);
	watch->poll.data = watch->look.data = datapath;
	watch->open_handles = 2;
	datapath->watch = watch;
	return uv_poll_start(&watch->poll, UV_READABLE, on_readable);
}

static void on_closed(uv_handle_t *handle)
{
	struct mxdp_ring_watch *watch = handle->data;

	if (--watch->open_handles == 0)
		free(watch);
}

void mxdp_datapath_unlisten(struct mxdp_datapath *datapath)
{
	struct mxdp_ring_watch *watch = datapath->watch;

	if (watch) {
		watch->poll.data = watch->look.data = watch; /* the datapath goes first */
		uv_close((uv_handle_t *)&watch->poll, on_closed);
		uv_close((uv_handle_t *)&watch->look, on_closed);
	}
	ring_buffer__free(datapath->rings);
	ring_buffer__free(datapath->samples);
}
