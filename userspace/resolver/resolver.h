/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asynchronous DNS in the event loop: c-ares for the wire, in front of it a bounded cache (TTLs
 * clamped, negative answers too) in which every question is under way at most once.
 *
 * A callback is never called from inside mxdp_resolver_query(): also a cached answer arrives in a
 * later turn of the loop. An answer is valid only during the callback.
 */
#ifndef MXDP_RESOLVER_H
#define MXDP_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>
#include <uv.h>

#define MXDP_DNS_NAME 256 /* longest name in presentation form, with its NUL */

enum mxdp_dns_type {
	MXDP_DNS_A = 1,
	MXDP_DNS_PTR = 12,
	MXDP_DNS_MX = 15,
	MXDP_DNS_TXT = 16,
	MXDP_DNS_AAAA = 28,
};

enum mxdp_dns_status {
	MXDP_DNS_OK,       /* at least one record */
	MXDP_DNS_NODATA,   /* the name exists without this type */
	MXDP_DNS_NXDOMAIN, /* no such name */
	MXDP_DNS_TIMEOUT,  /* no server answered */
	MXDP_DNS_SERVFAIL, /* SERVFAIL, REFUSED or an answer that does not parse */
	MXDP_DNS_BADNAME,  /* not a name that can be asked for */
	MXDP_DNS_BUSY,     /* too many questions under way */
};

struct mxdp_dns_record {
	union {
		struct in_addr a;
		struct in6_addr aaaa;
		struct {
			uint16_t preference;
			char *name;
		} mx;
		char *name; /* PTR */
		struct {
			char *bytes;   /* all strings joined without a space; may hold NUL */
			size_t length; /* bytes[length] is NUL */
		} txt;
	};
};

struct mxdp_dns_answer {
	enum mxdp_dns_type type;
	enum mxdp_dns_status status;
	uint32_t ttl; /* seconds left, clamped */
	size_t count;
	struct mxdp_dns_record *records;
};

/* True when the world's DNS failed rather than answered: the question may be asked again. */
static inline bool mxdp_dns_failed(enum mxdp_dns_status status)
{
	return status >= MXDP_DNS_TIMEOUT && status != MXDP_DNS_BADNAME;
}
const char *mxdp_dns_status_name(enum mxdp_dns_status status);
const char *mxdp_dns_type_name(enum mxdp_dns_type type);

struct mxdp_resolver_settings {
	const char *servers;     /* "IP[:PORT],[IP6]:PORT"; NULL or "": the system's */
	unsigned int timeout_ms; /* of the first try */
	unsigned int tries;
	unsigned int in_flight_max; /* questions on the wire; the rest waits in a queue */
	unsigned int queue_max;     /* questions waiting; beyond: MXDP_DNS_BUSY */
	size_t cache_entries;
	unsigned int ttl_min, ttl_max;                   /* seconds */
	unsigned int negative_ttl_min, negative_ttl_max; /* seconds */
	unsigned int failure_ttl;                        /* seconds a failure is remembered */
};

struct mxdp_resolver_stats {
	uint64_t asked, cache_hits, joined; /* joined: same question already under way */
	uint64_t sent, answered, negative, timeouts, failures, busy;
	uint64_t evicted;
	size_t cached, in_flight, queued;
};

struct mxdp_resolver;
struct mxdp_query;

typedef void (*mxdp_dns_done)(void *context, const struct mxdp_dns_answer *answer);

/* Returns 0, -EINVAL for a bad server list, -ENOMEM, or another errno of c-ares's start. */
int mxdp_resolver_new(uv_loop_t *loop, const struct mxdp_resolver_settings *settings,
		      struct mxdp_resolver **out);
/*
 * Brings other settings into force, and reads the system's servers again where those are meant.
 * When anything has changed, what is under way is asked anew and the cache starts empty. Returns 0
 * or an errno as above; then all stays as it was.
 */
int mxdp_resolver_configure(struct mxdp_resolver *resolver,
			    const struct mxdp_resolver_settings *settings);
/* Cancels every question without calling back; handles close in the loop's next turns. */
void mxdp_resolver_free(struct mxdp_resolver *resolver);

/* The built-in defaults of every setting. */
struct mxdp_resolver_settings mxdp_resolver_defaults(void);

/*
 * Asks for `name` (presentation form, case-insensitive, final dot optional). Returns the running
 * query, which ends with exactly one call of `done` unless it is cancelled; NULL only when memory
 * is out.
 */
struct mxdp_query *mxdp_resolver_query(struct mxdp_resolver *resolver, const char *name,
				       enum mxdp_dns_type type, mxdp_dns_done done, void *context);
/*
 * The same for a question that may turn out needless: it is sent when no other waits, and not
 * before those asked with it usually have their answers. Cancelled until then, it costs nobody
 * anything.
 */
struct mxdp_query *mxdp_resolver_query_later(struct mxdp_resolver *resolver, const char *name,
					     enum mxdp_dns_type type, mxdp_dns_done done,
					     void *context);
/*
 * The same for a question whose answer many wait for: it is the next to be sent, and a full queue
 * has room for it. For a few names only.
 */
struct mxdp_query *mxdp_resolver_query_first(struct mxdp_resolver *resolver, const char *name,
					     enum mxdp_dns_type type, mxdp_dns_done done,
					     void *context);
/*
 * True while questions that are due wait for the answers to others, as only so many are on the wire
 * at once: the sooner the loop reads these, the sooner all are through.
 */
bool mxdp_resolver_is_crowded(const struct mxdp_resolver *resolver);
/* True until its question is sent, or answered by the cache. */
bool mxdp_query_is_waiting(const struct mxdp_query *query);
/* `done` will not be called. The wire's answer still fills the cache. */
void mxdp_query_cancel(struct mxdp_query *query);

void mxdp_resolver_stats(const struct mxdp_resolver *resolver, struct mxdp_resolver_stats *stats);
/* Forgets the cached answer to one question: the next asks the world. */
void mxdp_resolver_forget(struct mxdp_resolver *resolver, const char *name,
			  enum mxdp_dns_type type);
/* The servers in use, "192.0.2.53:53, [2001:db8::53]:53". */
void mxdp_resolver_servers(const struct mxdp_resolver *resolver, char *text, size_t size);

/*
 * Writes the name under which `address` is looked up in `zone`: reversed octets for IPv4, nibbles
 * for IPv6 (RFC 5782 2.1, 2.4; RFC 1035 3.5 with in-addr.arpa). -ENAMETOOLONG when it doesn't fit.
 */
struct mxdp_address;
int mxdp_dns_reverse_name(const struct mxdp_address *address, const char *zone,
			  char name[MXDP_DNS_NAME]);

#endif
