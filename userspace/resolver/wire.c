/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire.h"

#include <ares.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "userspace/log.h"
#include "servers.h"
#include "sockets.h"

#define RESOLV_CONF       "/etc/resolv.conf" /* as c-ares reads it */
#define CLASS_IN          1
#define TICK_MS           25
#define BURST_QUESTIONS   150 /* sent within BURST_TICKS and not answered yet, at most */
#define BURST_TICKS       8
#define EDNS_PAYLOAD      1232  /* fits an IPv6 packet of the least MTU, so is never fragmented */
#define IN_FLIGHT_CEILING 16384 /* well below c-ares's 16-bit identifiers */

/* A question that was sent. */
struct ask {
	struct mxdp_wire *wire;
	mxdp_wire_done done;
	void *context;
	enum mxdp_dns_type type;
	uint64_t sent_tick;
	bool recent;
	TAILQ_ENTRY(ask) burst;
};

/* One of c-ares's sockets in the loop. */
struct socket {
	uv_poll_t poll; /* first: handles are freed by this address */
	ares_socket_t fd;
	int watched; /* for these events; 0: not at all */
	bool kept;   /* c-ares has closed it, and may open it again */
	LIST_ENTRY(socket) all;
};

struct mxdp_wire {
	ares_channel channel;
	struct mxdp_sockets *opened;
	uv_timer_t timer;
	LIST_HEAD(socket_list, socket) sockets; /* in the loop */
	TAILQ_HEAD(ask_queue, ask) burst;       /* recent questions, oldest first */
	size_t burst_count;
	uint64_t tick;
	size_t in_flight, in_flight_max;
	size_t open_handles;
	bool closing;
	mxdp_wire_ready ready;
	void *context;
};

static void leave_burst(struct mxdp_wire *wire, struct ask *ask)
{
	if (!ask->recent)
		return;
	TAILQ_REMOVE(&wire->burst, ask, burst);
	ask->recent = false;
	wire->burst_count--;
}

/*
 * What is older than this is no longer in anybody's buffer: it was read, or lost. It is counted in
 * ticks, since between two of them sockets were read: a stalled loop ages nothing.
 */
static void age_burst(struct mxdp_wire *wire)
{
	struct ask *oldest;

	wire->tick++;
	while ((oldest = TAILQ_FIRST(&wire->burst)) != NULL &&
	       oldest->sent_tick + BURST_TICKS < wire->tick)
		leave_burst(wire, oldest);
}

static enum mxdp_dns_status status_of(int ares_status)
{
	switch (ares_status) {
	case ARES_ETIMEOUT:
		return MXDP_DNS_TIMEOUT;
	case ARES_EBADNAME:
		return MXDP_DNS_BADNAME;
	default:
		return MXDP_DNS_SERVFAIL;
	}
}

static void on_answer(void *arg, int status, int timeouts, unsigned char *message, int length)
{
	struct ask *ask = arg;
	struct mxdp_wire *wire = ask->wire;

	(void)timeouts;
	leave_burst(wire, ask);
	wire->in_flight--;
	if (!wire->closing)
		ask->done(ask->context, message != NULL && length > 0
						? mxdp_answer_read(ask->type, message, length)
						: mxdp_answer_new(ask->type, status_of(status)));
	free(ask);
}

/* After c-ares has worked: outside of it, so that the owner may ask anew. */
static void after_work(struct mxdp_wire *wire)
{
	if (wire->in_flight == 0)
		uv_timer_stop(&wire->timer);
	wire->ready(wire->context);
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
	struct socket *socket = (struct socket *)poll;
	struct mxdp_wire *wire = poll->data;
	ares_socket_t fd = socket->fd;
	bool readable = status < 0 || events & UV_READABLE;
	bool writable = status < 0 || events & UV_WRITABLE;

	if (status < 0)
		socket->watched = 0; /* libuv has stopped it */
	if (socket->kept) {
		mxdp_sockets_drain(fd);
		return;
	}
	ares_process_fd(wire->channel, readable ? fd : ARES_SOCKET_BAD,
			writable ? fd : ARES_SOCKET_BAD);
	after_work(wire);
}

