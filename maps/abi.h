/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract between the packet path (bpf/) and user space: keys, values and limits of every
 * pinned map. Both sides compile this file; nothing else crosses the border.
 *
 * Addresses are in network byte order; IPv4 keys are 4 bytes, IPv6 keys 16. Times are nanoseconds
 * of CLOCK_BOOTTIME, 0 meaning never. Change a layout, and MXDP_ABI_VERSION changes with it: the
 * daemon then makes new maps beside the pinned ones and puts them in their place.
 */
#ifndef MXDP_ABI_H
#define MXDP_ABI_H

#include <linux/types.h>

#include "actions.h"
#include "counters.h"
#include "replies.h"
#include "wire.h"

#ifndef MXDP_ABI_VERSION /* a test builds a later one */
#define MXDP_ABI_VERSION 7
#endif

#define MXDP_PORTS_MAX        16 /* protected ports */
#define MXDP_VLAN_TAGS_MAX    2
#define MXDP_IPV6_HEADERS_MAX 8

/* Places in the maps; those marked * are the default of a configuration key. */
#define MXDP_RULES_MAX           65536
#define MXDP_NEVER_BLOCK_MAX     4096
#define MXDP_EXEMPT_MAX          32768
#define MXDP_DESTINATIONS_MAX    1024
#define MXDP_VERDICTS_DEFAULT    262144 /* * */
#define MXDP_PENDING_MAX         65536
#define MXDP_LIMITS_MAX          65536
#define MXDP_PROOFS_MAX          65536
#define MXDP_GREYLIST_MAX        65536
#define MXDP_RATES_MAX           65536
#define MXDP_ANSWERED_PLACES     (1 << 18) /* a power of two */
#define MXDP_NETWORK4_BITS       24
#define MXDP_NETWORK6_BITS       48
#define MXDP_HOST6_BITS          64 /* what limits take for one client */
#define MXDP_EVENT_RING_BYTES    (8 * 1024 * 1024)
#define MXDP_SAMPLE_RING_BYTES   (256 * 1024)
#define MXDP_DIALOGUE_RING_BYTES (1024 * 1024)

/* An entry of `settings.ports`; the list ends at the first port 0. */
struct mxdp_port {
	__be16 port;
	__u16 class; /* enum mxdp_port_class */
};

/* One each interval, and what has not been used for `burst_ns` at once; interval 0: no limit. */
struct mxdp_rate {
	__u64 interval_ns;
	__u64 burst_ns;
};

/* What a limit counts together: the client (IPv6: its /64), its network (/24, /48), or all. */
enum mxdp_scope { MXDP_SCOPE_CLIENT, MXDP_SCOPE_NETWORK, MXDP_SCOPE_ALL, MXDP_SCOPES };

/* The one element of the map `settings`: written by the daemon, read for each packet. */
struct mxdp_settings {
	__u32 abi_version; /* 0 until the daemon has written it: everything passes */
	enum mxdp_mode mode;
	__u32 hold_unknown;    /* 1: hold an unknown client while it is checked, 0: pass it */
	__u32 cut_established; /* 1: packets of a denied client's live connections are dropped */
	__u32 filter_destinations; /* 1: protect only the addresses in destinations4/6 */
	__u32 feeds_first; /* 1: rules and never-block set are subtracted from the feeds in force */
	__u64 hold_ns;     /* longest hold */
	__u64 retry_ns;    /* a pending client without a verdict is announced again after */
	__u64 heartbeat_stale_ns; /* the daemon counts as dead when its heartbeat is older */
	__u64 limit_interval_ns;  /* action limit: one connection attempt each ... */
	__u64 limit_burst_ns;     /* ... with this much credit: n intervals allow n + 1 at once */
	__u64 sample_interval_ns; /* refused samples: one each, per CPU */
	struct mxdp_port ports[MXDP_PORTS_MAX];
	/* Where replies can be made, ended by 0; elsewhere refusals are drops and passes. */
	__u32 reply_interfaces[MXDP_REPLY_INTERFACES_MAX];
	enum mxdp_reply_at reject_at; /* for verdicts that don't say */
	enum mxdp_reply_at tempfail_at;
	__u64 proof_ns;      /* a proof of an address holds so long */
	__u32 flood_enter;   /* unknown SYNs in a second on a CPU that make a flood; 0: none does */
	__u32 flood_leave;   /* so many keep it one ... */
	__u64 flood_calm_ns; /* ... and with fewer for so long it is over */
	struct mxdp_rate challenges;              /* sent by a CPU */
	struct mxdp_rate attempts[MXDP_SCOPES];   /* of unknown clients that have proved nothing */
	struct mxdp_rate handshakes[MXDP_SCOPES]; /* and of those that have */
	/* Greylisting: a retry passes from the delay until the end of the window. */
	enum mxdp_reply_at greylist_at;
	__u32 contacts; /* 1: a recipient postmaster or abuse is answered 451, for now */
	__u64 greylist_delay_ns;
	__u64 greylist_window_ns; /* 0: not in the packet path, such clients pass */
	__u32 greylist_length4;   /* bits of a client's network ... */
	__u32 greylist_length6;
	__be32 greylist_mask4; /* ... and the same as masks */
	__be32 greylist_mask6[4];
	__u32 wire_evidence; /* 1: the commands of clients that pass are read (maps/wire.h) */
	struct mxdp_rate known[MXDP_SCOPES]; /* attempts in the names of clients that pass */
};

/* The one element of the map `daemon_state`. */
struct mxdp_daemon_state {
	__u64 heartbeat_ns;   /* when the daemon was last seen alive */
	__u64 looks_until_ns; /* until then it looks into the rings unasked: nobody wakes it */
	__u32 queue_room;     /* 1: the screener's queue takes more clients */
	__u32 pid;
};

