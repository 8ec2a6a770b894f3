/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every counter of the packet path, with its name and meaning.
 *
 * Each packet ends in exactly one counter of MXDP_OUTCOMES, so their sum is the number of packets
 * seen; MXDP_NOTES count what happened besides. An outcome says what was decided; in observe mode
 * the packet passes all the same and is counted in `observed` too. REPLY: the packet goes back as
 * our answer (XDP_TX).
 */
#ifndef MXDP_COUNTERS_H
#define MXDP_COUNTERS_H

#include <linux/types.h>

/* X(name, what becomes of the packet, meaning) */
#define MXDP_OUTCOMES(X)                                                                          \
	X(other, PASS, "not TCP to a protected port")                                             \
	X(established, PASS, "not a connection attempt: left to the mail server")                 \
	X(established_cut, DROP, "packet of a live connection of a denied client")                \
	X(rule_allow, PASS, "connection attempt allowed by an operator rule")                     \
	X(rule_deny, DROP, "connection attempt denied by an operator rule")                       \
	X(never_block, PASS, "connection attempt from a never-block address")                     \
	X(verdict_pass, PASS, "connection attempt of a client with a pass verdict")               \
	X(verdict_drop, DROP, "connection attempt of a client with a drop verdict")               \
	X(verdict_unanswered_drop, DROP,                                                          \
	  "connection attempt of a reject or tarpit verdict: dropped, no reply can be made here") \
	X(verdict_unanswered_pass, PASS,                                                          \
	  "connection attempt of a temporary refusal: passed, no reply can be made here")         \
	X(tempfail_stale, PASS,                                                                   \
	  "connection attempt of a tempfail verdict: passed, the daemon's heartbeat is stale")    \
	X(reply_syn_ack, REPLY, "connection attempt of a refused client, answered with a cookie") \
	X(reply_turn, REPLY, "packet of a refused client, answered with an SMTP reply")           \
	X(reply_acknowledged, REPLY, "packet of a refused client, answered with a bare ACK")      \
	X(reply_closed, REPLY, "end of a refused client's connection, answered with our FIN")     \
	X(reply_unread, DROP, "packet of a refused client that needs no answer")                  \
	X(reply_tarpit, DROP, "packet of a client in the tarpit: left without an answer")         \
	X(reply_failed, DROP, "packet to be answered: no room in the frame for the reply")        \
	X(feed_pass, PASS, "connection attempt of an address that a feed lets pass")              \
	X(feed_drop, DROP, "connection attempt of an address that a feed drops")                  \
	X(feed_unanswered_drop, DROP,                                                             \
	  "connection attempt refused by a feed: dropped, no reply can be made here")             \
	X(feed_unanswered_pass, PASS,                                                             \
	  "connection attempt refused by a feed for now: passed, no reply can be made here")      \
	X(limit_pass, PASS, "connection attempt within the client's limit")                       \
	X(limit_drop, DROP, "connection attempt over the client's limit")                         \
	X(submission_pass, PASS, "connection attempt to a submission port without a rule")        \
	X(unknown_held, DROP, "first attempt of an unknown client, held for the checks")          \
	X(unknown_held_again, DROP, "later attempt while the checks run")                         \
	X(unknown_pass, PASS, "unknown client passed: hold is off")                               \
	X(unknown_hold_over, PASS, "unknown client passed: no verdict within the hold time")      \
	X(unknown_stale, PASS, "unknown client passed: the daemon's heartbeat is stale")          \
	X(unknown_no_room, PASS, "unknown client passed: the daemon's queue is full")             \
	X(unknown_not_stored, PASS, "unknown client passed: no place in the pending map")         \
	X(unknown_event_lost, PASS, "unknown client passed: no place in the event ring")          \
	X(eth_truncated, PASS, "frame shorter than its Ethernet or VLAN header")                  \
	X(vlan_too_deep, PASS, "more than two VLAN tags: not read further")                       \
	X(frame_split, PASS, "IP header outside the frame's first buffer: the driver's layout")   \
	X(headers_split, DROP, "IPv6 extension or TCP header outside the frame's first buffer")   \
	X(ipv4_truncated, PASS, "frame shorter than its IPv4 header or total length")             \
	X(ipv4_malformed, PASS, "IPv4 version, header or total length is nonsense")               \
	X(ipv6_truncated, PASS, "frame shorter than its IPv6 header or payload length")           \
	X(ipv6_malformed, PASS, "IPv6 version, payload or extension header length is nonsense")   \
	X(ipv6_too_many_headers, DROP, "more than eight IPv6 extension headers")                  \
	X(fragment_later, PASS, "later fragment: never read as TCP")                              \
	X(fragment_first, DROP, "first fragment with SYN or without its whole TCP header")        \
	X(fragment_overlap, DROP, "IPv4 TCP fragment at offset 1, made to overwrite the flags")   \
	X(tcp_truncated, DROP, "IP packet too short for the TCP header that it says it has")      \
	X(tcp_malformed, DROP, "TCP header length is nonsense")                                   \
	X(tcp_flags, DROP, "SYN together with FIN or RST")                                        \
	X(challenge_sent, REPLY,                                                                  \
	  "unknown client asked to prove its address: flood, or over a limit")                    \
	X(challenge_proved, DROP, "reset that answers a challenge: the address is proved")        \
	X(challenge_spared, PASS,                                                                 \
	  "unknown client passed in a flood: every fifth second it may, or its SYN came again")   \
	X(challenge_unanswered, PASS,                                                             \
	  "unknown client passed in a flood: no reply can be made here")                          \
	X(challenge_over, DROP,                                                                   \
	  "client to be challenged in a flood: more than the rate of challenges")                 \
	X(handshakes_over, DROP,                                                                  \
	  "unknown client after too many handshakes of its kind: comes again")                    \
	X(no_settings, PASS, "the daemon has not configured the program yet")                     \
	X(greylist_pass, PASS, "connection attempt of a greylisted client: back in time")         \
	X(greylist_exempt, PASS, "connection attempt of a greylisted client in the exempt set")   \
	X(greylist_left, PASS, "connection attempt of a greylisted client: not greylisted here")  \
	X(greylist_stale, PASS,                                                                   \
	  "connection attempt of a greylisted client: passed, the daemon's heartbeat is stale")   \
	X(greylist_no_room, PASS,                                                                 \
	  "connection attempt of a greylisted client: passed, the greylist is full")              \
	X(known_challenged, REPLY,                                                                \
	  "client that passes, or is limited, asked whether the SYN is its own: too many in its " \
	  "name")                                                                                 \
	X(source_impossible, DROP,                                                                \
	  "connection attempt from multicast, broadcast, 0/8, ::, an IPv4-mapped address, or "    \
	  "the server's own")