/* ares_timeout() walks all questions, so it isn't asked: a steady tick while there are any. */
static void on_tick(uv_timer_t *timer)
{
	struct mxdp_wire *wire = timer->data;

	ares_process_fd(wire->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	age_burst(wire);
	after_work(wire);
}

static void handle_closed(struct mxdp_wire *wire)
{
	if (--wire->open_handles == 0)
		free(wire);
}

static void on_socket_closed(uv_handle_t *handle)
{
	struct mxdp_wire *wire = handle->data;

	free(handle);
	handle_closed(wire);
}

static void on_timer_closed(uv_handle_t *handle)
{
	handle_closed(handle->data);
}

static struct socket *find_socket(struct mxdp_wire *wire, ares_socket_t fd)
{
	struct socket *socket = LIST_FIRST(&wire->sockets);

	while (socket != NULL && socket->fd != fd)
		socket = LIST_NEXT(socket, all);
	return socket;
}

static struct socket *add_socket(struct mxdp_wire *wire, ares_socket_t fd)
{
	struct socket *socket = calloc(1, sizeof(*socket));

	if (socket == NULL)
		return NULL;
	if (uv_poll_init(wire->timer.loop, &socket->poll, fd) != 0) {
		free(socket);
		return NULL;
	}
	socket->poll.data = wire;
	socket->fd = fd;
	LIST_INSERT_HEAD(&wire->sockets, socket, all);
	wire->open_handles++;
	return socket;
}

static void remove_socket(struct socket *socket)
{
	LIST_REMOVE(socket, all);
	uv_poll_stop(&socket->poll); /* now: the descriptor is closed next */
	uv_close((uv_handle_t *)&socket->poll, on_socket_closed);
}

static void on_closing(void *context, ares_socket_t fd)
{
	struct socket *socket = find_socket(context, fd);

	if (socket != NULL)
		remove_socket(socket);
}

/* A socket that is kept stays in the loop: it is back in a moment. */
static void forget_socket(struct mxdp_wire *wire, struct socket *socket)
{
	if (mxdp_sockets_keeps(wire->opened, socket->fd))
		socket->kept = true;
	else
		remove_socket(socket);
}

static int watch(struct socket *socket, int events)
{
	int error = 0;

	socket->kept = false;
	if (socket->watched != events)
		error = uv_poll_start(&socket->poll, events, on_socket);
	socket->watched = error ? 0 : events;
	return error;
}

static void on_socket_state(void *context, ares_socket_t fd, int readable, int writable)
{
	struct mxdp_wire *wire = context;
	struct socket *socket = find_socket(wire, fd);
	int events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);

	if (events == 0) {
		if (socket != NULL)
			forget_socket(wire, socket);
		return;
	}
	if (socket == NULL)
		socket = add_socket(wire, fd);
	if (socket == NULL || watch(socket, events) != 0)
		mxdp_log_limited(MXDP_LOG_ERROR, "resolver: a socket can't be watched (memory or "
						 "descriptors are out): questions will time out");
}

/* Else all that is noticed would be that nobody is judged. */
static void tell_unusable(ares_channel channel)
{
	char first[64], used[256];
	const size_t count = mxdp_servers_unusable(RESOLV_CONF, first, sizeof(first));

	mxdp_servers_format(channel, used, sizeof(used));
	if (count)
		mxdp_log(MXDP_LOG_WARNING,
			 "%s: %zu of its nameservers cannot be asked (%s): asking %s; name "
			 "resolvers "
			 "by plain addresses there or in section resolver",
			 RESOLV_CONF, count, first, used);
}

