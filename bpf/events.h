/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telling the daemon: unknown clients through the ring `events`, where each record counts, and
 * samples of refused attempts through the ring `samples`, which may lose some.
 */
#ifndef MXDP_BPF_EVENTS_H
#define MXDP_BPF_EVENTS_H

#include "count.h"
#include "maps.h"
#include "connection.h"
#include "wake.h"

/* ::ffff:a.b.c.d */
static __always_inline void map_address(__u8 to[16], const __be32 *address)
{
	__builtin_memset(to, 0, 10);
	to[10] = 0xff;
	to[11] = 0xff;
	__builtin_memcpy(to + 12, address, 4);
}

static __always_inline void fill_event(struct mxdp_event *event,
				       const struct connection *connection,
				       const struct mxdp_settings *settings)
{
	event->time_ns = connection->now_ns;
	event->ifindex = connection->ifindex;
	if (connection->version == 4) {
		map_address(event->client, connection->client);
		map_address(event->destination, connection->destination);
	} else {
		__builtin_memcpy(event->client, connection->client, 16);
		__builtin_memcpy(event->destination, connection->destination, 16);
	}
	event->client_port = connection->client_port;
	event->port = connection->port;
	event->port_class = connection->port_class;
	event->observed = settings->mode == MXDP_MODE_OBSERVE;
}

/* Announces an unknown client. False when the ring has no place. */
static __always_inline bool announce(const struct connection *connection,
				     const struct mxdp_settings *settings)
{
	struct mxdp_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return false;
	fill_event(event, connection, settings);
	event->kind = MXDP_EVENT_UNKNOWN;
	event->action = MXDP_ACTION_NONE;
	event->reason = MXDP_REASON_NONE;
	bpf_ringbuf_submit(event, wake_flags(connection->now_ns));
	return true;
}

/* The daemon looks into this ring at each of its heartbeats: a sample is not worth a waking. */
static __always_inline void tell(const struct connection *connection,
				 const struct mxdp_settings *settings, enum mxdp_event_kind kind,
				 enum mxdp_action action, enum mxdp_reason reason)
{
	struct mxdp_event *event = bpf_ringbuf_reserve(&samples, sizeof(*event), 0);

	if (!event) {
		count(MXDP_COUNT_samples_lost);
		return;
	}
	fill_event(event, connection, settings);
	event->kind = kind;
	event->action = action;
	event->reason = reason;
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
}

static __always_inline void tell_refused(const struct connection *connection,
					 const struct mxdp_settings *settings,
					 enum mxdp_action action, enum mxdp_reason reason)
{
	tell(connection, settings, MXDP_EVENT_REFUSED, action, reason);
}

/* Whether a refusal is to be told; this CPU may just have told of another one. */
static __always_inline bool sample_is_due(const struct mxdp_settings *settings,
					  const struct mxdp_cpu *cpu, __u64 now_ns)
{
	/* The reading of the last one may have been finer: `now_ns` can lie before it. */
	__s64 age = now_ns - cpu->clock.sampled_ns;

	return !cpu->clock.sampled_ns || age >= (__s64)settings->sample_interval_ns;
}

/* The same, and if it is, then by the caller and now. */
static __always_inline bool may_sample(const struct mxdp_settings *settings, __u64 now_ns)
{
	struct mxdp_cpu *cpu = this_cpu();

	if (!cpu)
		return false;
	if (!sample_is_due(settings, cpu, now_ns)) {
		count_on(cpu, MXDP_COUNT_samples_skipped);
		return false;
	}
	cpu->clock.sampled_ns = now_ns;
	return true;
}

/*
 * Tells of a greylisted client that is let through, if a sample is due. That it is the client is
 * proved later: the daemon looks for that.
 */
static __always_inline void sample_return(const struct connection *connection,
					  const struct mxdp_settings *settings,
					  enum mxdp_reason reason)
{
	if (may_sample(settings, connection->now_ns))
		tell(connection, settings, MXDP_EVENT_RETURNED, MXDP_ACTION_GREYLIST, reason);
}

/* Tells of a refused attempt, if a sample is due. */
static __always_inline void sample(const struct connection *connection,
				   const struct mxdp_settings *settings, enum mxdp_action action,
				   enum mxdp_reason reason)
{
	if (may_sample(settings, connection->now_ns))
		tell_refused(connection, settings, action, reason);
}

#endif
