/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small world for the API to show: functions of the daemon's modules that answer from the
 * constants below. Included by the test_api*.c, whose link then needs none of the real modules.
 *
 * 192.0.2.1       a drop verdict, with its case
 * 198.51.100.0/24 an allow rule
 * 203.0.113.1     the never-blocked gateway
 * 192.0.2.99      cannot be checked: the queue is full
 */
#ifndef MXDP_TEST_FAKE_WORLD_H
#define MXDP_TEST_FAKE_WORLD_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "userspace/api/api.h"
#include "userspace/checks/dnsbl/zones.h"

#define FAKE_DECIDED  1700000000
#define FAKE_VERDICTS 300

struct fake {
	uv_loop_t loop;
	uv_timer_t check_timer;
	struct mxdp_api *api;
	struct mxdp_address checking, judged;
	mxdp_case_fn check_done;
	void *check_context;
	struct mxdp_operator_rule last_rule;
	int rules_set, told, reloads, detaches, zones_probed, contacts_forgotten;
	bool checks_answer; /* else a check never ends */
	struct mxdp_mode_choice mode;
};
static struct fake fake;

static struct mxdp_address fake_address(const char *text)
{
	struct mxdp_address address = {{0}};

	mxdp_address_parse(text, &address);
	return address;
}

static struct mxdp_prefix fake_prefix(const char *text)
{
	struct mxdp_prefix prefix = {{{0}}, 0};

	mxdp_prefix_parse(text, &prefix);
	return prefix;
}

static bool fake_is(const struct mxdp_address *address, const char *text)
{
	struct mxdp_address other = fake_address(text);

	return mxdp_address_equal(address, &other);
}

/* ---- datapath and maps ---- */

const struct mxdp_maps *mxdp_datapath_maps(const struct mxdp_datapath *datapath)
{
	static const struct mxdp_maps maps;

	(void)datapath;
	return &maps;
}

size_t mxdp_datapath_attachments(const struct mxdp_datapath *datapath,
				 const struct mxdp_attachment **attachments)
{
	static const struct mxdp_attachment attached[] = {
		{"eth0", 2, true, "dispatcher", "adopted", "xdp_filter", NULL, NULL, true},
		{"eth\xff", 3, false, "netlink", "attached", "", "the NIC strips VLAN tags",
		 "wire_evidence = no", false}, /* a name may be any bytes */
	};

	(void)datapath;
	*attachments = attached;
	return 2;
}

const char *mxdp_datapath_not_watched(const struct mxdp_datapath *datapath)
{
	(void)datapath;
	return "socket_proof = no";
}

int mxdp_counters_read(const struct mxdp_maps *maps, struct mxdp_counters *sum)
{
	(void)maps;
	*sum = (struct mxdp_counters){.verdict_drop = 7, .observed = 3};
	return 0;
}

int mxdp_flood_read(const struct mxdp_maps *maps, struct mxdp_flood_view *view)
{
	(void)maps;
	*view = (struct mxdp_flood_view){
		.cpus = 2,
		.since_ns = mxdp_boottime_from_unix(FAKE_DECIDED),
		.floods = 5,
	};
	return 0;
}

static struct mxdp_verdict fake_verdict(void)
{
	return (struct mxdp_verdict){
		.action = MXDP_ACTION_DROP,
		.reason = MXDP_REASON_DNSBL,
		.score = 7,
		.decided_ns = mxdp_boottime_from_unix(FAKE_DECIDED),
		.hits = 12,
	};
}

int mxdp_verdict_match(const struct mxdp_maps *maps, const struct mxdp_address *client,
		       struct mxdp_prefix *key, struct mxdp_verdict *verdict)
{
	(void)maps;
	if (!fake_is(client, "192.0.2.1"))
		return -ENOENT;
	*key = fake_prefix("192.0.2.1");
	*verdict = fake_verdict();
	return 0;
}