static int open_channel(struct mxdp_wire *wire, const struct mxdp_resolver_settings *settings)
{
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS,
		.timeout = (int)settings->timeout_ms,
		.tries = (int)settings->tries,
		.lookups = (char[]){"b"},
		.ednspsz = EDNS_PAYLOAD,
		.sock_state_cb = on_socket_state,
		.sock_state_cb_data = wire,
	};
	/* Domains and the sort list are set to nothing, whatever resolv.conf says. */
	int set = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
		  ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB | ARES_OPT_DOMAINS | ARES_OPT_SORTLIST |
		  ARES_OPT_NOROTATE;
	int status, error;

	status = ares_init_options(&wire->channel, &options, set);
	if (status != ARES_SUCCESS)
		return status == ARES_ENOMEM ? -ENOMEM : -EIO;
	mxdp_sockets_use(wire->opened, wire->channel);
	if (settings->servers == NULL || settings->servers[0] == '\0') {
		tell_unusable(wire->channel);
		return 0;
	}
	error = mxdp_servers_set(wire->channel, settings->servers);
	if (error)
		ares_destroy(wire->channel);
	return error;
}

int mxdp_wire_new(uv_loop_t *loop, const struct mxdp_resolver_settings *settings,
		  mxdp_wire_ready ready, void *context, struct mxdp_wire **out)
{
	struct mxdp_wire *wire;
	int error;

	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		return -EIO;
	wire = calloc(1, sizeof(*wire));
	if (wire == NULL) {
		ares_library_cleanup();
		return -ENOMEM;
	}
	LIST_INIT(&wire->sockets);
	TAILQ_INIT(&wire->burst);
	wire->ready = ready;
	wire->context = context;
	wire->in_flight_max = settings->in_flight_max;
	if (wire->in_flight_max == 0)
		wire->in_flight_max = 1;
	if (wire->in_flight_max > IN_FLIGHT_CEILING)
		wire->in_flight_max = IN_FLIGHT_CEILING;
	wire->opened = mxdp_sockets_new(on_closing, wire);
	error = wire->opened ? open_channel(wire, settings) : -ENOMEM;
	if (error) {
		mxdp_sockets_free(wire->opened);
		free(wire);
		ares_library_cleanup();
		return error;
	}
	uv_timer_init(loop, &wire->timer);
	wire->timer.data = wire;
	wire->open_handles = 1;
	*out = wire;
	return 0;
}

void mxdp_wire_free(struct mxdp_wire *wire)
{
	if (wire == NULL)
		return;
	wire->closing = true;
	ares_destroy(wire->channel);
	mxdp_sockets_free(wire->opened);
	ares_library_cleanup();
	uv_close((uv_handle_t *)&wire->timer, on_timer_closed);
}

bool mxdp_wire_has_room(const struct mxdp_wire *wire)
{
	return wire->in_flight < wire->in_flight_max && wire->burst_count < BURST_QUESTIONS;
}

int mxdp_wire_ask(struct mxdp_wire *wire, const struct mxdp_dns_key *key, mxdp_wire_done done,
		  void *context)
{
	struct ask *ask = malloc(sizeof(*ask));

	if (ask == NULL)
		return -ENOMEM;
	*ask = (struct ask){
		.wire = wire,
		.done = done,
		.context = context,
		.type = key->type,
		.sent_tick = wire->tick,
		.recent = true,
	};
	TAILQ_INSERT_TAIL(&wire->burst, ask, burst);
	wire->burst_count++;
	wire->in_flight++;
	if (!uv_is_active((uv_handle_t *)&wire->timer))
		uv_timer_start(&wire->timer, on_tick, TICK_MS, TICK_MS);
	ares_query(wire->channel, key->name, CLASS_IN, key->type, on_answer, ask);
	return 0;
}

size_t mxdp_wire_in_flight(const struct mxdp_wire *wire)
{
	return wire->in_flight;
}

void mxdp_wire_servers(const struct mxdp_wire *wire, char *text, size_t size)
{
	mxdp_servers_format(wire->channel, text, size);
}
