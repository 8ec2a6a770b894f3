/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The small world (fake_world.h): maps, rules and what stands beside them. */
#ifndef MXDP_TEST_FAKE_MAPS_H
#define MXDP_TEST_FAKE_MAPS_H

#include "fake_state.h"

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
	if (strcmp(rule->reason, "full disk") == 0)
		snprintf(fault, fault_size, "in force, but not saved");
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

#endif