/* Verdict i belongs to 10.0.0.i (every fifth drops), and was decided i nanoseconds after boot. */
int mxdp_verdict_each(const struct mxdp_maps *maps,
		      int (*each)(void *context, const struct mxdp_prefix *key,
				  const struct mxdp_verdict *verdict),
		      void *context)
{
	(void)maps;
	for (uint32_t i = 1; i <= FAKE_VERDICTS; i++) {
		struct mxdp_address host = mxdp_address_from_v4(htonl(0x0a000000 + i));
		struct mxdp_prefix key = mxdp_prefix_host(&host);
		struct mxdp_verdict verdict = fake_verdict();

		verdict.action = i % 5 ? MXDP_ACTION_PASS : MXDP_ACTION_DROP;
		verdict.decided_ns = (i * 7919) % 100003; /* in no order */
		verdict.hits = i;
		if (each(context, &key, &verdict))
			return 1;
	}
	return 0;
}

int mxdp_verdict_capacity(const struct mxdp_maps *maps, uint32_t *v4, uint32_t *v6)
{
	(void)maps;
	*v4 = 1000;
	*v6 = 2000;
	return 0;
}

/* ---- rules and never-block ---- */

static struct mxdp_operator_rule fake_rule(void)
{
	struct mxdp_operator_rule rule = {.prefix = fake_prefix("198.51.100.0/24"),
					  .action = MXDP_ACTION_PASS,
					  .reason = "a partner",
					  .created = FAKE_DECIDED,
					  .hits = 4};

	return rule;
}

int mxdp_rules_match(const struct mxdp_rules *rules, const struct mxdp_address *address,
		     struct mxdp_operator_rule *out)
{
	(void)rules;
	*out = fake_rule();
	return mxdp_prefix_contains(&out->prefix, address) ? 0 : -ENOENT;
}

int mxdp_rules_each(const struct mxdp_rules *rules,
		    int (*each)(void *context, const struct mxdp_operator_rule *rule),
		    void *context)
{
	struct mxdp_operator_rule rule = fake_rule();

	(void)rules;
	return each(context, &rule);
}

int mxdp_rules_set(struct mxdp_rules *rules, const struct mxdp_operator_rule *rule, char *fault,
		   size_t fault_size)
{
	struct mxdp_address gateway = fake_address("203.0.113.1");

	(void)rules;
	if (mxdp_prefix_contains(&rule->prefix, &gateway)) {
		snprintf(fault, fault_size, "that holds the default gateway 203.0.113.1");
		return -EPERM;
	}
	fake.last_rule = *rule;
	fake.rules_set++;
	return 0;
}

int mxdp_rules_forget(struct mxdp_rules *rules, const struct mxdp_prefix *prefix)
{
	(void)rules;
	return prefix->length == 24 ? 2 : 0;
}

size_t mxdp_never_block_list(const struct mxdp_never_block *never_block,
			     const struct mxdp_protected **list)
{
	static struct mxdp_protected protected[2];

	(void)never_block;
	protected[0].prefix = fake_prefix("203.0.113.0/24");
	protected[0].because = MXDP_PROTECTED_CONFIGURED;
	protected[1].prefix = fake_prefix("203.0.113.1");
	protected[1].because = MXDP_PROTECTED_GATEWAY;
	*list = protected;
	return 2;
}

void mxdp_said_stats(const struct mxdp_said *said, struct mxdp_said_stats *stats)
{
	(void)said;
	*stats = (struct mxdp_said_stats){.heard = 7, .asked = 3};
}

const struct mxdp_said_message *mxdp_said_unproved(const struct mxdp_said *said,
						   const struct mxdp_address *client)
{
	static struct mxdp_said_message message = {
		.time = 1772000000, .has_sender = true, .helo = "somebody.example"};
	struct mxdp_address heard = fake_address("198.51.100.77");

	(void)said;
	return mxdp_address_equal(&heard, client) ? &message : NULL;
}

void mxdp_policy_server_stats(const struct mxdp_policy_server *server,
			      struct mxdp_policy_stats *stats)
{
	(void)server;
	*stats = (struct mxdp_policy_stats){.requests = 77, .connections = 3};
}