/* X(name, meaning) */
#define MXDP_NOTES(X)                                                                              \
	X(observed, "packets that were only observed: a drop or reply that observe mode let pass") \
	X(verdict_expired, "verdicts met after their expiry, read as unknown")                     \
	X(rule_expired, "rules met after their expiry, read as absent")                            \
	X(feed_expired, "listed addresses met after their feed's valid-until, read as unlisted")   \
	X(limit_exempt, "attempts of limited clients in the exempt set: they passed")              \
	X(limit_not_stored, "token buckets that found no place: the client passed")                \
	X(samples_skipped, "refusals not reported to the daemon: more than the sample rate")       \
	X(dialogues_lost, "commands of refused clients not reported: no place in the ring")        \
	X(samples_lost, "refusals not reported to the daemon: no place in the ring")               \
	X(proofs, "proofs of an address noted: a challenge answered, a handshake completed")       \
	X(proofs_not_stored, "proofs that found no place")                                         \
	X(attempts_over_client, "unknown SYNs over the limit of their client")                     \
	X(attempts_over_network, "unknown SYNs over the limit of their network")                   \
	X(attempts_over_all, "unknown SYNs over the limit of all")                                 \
	X(attempts_exempt, "unknown SYNs over a limit that spares their client")                   \
	X(rates_not_stored, "limits that found no place for their bucket: within")                 \
	X(greylist_new, "tries that began a greylisting")                                          \
	X(greylist_early, "tries of greylisted clients before the delay was over")                 \
	X(greylist_not_stored, "tries that found no place in the greylist")                        \
	X(wire_opened, "SYN-ACKs of protected servers that were noted on their way out")           \
	X(wire_not_stored, "... that found no place: their connections are not read")              \
	X(wire_proved, "connections whose client proved its address by its first ACK")             \
	X(wire_unproved, "... whose first ACK was not an answer to the SYN-ACK: never scored")     \
	X(wire_lines, "HELO, EHLO and MAIL lines copied of clients that pass")                     \
	X(wire_lost, "... that found no place in the ring")                                        \
	X(wire_gaps, "segments not read: before them one is missing, or they make no sense")       \
	X(wire_unread, "connections whose reading was given up")                                   \
	X(known_over_client, "SYNs in the name of a client that passes, over its limit")           \
	X(known_over_network, "... over its network's")                                            \
	X(known_over_all, "... over that of all")                                                  \
	X(known_answered,                                                                          \
	  "resets that may answer such a challenge: the SYN that it was for may pass")             \
	X(known_confirmed, "SYNs over such a limit that passed: the challenge was answered")       \
	X(known_spared, "... that passed unanswered: in one second of five, at the limit's rate")  \
	X(known_unanswered, "... that passed: no reply can be made here")                          \
	X(socket_proved, "connections to this machine's own mail server: the client is proved")    \
	X(wire_shown, "HELO, EHLO and MAIL lines copied of unproved addresses: only shown")        \
	X(wire_not_shown, "segments of those not read, lines not copied: more than their share")   \
	X(repeats_spared,                                                                          \
	  "unknown SYNs that passed at a flood's height: the same one came before")                \
	X(repeats_over, "... that were challenged again: more than the rate of those")             \
	X(resets_announced, "unknown clients announced as they answered a challenge")              \
	X(resets_over, "answers to challenges that proved nothing: too many of an IPv6 network")

