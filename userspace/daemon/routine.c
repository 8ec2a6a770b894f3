/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What recurs: the heartbeat, upkeep of maps and interfaces; and each event's way. */
#include "parts.h"
#include "privileges.h"

#include <string.h>
#include <unistd.h>

#include "userspace/log.h"

#define HEARTBEAT_MS  100
#define UPKEEP_MS     200
#define SWEEP_ENTRIES 2000 /* verdicts looked at in one upkeep: about 2 ms */
#define SWEEP_EVERY   10   /* upkeeps from one walk over a small map to the next: 2 s */
#define INTACT_EVERY  25   /* upkeeps between two looks at the interfaces: 5 s */

#define LOOKS_BETWEEN_TRIES_MAX 63 /* to attach where it failed: 5 minutes */

void daemon_write_state(struct daemon *daemon)
{
	struct mxdp_daemon_state state = {
		.heartbeat_ns = mxdp_boottime_ns(),
		.looks_until_ns = daemon->looks_until_ns,
		.queue_room = mxdp_screener_has_room(daemon->screener),
		.pid = (uint32_t)getpid(),
	};
	int error = mxdp_daemon_state_write(daemon->maps, &state);

	daemon->had_room = state.queue_room;
	if (error)
		mxdp_log_limited(MXDP_LOG_ERROR, "the heartbeat cannot be written: %s",
				 strerror(-error));
}

/* The packet path noticed by itself; this is for whoever asks later why clients passed. */
static void tell_standstill(struct daemon *daemon)
{
	const uint64_t now = mxdp_boottime_ns(), ms = (now - daemon->last_heartbeat_ns) / 1000000;

	if (daemon->last_heartbeat_ns && ms > daemon->config->heartbeat_stale_ms)
		mxdp_log_limited(MXDP_LOG_WARNING,
				 "mxdpd stood still for %llu.%llu s (stopped, or the machine was "
				 "suspended or too busy): unknown clients passed unjudged, known "
				 "verdicts held",
				 (unsigned long long)(ms / 1000),
				 (unsigned long long)(ms % 1000 / 100));
	daemon->last_heartbeat_ns = now;
}

static void on_heartbeat(uv_timer_t *timer)
{
	struct daemon *daemon = timer->data;

	tell_standstill(daemon);
	daemon->looks_until_ns = mxdp_datapath_promise(daemon->datapath, daemon->last_heartbeat_ns);
	daemon_write_state(daemon);
	mxdp_datapath_read_samples(daemon->datapath);
}

static void on_unknown(struct daemon *daemon, const struct mxdp_event *event,
		       const struct mxdp_address *client)
{
	if (event->time_ns <= daemon->flood.last.last_ns &&
	    mxdp_screener_drop_unproved(daemon->screener, client))
		return;
	mxdp_screener_announce(daemon->screener, client);
	/* The packet path must stop holding clients before the queue overflows. */
	if (mxdp_screener_has_room(daemon->screener) != daemon->had_room)
		daemon_write_state(daemon);
}

void daemon_on_event(void *context, const struct mxdp_event *event)
{
	struct daemon *daemon = context;
	struct mxdp_address client = mxdp_address_from_bytes(event->client);

	if (event->kind == MXDP_EVENT_UNKNOWN)
		on_unknown(daemon, event, &client);
	if (event->kind == MXDP_EVENT_RETURNED)
		mxdp_greylist_let_through(daemon->greylist, &client, event->time_ns);
	if (event->kind == MXDP_EVENT_REFUSED)
		mxdp_history_refused(daemon->history, event);
	mxdp_api_publish_event(daemon->api, event);
}

void daemon_on_dialogue(void *context, const struct mxdp_dialogue *said)
{
	struct daemon *daemon = context;

	if (mxdp_opened_hear(daemon->opened, said))
		return;
	mxdp_dialogues_hear(daemon->dialogues, said);
	if (mxdp_dialogues_in_transaction(daemon->dialogues, said))
		mxdp_contacts_hear(daemon->contacts, said);
	mxdp_said_hear_refused(daemon->said, said);
}

void daemon_on_wire(void *context, const struct mxdp_wire_line *line)
{
	struct daemon *daemon = context;

	mxdp_said_hear(daemon->said, line);
}

void daemon_on_message(void *context, const struct mxdp_said_message *message)
{
	struct daemon *daemon = context;

	mxdp_api_publish_message(daemon->api, message);
}

void daemon_on_decision(void *context, const struct mxdp_case *decided)
{
	struct daemon *daemon = context;

	mxdp_dialogues_decided(daemon->dialogues, &decided->client);
	mxdp_contacts_decided(daemon->contacts, &decided->client, decided->decision.action);
	mxdp_history_decided(daemon->history, decided);
	mxdp_api_publish_decision(daemon->api, decided);
}