bool mxdp_exempt_match(const struct mxdp_exempt *exempt, const struct mxdp_address *client,
		       char text[MXDP_EXEMPT_TEXT])
{
	(void)exempt;
	snprintf(text, MXDP_EXEMPT_TEXT, "gmail.example's SPF");
	return fake_is(client, "192.0.2.1");
}

bool mxdp_exempt_source(const struct mxdp_exempt *exempt, size_t index,
			struct mxdp_exempt_source *out)
{
	(void)exempt;
	*out = (struct mxdp_exempt_source){
		.text = "gmail.example's SPF", .prefixes = 9, .tried = true, .failing = true};
	return index == 0;
}

/* One network that waits, one client that came back, one message. */
void mxdp_greylist_list(const struct mxdp_greylist *greylist, const struct mxdp_prefix *prefix,
			void (*each)(void *context, const struct mxdp_greylist_row *row),
			void *context)
{
	const struct mxdp_greylist_row rows[] = {
		{MXDP_GREYLIST_NETWORK, fake_prefix("192.0.2.0/24"), fake_address("192.0.2.1"),
		 1700000000, 1700000060, 0, 2, "", ""},
		{MXDP_GREYLIST_RETURNED, fake_prefix("2001:db8::5"), fake_address("2001:db8::5"),
		 1700000000, 1700009000, 1700000000, 9, "", ""},
		{MXDP_GREYLIST_TRIPLET, fake_prefix("192.0.3.0/24"), fake_address("192.0.3.1"),
		 1700000000, 1700000000, 0, 1, "a\xff@example.org", "b@example.net"},
	};

	(void)greylist;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!prefix || mxdp_prefix_contains(prefix, &rows[i].prefix.address) ||
		    mxdp_prefix_contains(&rows[i].prefix, &prefix->address))
			each(context, &rows[i]);
}

int mxdp_greylist_forget(struct mxdp_greylist *greylist, const struct mxdp_prefix *prefix)
{
	(void)greylist;
	return mxdp_prefix_is_host(prefix) ? 1 : 4;
}

void mxdp_greylist_stats(const struct mxdp_greylist *greylist, struct mxdp_greylist_stats *stats)
{
	(void)greylist;
	*stats = (struct mxdp_greylist_stats){
		.networks = 31, .returned = 32, .passed = 33, .not_stored = 34};
}

void mxdp_screener_judge(struct mxdp_screener *screener, const struct mxdp_address *client)
{
	(void)screener;
	fake.judged = *client;
}

const char *mxdp_protected_text(enum mxdp_protected_because because)
{
	return because == MXDP_PROTECTED_GATEWAY ? "a default gateway" : "the configuration";
}

/* ---- screener and resolver ---- */

static struct mxdp_case fake_case(const struct mxdp_address *client)
{
	static struct mxdp_evidence evidence[2];
	struct mxdp_case known = {.client = *client, .decided = true, .took_ms = 12};

	evidence[0] = (struct mxdp_evidence){.class = MXDP_EVIDENCE_LIST,
					     .state = MXDP_EVIDENCE_ANSWERED,
					     .source = "bl.example",
					     .key = mxdp_prefix_host(client),
					     .score = 7,
					     .reason = "listed: 127.0.0.2"};
	evidence[1] = (struct mxdp_evidence){.state = MXDP_EVIDENCE_FAILED,
					     .source = "slow.example",
					     .key = mxdp_prefix_host(client),
					     .reason = "timeout"};
	known.decision = (struct mxdp_decision){.action = MXDP_ACTION_DROP,
						.reason = MXDP_REASON_DNSBL,
						.score = 7,
						.key = mxdp_prefix_host(client),
						.text = "listed by bl.example (7)"};
	known.decided_at = FAKE_DECIDED;
	known.evidence = evidence;
	known.evidence_count = 2;
	return known;
}

int mxdp_screener_case(const struct mxdp_screener *screener, const struct mxdp_address *client,
		       struct mxdp_case *out)
{
	(void)screener;
	*out = fake_case(client);
	return fake_is(client, "192.0.2.1") ? 0 : -ENOENT;
}