#define MXDP_COUNTER_OUTCOME_FIELD(name, becomes, what) __u64 name;
#define MXDP_COUNTER_NOTE_FIELD(name, what)             __u64 name;
#define MXDP_COUNTER_OUTCOME_INDEX(name, becomes, what) MXDP_COUNT_##name,
#define MXDP_COUNTER_NOTE_INDEX(name, what)             MXDP_COUNT_##name,
#define MXDP_COUNTER_IS_PASS                            0ULL
#define MXDP_COUNTER_IS_DROP                            1ULL
#define MXDP_COUNTER_IS_REPLY                           2ULL
#define MXDP_COUNTER_OUTCOME_DROPS(name, becomes, what) \
	| ((MXDP_COUNTER_IS_##becomes & 1) << MXDP_COUNT_##name)
#define MXDP_COUNTER_OUTCOME_REPLIES(name, becomes, what) \
	| (MXDP_COUNTER_IS_##becomes >> 1 << MXDP_COUNT_##name)

/* The place of each counter in struct mxdp_counters, outcomes first. */
enum mxdp_counter {
	MXDP_OUTCOMES(MXDP_COUNTER_OUTCOME_INDEX) MXDP_OUTCOMES_END,
	MXDP_NOTES_BEGIN = MXDP_OUTCOMES_END - 1, /* so that the first note follows at once */
	MXDP_NOTES(MXDP_COUNTER_NOTE_INDEX) MXDP_COUNTERS_END
};

/* A bit for each outcome, set where it becomes a drop, or a reply in place of the packet. */
#define MXDP_OUTCOMES_DROPPED (0ULL MXDP_OUTCOMES(MXDP_COUNTER_OUTCOME_DROPS))
#define MXDP_OUTCOMES_REPLIED (0ULL MXDP_OUTCOMES(MXDP_COUNTER_OUTCOME_REPLIES))

struct mxdp_counters {
	MXDP_OUTCOMES(MXDP_COUNTER_OUTCOME_FIELD)
	MXDP_NOTES(MXDP_COUNTER_NOTE_FIELD)
};

/* What a CPU remembers of the time; the packet path's own affair. */
struct mxdp_cpu_clock {
	__u64 jiffies; /* the tick of `now_ns` */
	__u64 now_ns;
	__u64 sampled_ns; /* when it last sent a sample */
	__u64 woken_ns;   /* when it last woke the daemon */
	__u64 opened_ns;  /* a token bucket: what it may tell of dialogues that open */
};

/*
 * The value of the one element, per CPU, of the map `counters`: the fields of struct mxdp_counters,
 * named so that bpftool shows them, and the clock beside them, as each lookup costs.
 */
struct mxdp_cpu {
	MXDP_OUTCOMES(MXDP_COUNTER_OUTCOME_FIELD)
	MXDP_NOTES(MXDP_COUNTER_NOTE_FIELD)
	struct mxdp_cpu_clock clock;
};

_Static_assert(MXDP_OUTCOMES_END <= 64, "MXDP_OUTCOMES_DROPPED has a bit for each outcome");
_Static_assert(sizeof(struct mxdp_counters) == MXDP_COUNTERS_END * sizeof(__u64),
	       "enum mxdp_counter numbers the fields of struct mxdp_counters");
_Static_assert(sizeof(struct mxdp_cpu) ==
		       sizeof(struct mxdp_counters) + sizeof(struct mxdp_cpu_clock),
	       "struct mxdp_cpu begins like struct mxdp_counters");

#endif
