// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The packet path: parse; leave alone what is not a connection attempt on a protected port; then,
 * strongest first, the operator's rule, the never-block set, a feed that drops, the client's
 * verdict, any other feed, and for an unknown client the hold. Every packet ends in one counter of
 * maps/counters.h.
 */
#include "maps.h"
#include "packet.h"
#include "count.h"
#include "clock.h"
#include "connection.h"
#include "lookup.h"
#include "parse_link.h"
#include "parse_ip.h"
#include "parse_tcp.h"
#include "feed.h"
#include "refusal.h"
#include "events.h"
#include "short_way.h"
#include "challenge.h"
#include "sources.h"
#include "unknown.h"
#include "known.h"
#include "greylist.h"
#include "outcome.h"
#include "dialogue.h"
#include "wire.h"

SEC("license")
const char program_license[] = "GPL";

/* A connection attempt: what wins, strongest first. */
__noinline enum mxdp_counter screen_attempt(const struct connection *connection,
					    const struct mxdp_settings *settings)
{
	struct mxdp_member *member;
	struct mxdp_verdict *verdict;
	struct mxdp_rule *rule;
	__u32 bits;

	if (!connection || !settings)
		return UNDECIDED;
	rule = find_rule(connection);
	if (rule)
		return apply_rule(connection, settings, rule);
	member = find_never_block(connection);
	if (member) {
		add_hit(&member->hits);
		return MXDP_COUNT_never_block;
	}
	if (connection->port_class != MXDP_PORT_MX)
		return MXDP_COUNT_submission_pass;
	if (connection->listing.action == MXDP_ACTION_DROP)
		return apply_listing(connection, settings);
	verdict = find_verdict(connection, &bits);
	if (verdict && verdict->action != MXDP_ACTION_NONE)
		return let_pass(connection, settings,
				apply_verdict(connection, settings, verdict, bits));
	if (connection->listing.action != MXDP_ACTION_NONE)
		return let_pass(connection, settings, apply_listing(connection, settings));
	return screen_unknown(connection, settings);
}

/* A packet of a live connection; looked at only where the operator wants denials to cut these. */
__noinline enum mxdp_counter screen_established(const struct connection *connection,
						const struct mxdp_settings *settings)
{
	struct mxdp_verdict *verdict;
	struct mxdp_rule *rule;
	struct listing listing;
	__u32 bits;

	if (!connection || !settings)
		return UNDECIDED;
	rule = find_rule(connection);
	if (rule)
		return rule->action == MXDP_ACTION_DROP ? MXDP_COUNT_established_cut
							: MXDP_COUNT_established;
	if (connection->port_class != MXDP_PORT_MX || settings->mode == MXDP_MODE_SOFT ||
	    find_never_block(connection))
		return MXDP_COUNT_established;
	listing = listing_of_client(connection);
	if (listing.action == MXDP_ACTION_DROP)
		return MXDP_COUNT_established_cut;
	verdict = find_verdict(connection, &bits);
	return verdict && verdict->action == MXDP_ACTION_DROP ? MXDP_COUNT_established_cut
							      : MXDP_COUNT_established;
}

/* A segment that a dialogue of ours could have: no RST, no fragment, and dialogues are held. */
static __always_inline bool may_belong_to_dialogue(const struct packet *packet,
						   const struct mxdp_settings *settings)
{
	return settings->reply_interfaces[0] && settings->mode != MXDP_MODE_OBSERVE &&
	       packet->port_class == MXDP_PORT_MX && packet->tcp->ack && !packet->tcp->syn &&
	       !packet->tcp->rst && !packet->first_fragment;
}

/* A reset that may answer a challenge. */
static __always_inline bool may_be_proof(const struct packet *packet,
					 const struct mxdp_settings *settings)
{
	return packet->tcp->rst && packet->port_class == MXDP_PORT_MX && !packet->first_fragment &&
	       may_challenge(settings);
}

/* Reads the headers. UNDECIDED: a sane packet of TCP to a protected port. */
static __always_inline enum mxdp_counter parse(struct packet *packet,
					       const struct mxdp_settings *settings)
{
	enum mxdp_counter outcome;

	*packet = (struct packet){
		.ctx = packet->ctx,
		.position = (void *)(long)packet->ctx->data,
		.end = (void *)(long)packet->ctx->data_end,
		.listing = NOT_ASKED,
	};
	outcome = parse_link(packet);
	if (outcome == UNDECIDED)
		outcome = parse_ip(packet);
	if (outcome == UNDECIDED)
		outcome = parse_tcp(packet, settings);
	return outcome;
}

/* A connection attempt; where it is to be answered and not only observed, it is now. */
static __always_inline enum mxdp_counter take_attempt(struct packet *packet,
						      struct scratch *scratch,
						      const struct mxdp_settings *settings,
						      bool answers)
{
	const struct connection *connection = &scratch->connection;
	enum mxdp_counter outcome = screen_attempt(connection, settings);

	if (settings->wire_evidence && passes(outcome, settings))
		note_attempt(packet, connection);
	if (!is_reply(outcome) || settings->mode == MXDP_MODE_OBSERVE)
		return outcome;
	if (!answers) /* for a moment, until the daemon has said so in the settings */
		return MXDP_COUNT_reply_failed;
	read_segment(packet, &scratch->segment);
	if (outcome == MXDP_COUNT_challenge_sent)
		return send_challenge(packet->ctx, connection, &scratch->segment);
	if (outcome == MXDP_COUNT_known_challenged)
		return send_known_challenge(packet->ctx, connection, &scratch->segment);
	return answer_attempt(packet->ctx, connection, &scratch->segment);
}