static void fake_check_done(uv_timer_t *timer)
{
	struct mxdp_case result = fake_case(&fake.checking);

	(void)timer;
	fake.check_done(fake.check_context, &result);
}

int mxdp_screener_check(struct mxdp_screener *screener, const struct mxdp_address *client,
			bool store, mxdp_case_fn done, void *context)
{
	(void)screener;
	(void)store;
	if (fake_is(client, "192.0.2.99"))
		return -EBUSY;
	fake.checking = *client;
	fake.check_done = done;
	fake.check_context = context;
	if (fake.checks_answer)
		uv_timer_start(&fake.check_timer, fake_check_done, 1, 0);
	return 0;
}

int mxdp_screener_tell(struct mxdp_screener *screener, const struct mxdp_evidence *evidence)
{
	(void)screener;
	fake.told++;
	return mxdp_prefix_contains(&evidence->key, &(struct mxdp_address){{0}}) ? -ENOSPC : 0;
}

int mxdp_screener_forget(struct mxdp_screener *screener, const struct mxdp_prefix *prefix)
{
	(void)screener;
	return prefix->length == 24 ? 3 : 0;
}

bool mxdp_screener_has_room(const struct mxdp_screener *screener)
{
	(void)screener;
	return true;
}

const struct mxdp_zones *mxdp_screener_zones(const struct mxdp_screener *screener)
{
	(void)screener;
	return NULL;
}

void mxdp_screener_probe_zones(struct mxdp_screener *screener)
{
	(void)screener;
	fake.zones_probed++;
}

int mxdp_zones_health(const struct mxdp_zones *zones, size_t index, struct mxdp_zone_health *health)
{
	(void)zones;
	if (index > 0)
		return -ENOENT;
	*health = (struct mxdp_zone_health){
		.shown = "xxxx.bl.example",
		.suspended = true,
		.fault = "it lists everybody",
		.statistics = {.unique = 17, .latency_ms = 2.5},
		.probed = true,
		.probing = fake.zones_probed > 0,
		.result = "it lists everybody",
	};
	return 0;
}

void mxdp_screener_stats(const struct mxdp_screener *screener, struct mxdp_screener_stats *stats)
{
	(void)screener;
	*stats = (struct mxdp_screener_stats){.decided = 42, .latency_ms_p99 = 250};
}

void mxdp_resolver_stats(const struct mxdp_resolver *resolver, struct mxdp_resolver_stats *stats)
{
	(void)resolver;
	*stats = (struct mxdp_resolver_stats){.asked = 99, .queued = 5};
}

void mxdp_resolver_servers(const struct mxdp_resolver *resolver, char *text, size_t size)
{
	(void)resolver;
	snprintf(text, size, "192.0.2.53:53");
}

/* ---- contacts ---- */

bool mxdp_config_opens_contacts(const struct mxdp_config *config)
{
	(void)config;
	return true;
}

void mxdp_contacts_stats(const struct mxdp_contacts *contacts, struct mxdp_contacts_stats *stats)
{
	(void)contacts;
	*stats = (struct mxdp_contacts_stats){.open = 3, .opened = 9, .turned_away = 2};
}

void mxdp_contacts_forget(struct mxdp_contacts *contacts, const struct mxdp_prefix *prefix)
{
	(void)contacts;
	(void)prefix;
	fake.contacts_forgotten++;
}

/* ---- the daemon ---- */

static const struct mxdp_config *fake_config(void *context)
{
	static char path[] = "/etc/mxdp/mxdp.conf", pins[] = "/sys/fs/bpf/mxdp";
	static struct mxdp_dnsbl_zone zone = {.zone = "secret.bl.example",
					      .shown = "xxxx.bl.example"};
	static struct mxdp_config config = {
		.path = path,
		.mode = MXDP_MODE_OBSERVE,
		.configured_mode = MXDP_MODE_SOFT,
		.pin_directory = pins,
		.port_count = 1,
		.ports = {{25, MXDP_PORT_MX}},
		.hold = true,
		.policy = {.threshold = 5, .action = MXDP_ACTION_DROP},
		.greylist = {.delay = 300, .window = 14400, .trust = 1000000},
		.dnsbl_count = 1,
		.dnsbls = &zone,
	};

	(void)context;
	return &config;
}

