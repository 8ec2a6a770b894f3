/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts, rules, counters, cases and events; status and explain have files of their own. */
#include "show.h"

#include <net/if.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <time.h>

#include "maps/maps.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define TEXT(name, text, what) what,
static const char *const reason_texts[] = {MXDP_REASONS(TEXT)};
static const char *const mode_texts[] = {MXDP_MODES(TEXT)};
#undef TEXT

const char *mxdp_show_reason_text(unsigned int reason)
{
	return reason < COUNT_OF(reason_texts) ? reason_texts[reason] : "?";
}

const char *mxdp_show_mode_text(unsigned int mode)
{
	return mode < COUNT_OF(mode_texts) ? mode_texts[mode] : "?";
}

json_t *mxdp_show_text(const char *text)
{
	json_t *string = json_string(text);

	return string ? string : json_string("?");
}

static const char become_PASS[] = "pass", become_DROP[] = "drop", become_REPLY[] = "reply";

#define OUTCOME(name, becomes, what)                                                          \
	json_object_set_new(outcomes, #name,                                                  \
			    json_pack("{s:I, s:s, s:s}", "count", (json_int_t)counters->name, \
				      "becomes", become_##becomes, "meaning", what));
#define NOTE(name, what)      \
	json_object_set_new(  \
		notes, #name, \
		json_pack("{s:I, s:s}", "count", (json_int_t)counters->name, "meaning", what));

json_t *mxdp_show_counters(const struct mxdp_counters *counters)
{
	json_t *outcomes = json_object();
	json_t *notes = json_object();

	MXDP_OUTCOMES(OUTCOME)
	MXDP_NOTES(NOTE)
	return json_pack("{s:o, s:o}", "outcomes", outcomes, "notes", notes);
}

json_t *mxdp_show_rule(const struct mxdp_operator_rule *rule)
{
	char prefix[MXDP_PREFIX_TEXT];

	return json_pack("{s:s, s:s, s:o, s:I, s:I, s:I, s:I}", "prefix",
			 mxdp_prefix_format(&rule->prefix, prefix), "action",
			 rule->action == MXDP_ACTION_PASS ? "allow" : "deny", "reason",
			 mxdp_show_text(rule->reason), "created", (json_int_t)rule->created,
			 "expires", (json_int_t)rule->expires, "hits", (json_int_t)rule->hits,
			 "last_seen", (json_int_t)rule->last_seen);
}

static int add_rule(void *list, const struct mxdp_operator_rule *rule)
{
	return json_array_append_new(list, mxdp_show_rule(rule)) < 0;
}

json_t *mxdp_show_rules(const struct mxdp_rules *rules)
{
	json_t *list = json_array();

	mxdp_rules_each(rules, add_rule, list);
	return json_pack("{s:o}", "rules", list);
}

/* The newest verdicts met so far. The array has twice the places asked for: full, it is sorted and
 * its older half dropped, so memory is bounded whatever the map holds. */
struct newest {
	struct verdict_entry {
		struct mxdp_prefix key;
		struct mxdp_verdict verdict;
	} * entries;
	size_t count, limit, total;
	unsigned int action;
	uint64_t now_ns;
};

static int newer_first(const void *a, const void *b)
{
	const struct verdict_entry *x = a, *y = b;

	return (x->verdict.decided_ns < y->verdict.decided_ns) -
	       (x->verdict.decided_ns > y->verdict.decided_ns);
}

static void keep_newest(struct newest *newest)
{
	qsort(newest->entries, newest->count, sizeof(*newest->entries), newer_first);
	if (newest->count > newest->limit)
		newest->count = newest->limit;
}

static int add_verdict(void *context, const struct mxdp_prefix *key,
		       const struct mxdp_verdict *verdict)
{
	struct newest *newest = context;

	if (newest->action != MXDP_ACTION_COUNT && verdict->action != newest->action)
		return 0;
	if (verdict->expires_ns && verdict->expires_ns <= newest->now_ns)
		return 0;
	newest->total++;
	if (newest->count == 2 * newest->limit)
		keep_newest(newest);
	newest->entries[newest->count++] = (struct verdict_entry){*key, *verdict};
	return 0;
}

static json_t *show_verdict(const struct verdict_entry *entry)
{
	const struct mxdp_verdict *verdict = &entry->verdict;
	char client[MXDP_PREFIX_TEXT];

	return json_pack("{s:s, s:s, s:s, s:i, s:I, s:I, s:I, s:I}", "client",
			 mxdp_prefix_format(&entry->key, client), "action",
			 mxdp_action_name(verdict->action), "reason",
			 mxdp_reason_name(verdict->reason), "score", (int)verdict->score, "decided",
			 (json_int_t)mxdp_boottime_to_unix(verdict->decided_ns), "expires",
			 (json_int_t)mxdp_boottime_to_unix(verdict->expires_ns), "hits",
			 (json_int_t)verdict->hits, "last_seen",
			 (json_int_t)mxdp_boottime_to_unix(verdict->last_seen_ns));
}

json_t *mxdp_show_verdicts(const struct mxdp_maps *maps, unsigned int action, size_t limit)
{
	struct newest newest = {
		.entries = calloc(2 * limit, sizeof(*newest.entries)),
		.limit = limit,
		.action = action,
		.now_ns = mxdp_boottime_ns(),
	};
	json_t *list = json_array();

	if (!newest.entries || !list) {
		free(newest.entries);
		json_decref(list);
		return NULL;
	}
	mxdp_verdict_each(maps, add_verdict, &newest);
	keep_newest(&newest);
	for (size_t i = 0; i < newest.count; i++)
		json_array_append_new(list, show_verdict(&newest.entries[i]));
	free(newest.entries);
	return json_pack("{s:o, s:I}", "verdicts", list, "total", (json_int_t)newest.total);
}

json_t *mxdp_show_evidence(const struct mxdp_evidence *evidence)
{
	char key[MXDP_PREFIX_TEXT];

	return json_pack("{s:o, s:s, s:s, s:s, s:f, s:I, s:I, s:o, s:s}", "source",
			 mxdp_show_text(evidence->source), "class",
			 mxdp_evidence_class_name(evidence->class), "state",
			 mxdp_evidence_state_name(evidence->state), "key",
			 mxdp_prefix_format(&evidence->key, key), "score", evidence->score,
			 "observed", (json_int_t)evidence->observed, "expires",
			 (json_int_t)evidence->expires, "reason", mxdp_show_text(evidence->reason),
			 "doubt", mxdp_evidence_doubt_text(evidence->doubt));
}

json_t *mxdp_show_case(const struct mxdp_case *known)
{
	const struct mxdp_decision *decision = &known->decision;
	char key[MXDP_PREFIX_TEXT];
	json_t *list = json_array();

	for (size_t i = 0; i < known->evidence_count; i++)
		json_array_append_new(list, mxdp_show_evidence(&known->evidence[i]));
	if (!known->decided)
		return json_pack("{s:b, s:o}", "decided", 0, "evidence", list);
	return json_pack("{s:b, s:s, s:s, s:f, s:o, s:s, s:I, s:I, s:i, s:o}", "decided", 1,
			 "action", mxdp_action_name(decision->action), "reason",
			 mxdp_reason_name(decision->reason), "score", decision->score, "text",
			 mxdp_show_text(decision->text), "key",
			 mxdp_prefix_format(&decision->key, key), "decided_at",
			 (json_int_t)known->decided_at, "expires", (json_int_t)decision->expires,
			 "took_ms", (int)known->took_ms, "evidence", list);
}

json_t *mxdp_show_event(const struct mxdp_event *event)
{
	char client[MXDP_ADDRESS_TEXT], destination[MXDP_ADDRESS_TEXT];
	char interface[IF_NAMESIZE] = "?";
	struct mxdp_address from = mxdp_address_from_bytes(event->client);
	struct mxdp_address to = mxdp_address_from_bytes(event->destination);

	if_indextoname(event->ifindex, interface);
	return json_pack("{s:s, s:I, s:s, s:i, s:s, s:i, s:s, s:s, s:s, s:o, s:b}", "event",
			 mxdp_event_kind_name(event->kind), "time",
			 (json_int_t)mxdp_boottime_to_unix(event->time_ns), "client",
			 mxdp_address_format(&from, client), "client_port",
			 (int)ntohs(event->client_port), "destination",
			 mxdp_address_format(&to, destination), "port", (int)ntohs(event->port),
			 "port_class", mxdp_port_class_name(event->port_class), "action",
			 mxdp_action_name(event->action), "reason", mxdp_reason_name(event->reason),
			 "interface", mxdp_show_text(interface), "observed", event->observed != 0);
}

json_t *mxdp_show_decision(const struct mxdp_case *decided)
{
	const struct mxdp_decision *decision = &decided->decision;
	char client[MXDP_ADDRESS_TEXT], key[MXDP_PREFIX_TEXT];

	return json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:f, s:I, s:i, s:o}", "event", "decision",
			 "time", (json_int_t)decided->decided_at, "client",
			 mxdp_address_format(&decided->client, client), "key",
			 mxdp_prefix_format(&decision->key, key), "action",
			 mxdp_action_name(decision->action), "reason",
			 mxdp_reason_name(decision->reason), "score", decision->score, "expires",
			 (json_int_t)decision->expires, "took_ms", (int)decided->took_ms, "text",
			 mxdp_show_text(decision->text));
}

json_t *mxdp_show_message(const struct mxdp_said_message *message)
{
	char client[MXDP_ADDRESS_TEXT];
	json_t *shown = json_pack("{s:s, s:I, s:s, s:o, s:b, s:b, s:s*}", "event", "message",
				  "time", (json_int_t)message->time, "client",
				  mxdp_address_format(&message->client, client), "helo",
				  mxdp_show_text(message->helo), "proved", (int)message->proved,
				  "refused", (int)message->refused, "spf", message->spf);

	if (shown && message->has_sender)
		json_object_set_new(shown, "sender", mxdp_show_text(message->sender));
	if (shown && message->has_recipient)
		json_object_set_new(shown, "recipient", mxdp_show_text(message->recipient));
	return shown;
}
