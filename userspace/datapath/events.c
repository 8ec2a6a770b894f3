/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rings' records on their way into the event loop. */
#include "private.h"

#include <errno.h>
#include <stdlib.h>

#include "userspace/log.h"

#define NS_PER_MS     1000000ULL
#define LOOK_EVERY_MS 2
/* Looks without a find before we sleep: what came with no waking is found by then. */
#define LOOKS_IN_VAIN 6

_Static_assert(LOOK_EVERY_MS *LOOKS_IN_VAIN *NS_PER_MS > MXDP_WAKE_INTERVAL_NS,
	       "records would lie in the rings until the next waking");

/*
 * While clients come in crowds we look by ourselves, and promise it for a while ahead: no packet
 * has to wake us, and each look finds several clients, which together cost a fraction. They are
 * held for a second and more: some milliseconds in the ring are nothing to them.
 */
#define CROWD           5   /* clients between two promises */
#define PROMISED_MS     250 /* more than two heartbeats, which make the promises */
#define OVERTIME_MS     20  /* the packet path's clock may be that late */
#define SELDOM_MS       50  /* between two looks that find little */
#define FOUND_AT_SELDOM 32  /* of more clients than this the next look comes sooner */

/* Announced clients that are taken in one turn of the loop: the heartbeat waits for no more. */
#define CLIENTS_A_TURN 256

/* What wakes us, and the looks afterwards. */
struct mxdp_ring_watch {
	uv_poll_t poll;
	uv_timer_t look;
	unsigned int looks_left;
	unsigned int clients_left; /* in this turn */
	unsigned int crowd;        /* clients since the last promise */
	uint64_t promised_ns;      /* CLOCK_BOOTTIME: until then nobody wakes us */
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

/* How long until the next look of those that were promised. */
static unsigned int promised_look_ms(unsigned int found)
{
	if (found <= FOUND_AT_SELDOM)
		return SELDOM_MS;
	return found >= CLIENTS_A_TURN ? LOOK_EVERY_MS : SELDOM_MS * FOUND_AT_SELDOM / found;
}

static void read_rings(struct mxdp_datapath *datapath)
{
	struct mxdp_ring_watch *watch = datapath->watch;
	const bool promised = watch->promised_ns != 0;
	unsigned int found;

	watch->clients_left = CLIENTS_A_TURN;
	if (ring_buffer__consume(datapath->rings) != 0)
		watch->looks_left = LOOKS_IN_VAIN;
	else if (watch->looks_left > 0)
		watch->looks_left--;
	found = CLIENTS_A_TURN - watch->clients_left;
	watch->crowd += found;
	if (promised)
		uv_timer_start(&watch->look, on_look, promised_look_ms(found), 0);
	else if (watch->looks_left > 0)
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

/* What is in the rings by now came without a waking, and what comes from now on with one. */
static void end_promise(struct mxdp_datapath *datapath)
{
	struct mxdp_ring_watch *watch = datapath->watch;

	watch->promised_ns = 0;
	watch->looks_left = LOOKS_IN_VAIN;
	uv_poll_start(&watch->poll, UV_READABLE, on_readable);
	read_rings(datapath);
}

uint64_t mxdp_datapath_promise(struct mxdp_datapath *datapath, uint64_t now_ns)
{
	struct mxdp_ring_watch *watch = datapath->watch;
	const bool promised = watch && watch->promised_ns != 0;

	if (!watch)
		return 0;
	if (watch->crowd >= CROWD) {
		watch->promised_ns = now_ns + PROMISED_MS * NS_PER_MS;
		if (!promised) {
			uv_poll_stop(&watch->poll);
			read_rings(datapath);
		}
	} else if (promised && watch->promised_ns + OVERTIME_MS * NS_PER_MS < now_ns) {
		end_promise(datapath);
	}
	watch->crowd = 0;
	return watch->promised_ns;
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
