/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words that the kernel, the daemon, the CLI, logs and metrics share: actions, reasons, modes,
 * port classes and event kinds. One list each; the numbers are ABI (append only), the names are
 * what the operator reads everywhere.
 */
#ifndef MXDP_ACTIONS_H
#define MXDP_ACTIONS_H

/* What happens to a client's connection attempt, mildest first. */
#define MXDP_ACTIONS(X)                                                                \
	X(NONE, "none", "no verdict: the client is unknown")                           \
	X(PASS, "pass", "the connection goes through")                                 \
	X(LIMIT, "limit", "a token bucket for this client")                            \
	X(GREYLIST, "greylist", "temporary failure until the client comes back later") \
	X(TEMPFAIL, "tempfail", "a 4xx reply made in XDP")                             \
	X(REJECT, "reject", "a 5xx reply made in XDP")                                 \
	X(TARPIT, "tarpit", "the handshake is answered, then silence")                 \
	X(DROP, "drop", "silently dropped")

/* Where a verdict or rule comes from. The sentence behind it is kept by the daemon. */
#define MXDP_REASONS(X)                                                                           \
	X(NONE, "none", "no reason recorded")                                                     \
	X(OPERATOR, "operator", "an operator's rule")                                             \
	X(NEVER_BLOCK, "never-block", "own address, router, resolver or other protected address") \
	X(CLEAN, "clean", "checked, and nothing speaks against it")                               \
	X(DNSBL, "dnsbl", "listed by one or more DNSBLs")                                         \
	X(DNSWL, "dnswl", "listed by a DNSWL")                                                    \
	X(HEURISTICS, "heuristics", "reverse record, HELO or sender")                             \
	X(FEED, "feed", "named by a blocklist feed")                                              \
	X(TRUST, "trust", "earned by mail delivered cleanly")                                     \
	X(REPORT, "report", "reported by another program")                                        \
	X(FAIL_OPEN, "fail-open", "the checks gave no answer in time")                            \
	X(CONTACT, "contact", "refused, but let in for an hour to write to postmaster or abuse")

/* How decisions are carried out. */
#define MXDP_MODES(X)                                                      \
	X(OBSERVE, "observe", "decide and count, touch nothing")           \
	X(SOFT, "soft", "every permanent refusal becomes a temporary one") \
	X(ENFORCE, "enforce", "verdicts act")

/* What a protected port is for: decides which evidence may act on it. */
#define MXDP_PORT_CLASSES(X)                                       \
	X(NONE, "none", "not protected")                           \
	X(MX, "mx", "mail from other servers: everything applies") \
	X(SUBMISSION, "submission", "mail from own users: operator rules and limits only")

/* What an event in the ring tells. */
#define MXDP_EVENT_KINDS(X)                                                  \
	X(NONE, "none", "not an event")                                      \
	X(UNKNOWN, "unknown", "a client without a verdict asked to connect") \
	X(REFUSED, "refused", "a sample of refused connection attempts")     \
	X(RETURNED, "returned", "a greylisted client came back in time: it was let through")

#define MXDP_ENUM_ACTION(name, text, what)     MXDP_ACTION_##name,
#define MXDP_ENUM_REASON(name, text, what)     MXDP_REASON_##name,
#define MXDP_ENUM_MODE(name, text, what)       MXDP_MODE_##name,
#define MXDP_ENUM_PORT_CLASS(name, text, what) MXDP_PORT_##name,
#define MXDP_ENUM_EVENT_KIND(name, text, what) MXDP_EVENT_##name,

enum mxdp_action { MXDP_ACTIONS(MXDP_ENUM_ACTION) MXDP_ACTION_COUNT };
enum mxdp_reason { MXDP_REASONS(MXDP_ENUM_REASON) MXDP_REASON_COUNT };
enum mxdp_mode { MXDP_MODES(MXDP_ENUM_MODE) MXDP_MODE_COUNT };
enum mxdp_port_class { MXDP_PORT_CLASSES(MXDP_ENUM_PORT_CLASS) MXDP_PORT_CLASS_COUNT };
enum mxdp_event_kind { MXDP_EVENT_KINDS(MXDP_ENUM_EVENT_KIND) MXDP_EVENT_KIND_COUNT };

#endif