static void warn_when_full(const struct daemon *daemon)
{
	uint32_t places4 = 0, places6 = 0;

	if (mxdp_verdict_capacity(daemon->maps, &places4, &places6))
		return;
	if (daemon->sweep.alive4 > places4 / 10 * 9 || daemon->sweep.alive6 > places6 / 10 * 9)
		mxdp_log_limited(MXDP_LOG_WARNING,
				 "the verdict maps are nearly full (%u of %u, %u of %u): new "
				 "clients will pass unjudged; raise verdicts_max",
				 daemon->sweep.alive4, places4, daemon->sweep.alive6, places6);
}

/*
 * A program that another took away is put back at once; one that cannot be attached is tried again
 * ever later, as each try that fails says so in the log.
 */
static void keep_attached(struct daemon *daemon)
{
	if (mxdp_datapath_intact(daemon->datapath, daemon->config)) {
		mxdp_datapath_watch_replies(daemon->datapath);
		daemon->looks_between_tries = 0;
		return;
	}
	if (daemon->looks_to_wait) {
		daemon->looks_to_wait--;
		return;
	}
	mxdp_log(MXDP_LOG_ERROR, "an interface is without the program: attaching again");
	if (mxdp_datapath_attach(daemon->datapath, daemon->config)) {
		daemon->looks_to_wait = daemon->looks_between_tries;
		if (daemon->looks_between_tries < LOOKS_BETWEEN_TRIES_MAX)
			daemon->looks_between_tries = daemon->looks_between_tries * 2 + 1;
	}
}

/* A flood begins on each CPU by itself. */
static void look_at_flood(struct daemon *daemon)
{
	const uint64_t last_ns = daemon->flood.last.last_ns;
	size_t dropped;

	if (mxdp_flood_look(&daemon->flood, daemon->maps) != MXDP_FLOOD_AS_BEFORE)
		mxdp_api_publish_flood(daemon->api, &daemon->flood.last);
	if (daemon->flood.last.last_ns <= last_ns)
		return;
	dropped = mxdp_screener_drop_crowd(daemon->screener);
	if (!dropped)
		return;
	daemon_write_state(daemon);
	mxdp_log(MXDP_LOG_NOTICE,
		 "%zu unknown clients that were announced as the flood began are not checked: "
		 "those that are real prove their addresses and are announced anew",
		 dropped);
}

static bool is_attached(const struct daemon *daemon, int ifindex)
{
	const struct mxdp_attachment *attachments;
	const size_t count = mxdp_datapath_attachments(daemon->datapath, &attachments);

	for (size_t i = 0; i < count; i++)
		if (attachments[i].ifindex == ifindex)
			return true;
	return false;
}

static bool is_configured(const struct daemon *daemon, const char *interface)
{
	for (size_t i = 0; i < daemon->config->interface_count; i++)
		if (!strcmp(daemon->config->interfaces[i], interface))
			return true;
	return false;
}

/*
 * Only one that was not there before: others change their hooks step by step, and what is between
 * two of their steps is no fault of ours to mend.
 */
static void on_link_news(void *context, const char *interface, int ifindex)
{
	struct daemon *daemon = context;

	if (!is_configured(daemon, interface) || ifindex == daemon->ifindex_tried ||
	    is_attached(daemon, ifindex))
		return;
	daemon->ifindex_tried = ifindex;
	daemon->looks_to_wait = 0;
	daemon_privileges_raise();
	keep_attached(daemon);
	daemon_privileges_lower();
}

static void on_upkeep(uv_timer_t *timer)
{
	struct daemon *daemon = timer->data;

	if (!mxdp_verdict_sweep_is_between(&daemon->sweep) || daemon->upkeeps % SWEEP_EVERY == 0)
		mxdp_verdict_sweep_step(daemon->maps, &daemon->sweep, SWEEP_ENTRIES);
	mxdp_opened_look(daemon->opened, mxdp_boottime_ns());
	look_at_flood(daemon);
	if (++daemon->upkeeps % INTACT_EVERY)
		return;
	mxdp_history_zones(daemon->history, mxdp_screener_zones(daemon->screener));
	warn_when_full(daemon);
	daemon_privileges_raise();
	keep_attached(daemon);
	daemon_privileges_lower();
}

static bool questions_wait(const void *context)
{
	const struct daemon *daemon = context;

	return mxdp_resolver_is_crowded(daemon->resolver);
}

int daemon_start_routine(struct daemon *daemon)
{
	if (mxdp_link_news_new(&daemon->loop, on_link_news, daemon, &daemon->link_news))
		mxdp_log(MXDP_LOG_WARNING, "the kernel's news of interfaces cannot be read: one "
					   "that is made anew is screened after 5 s");
	daemon_pace_start(&daemon->pace, &daemon->loop, questions_wait, daemon);
	uv_timer_init(&daemon->loop, &daemon->heartbeat);
	uv_timer_init(&daemon->loop, &daemon->upkeep);
	daemon->heartbeat.data = daemon->upkeep.data = daemon;
	uv_timer_start(&daemon->upkeep, on_upkeep, UPKEEP_MS, UPKEEP_MS);
	return uv_timer_start(&daemon->heartbeat, on_heartbeat, 0, HEARTBEAT_MS);
}