/* Keys of the LPM maps rules4/6, never_block4/6, exempt4/6 and destinations4/6. */
struct mxdp_prefix4 {
	__u32 length; /* bits, 0..32 */
	__u8 address[4];
};

struct mxdp_prefix6 {
	__u32 length; /* bits, 0..128 */
	__u8 address[16];
};

/* Key of verdicts4, pending4, limits4 and proofs4. Bytes, so that bpftool shows them in reading
 * order. */
struct mxdp_client4 {
	__u8 address[4];
};

/*
 * Key of verdicts6, pending6, limits6 and proofs6: a host (length 128) or its network (length 64),
 * host bits zero. Only hosts are pending or proved; a bucket has the key of the verdict that
 * limits.
 */
struct mxdp_client6 {
	__u8 address[16];
	__u32 length;
};

/* Value of rules4/6: what the operator said. */
struct mxdp_rule {
	enum mxdp_action action; /* PASS (allow) or DROP (deny) */
	__u32 length; /* of the rule's own prefix: an expired one gives way to a shorter */
	__u64 created_ns;
	__u64 expires_ns;
	__u64 hits; /* connection attempts; bumped by the packet path */
	__u64 last_seen_ns;
};

/* Value of never_block4/6, exempt4/6 and destinations4/6. */
struct mxdp_member {
	__u64 hits;
};

/* Value of verdicts4/6. Only the daemon inserts; the packet path bumps hits and last_seen_ns. */
struct mxdp_verdict {
	enum mxdp_action action;
	enum mxdp_reason reason;
	__s32 score;   /* sum of the evidence, rounded */
	__u16 text;    /* number of the reply text */
	__u8 reply_at; /* enum mxdp_reply_at */
	__u8 refused;  /* enum mxdp_action that a contact's pass took the place of */
	__u64 decided_ns;
	__u64 expires_ns;
	__u64 hits;
	__u64 last_seen_ns;
};

/* Value of pending4/6 (LRU): an unknown client that was announced to the daemon. */
struct mxdp_pending {
	__u64 first_seen_ns;
	__u64 attempts;
};

/* Value of limits4/6 (LRU), of the action limit: theoretical arrival times of GCRA. */
struct mxdp_bucket {
	__u64 arrival_ns;
	__u64 own_ns; /* the same of SYNs that are known to be the client's own */
};

/*
 * Value of proofs4/6 (LRU): a client that returned a number sent to its address. Nothing but such a
 * proof writes it; 0: never. A reset says that somebody is there, who need not have sent the SYN
 * that was challenged; a handshake, that this client wants to talk to us.
 */
struct mxdp_proof {
	__u64 reset_ns;     /* when a challenge was last answered */
	__u64 handshake_ns; /* when a handshake was last completed */
};

/* How long a reset holds: until TCP has given up, and has tried once more. */
#define MXDP_RESET_PROOF_NS 120000000000ULL

/*
 * Value of rates4/6 (LRU), of the configuration's section limits: keys are the prefixes of struct
 * mxdp_prefix4/6; and of the one element of rates_all. Times as above, 0 being long ago.
 */
struct mxdp_rates {
	__u64 attempts_ns;
	__u64 handshakes_ns;
	__u64 known_ns;  /* attempts in the names of clients that pass */
	__u64 spared_ns; /* ... those that pass beyond the limit without an answer */
	__u64 resets_ns; /* IPv6: hosts that newly proved their addresses by resets */
};

/*
 * The one element, per CPU, of the map `flood`. The CPU is in a flood as long as high_ns is less
 * than settings.flood_calm_ns ago.
 */
struct mxdp_flood {
	__u64 second_ns;     /* when the second began in which `seen` are counted */
	__u64 high_ns;       /* when the rate was last that of a flood */
	__u64 since_ns;      /* when the flood began, the present or the last one */
	__u64 challenged_ns; /* arrival time of the next challenge: a bucket */
	__u64 repeats_ns;    /* ... of the next SYN that passes as it came again */
	__u64 announced_ns;  /* ... and of the next client that is announced by its reset */
	__u32 seen;          /* unknown SYNs in this second */
	__u32 seen_before;   /* in the second before it */
	__u32 floods;        /* so far */
	__u32 reserved;
};

/*
 * Value of greylist4/6, whose keys are networks (struct mxdp_prefix4/6): a network of which a
 * client was told to come back. Written only when a cookie has come back, so no packet with a false
 * source writes here.
 */
struct mxdp_greylisting {
	__u64 first_seen_ns;
	__u64 last_try_ns;
	__u64 passed_ns; /* a client came back in time and proved its address; 0: not yet */
	__u32 tries;
	__u32 cookie;    /* of the latest try: the same packet again is no other try */
	__u8 client[16]; /* of the latest try; IPv4 as ::ffff:a.b.c.d */
};

/* The one element of the map `greylist_state`. */
struct mxdp_greylist_state {
	__u64 full_ns; /* when a network last found no place in greylist4/6 */
};

/*
 * A CPU wakes the reader of the rings once in this time; records in between come without. So
 * whoever found one looks again by himself, for longer than this.
 */
#define MXDP_WAKE_INTERVAL_NS 10000000ULL

/* A record in the rings `events` (unknown clients) and `samples` (refusals). */
struct mxdp_event {
	__u64 time_ns;
	enum mxdp_event_kind kind;
	enum mxdp_action action; /* decided, also when only observed */
	enum mxdp_reason reason;
	__u32 ifindex;
	__u8 client[16];      /* IPv4 as ::ffff:a.b.c.d */
	__u8 destination[16]; /* likewise */
	__be16 client_port;
	__be16 port;
	__u16 port_class; /* enum mxdp_port_class */
	__u16 observed;   /* 1: observe mode let it pass */
};

#endif