static __always_inline enum mxdp_counter take_segment(struct packet *packet,
						      struct scratch *scratch,
						      const struct mxdp_settings *settings,
						      bool answers)
{
	struct connection *connection = &scratch->connection;
	bool command = may_be_command(packet, settings); /* no pointer outlives a dialogue */
	bool proof = may_be_proof(packet, settings);
	enum mxdp_counter outcome = UNDECIDED;

	read_segment(packet, &scratch->segment);
	if (answers && may_belong_to_dialogue(packet, settings))
		outcome = screen_dialogue(packet->ctx, connection, &scratch->segment, settings);
	if (outcome != UNDECIDED)
		return outcome;
	/* Most segments are done with here, and need not know the exact time. */
	if (proof || command || settings->cut_established)
		connection->now_ns = bpf_ktime_get_boot_ns();
	if (proof)
		outcome = screen_reset(connection, settings);
	if (outcome == UNDECIDED && settings->cut_established)
		outcome = screen_established(connection, settings);
	if (outcome != UNDECIDED && outcome != MXDP_COUNT_established)
		return outcome;
	if (command)
		read_commands(packet->ctx, connection, &scratch->segment, settings);
	return MXDP_COUNT_established;
}

/* The same as in short_way.h, where a sample of it is due or the packet is not plain. */
static __always_inline enum mxdp_counter drop_listed(const struct packet *packet,
						     const struct mxdp_settings *settings,
						     struct connection *connection)
{
	if (may_sample(settings, coarse_now_ns())) {
		read_connection(packet, bpf_ktime_get_boot_ns(), connection);
		tell_refused(connection, settings, MXDP_ACTION_DROP, MXDP_REASON_FEED);
	}
	return MXDP_COUNT_feed_drop;
}

/* What is to become of a packet whose headers were read. */
static __always_inline enum mxdp_counter screen(struct packet *packet,
						const struct mxdp_settings *settings, bool answers)
{
	struct scratch *scratch = get_scratch();
	struct listing listing;

	if (!scratch)
		return MXDP_COUNT_established; /* cannot be: the map has this element */
	if (!is_attempt(packet)) {
		if (!settings->cut_established && !may_belong_to_dialogue(packet, settings) &&
		    !may_be_proof(packet, settings) && !may_be_command(packet, settings))
			return MXDP_COUNT_established;
		read_connection(packet, coarse_now_ns(), &scratch->connection);
		return take_segment(packet, scratch, settings, answers);
	}
	listing = listing_of_packet(packet);
	if (listing.action == MXDP_ACTION_DROP && feeds_are_first(settings))
		return drop_listed(packet, settings, &scratch->connection);
	read_connection(packet, bpf_ktime_get_boot_ns(), &scratch->connection);
	if (is_nobodys(&scratch->connection))
		return MXDP_COUNT_source_impossible;
	scratch->connection.listing = listing;
	return take_attempt(packet, scratch, settings, answers);
}

/* The way of all that the short one does not decide. */
static __always_inline enum mxdp_counter
long_way(struct packet *packet, const struct mxdp_settings *settings, bool answers)
{
	enum mxdp_counter outcome = UNDECIDED;

	if (!packet->tcp)
		outcome = parse(packet, settings);
	if (outcome != UNDECIDED && !is_drop(outcome))
		return outcome;
	if (settings->filter_destinations && !is_protected(packet))
		return MXDP_COUNT_other;
	return outcome == UNDECIDED ? screen(packet, settings, answers) : outcome;
}

static __always_inline int run(struct xdp_md *ctx, bool answers)
{
	__u32 zero = 0;
	const struct mxdp_settings *now = bpf_map_lookup_elem(&settings, &zero);
	struct mxdp_cpu *cpu = this_cpu();
	struct packet packet;

	if (!now || !cpu)
		return XDP_PASS; /* cannot be: the maps have these elements */
	if (now->abi_version != MXDP_ABI_VERSION)
		return finish(now, cpu, MXDP_COUNT_no_settings);
	packet.ctx = ctx;
	packet.tcp = NULL;
	/* In memory: else each check of the parsing would carry all of it to where they meet. */
	asm volatile("" : : "r"(&packet) : "memory");
	switch (short_way(&packet, now, cpu)) {
	case MXDP_COUNT_other:
		return finish(now, cpu, MXDP_COUNT_other);
	case MXDP_COUNT_feed_drop:
		return finish(now, cpu, MXDP_COUNT_feed_drop);
	default:
		return finish(now, cpu, long_way(&packet, now, answers));
	}
}

SEC("xdp.frags")
int mxdp(struct xdp_md *ctx)
{
	return run(ctx, true);
}

/*
 * The same without replies: a program that changes no packet, which is all that a kernel may take
 * beside other programs (docs/replies.md). Loaded only where it is needed.
 */
SEC("?xdp.frags")
int mxdp_read_only(struct xdp_md *ctx)
{
	return run(ctx, false);
}