/* A mode that cannot be saved is in force all the same. */
static int fake_set_mode(void *context, const struct mxdp_mode_choice *choice, char *text,
			 size_t size)
{
	(void)context;
	fake.mode = *choice;
	if (choice->made && choice->mode == MXDP_MODE_ENFORCE)
		snprintf(text, size, "the map cannot be written");
	else if (choice->made)
		snprintf(text, size, "in force, but not kept over a restart");
	return choice->made && choice->mode == MXDP_MODE_ENFORCE ? -EIO : 0;
}

static int fake_reload(void *context, char *text, size_t size)
{
	(void)context;
	snprintf(text, size, "%s",
		 fake.reloads ? "mxdp.conf:3: unknown key" : "the configuration was read again");
	return fake.reloads++ ? -EINVAL : 0;
}

static void fake_detach(void *context)
{
	(void)context;
	fake.detaches++;
}

/* ---- feeds: 192.0.2.66 is on line 7 of the feed "own" ---- */

static const struct mxdp_feed_setting fake_feed = {
	.name = (char *)"own", .source = (char *)"file:///list", .action = MXDP_ACTION_DROP};

void mxdp_feeds_refresh(struct mxdp_feeds *feeds)
{
	(void)feeds;
}

int mxdp_feeds_sync(struct mxdp_feeds *feeds, const char *name)
{
	(void)feeds;
	return !name || strcmp(name, "own") == 0 ? 1 : -ENOENT;
}

size_t mxdp_feeds_count(const struct mxdp_feeds *feeds)
{
	(void)feeds;
	return 1;
}

void mxdp_feeds_status(struct mxdp_feeds *feeds, size_t index, struct mxdp_feed_status *status)
{
	(void)feeds;
	(void)index;
	*status = (struct mxdp_feed_status){
		.setting = &fake_feed, .loaded = true, .entries = 12, .refusal = "line 3\xff"};
}

const struct mxdp_feed_difference *mxdp_feeds_difference(const struct mxdp_feeds *feeds,
							 const char *name, int64_t *changed)
{
	static struct mxdp_feed_entry entry = {.line = 7};
	static const struct mxdp_feed_difference difference = {
		.added = {.count = 5, .kept = 1, .first = &entry}};

	(void)feeds;
	*changed = 1000;
	mxdp_prefix_parse("192.0.2.66", &entry.prefix);
	return strcmp(name, "own") == 0 ? &difference : NULL;
}

size_t mxdp_feeds_find(const struct mxdp_feeds *feeds, const struct mxdp_address *address,
		       struct mxdp_feed_word *words, size_t most)
{
	(void)feeds;
	if (!most || !fake_is(address, "192.0.2.66"))
		return 0;
	words[0] = (struct mxdp_feed_word){
		.setting = &fake_feed,
		.entry = {.prefix = mxdp_prefix_host(address), .line = 7},
		.decides = true,
	};
	return 1;
}

int mxdp_feeds_listing(const struct mxdp_feeds *feeds, const struct mxdp_address *address,
		       struct mxdp_feeds_listing *listing)
{
	(void)feeds;
	memset(listing, 0, sizeof(*listing));
	listing->generation = 4;
	if (fake_is(address, "192.0.2.66")) {
		listing->class = 1;
		listing->action = MXDP_ACTION_DROP;
		listing->setting = &fake_feed;
	}
	return 0;
}

void mxdp_feeds_snapshot(const struct mxdp_feeds *feeds, struct mxdp_feeds_snapshot *snapshot)
{
	(void)feeds;
	*snapshot = (struct mxdp_feeds_snapshot){.v4 = {.family = 4, .generation = 4}};
}

static const struct mxdp_api_world fake_world = {
	.started = FAKE_DECIDED,
	.mode = &fake.mode,
	.config = fake_config,
	.set_mode = fake_set_mode,
	.reload = fake_reload,
	.detach = fake_detach,
};

#endif
