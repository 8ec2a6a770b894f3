/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One domain's SPF ranges or MX hosts, asked for again and again. Private to exempt/. */
#ifndef MXDP_EXEMPT_SOURCE_H
#define MXDP_EXEMPT_SOURCE_H

#include "exempt.h"
#include "userspace/checks/spf/ranges.h"

#define MXDP_EXEMPT_HOSTS_MAX 512 /* addresses of a domain's MX hosts */

enum exempt_kind { EXEMPT_SPF, EXEMPT_MX };

struct exempt_source {
	char *domain;
	enum exempt_kind kind;
	bool optional; /* a partner need not have an SPF record */
	bool tried, failing;
	bool wanted; /* by the configuration that is being applied */
	size_t count;
	struct mxdp_prefix *prefixes; /* sorted; none lies within another */

	uv_loop_t *loop;
	uv_timer_t timer; /* the next refresh */
	struct mxdp_spf_lookup lookup;
	struct mxdp_spf_walk *walk; /* SPF, under way */
	struct mxdp_spf_memo *memo; /* MX, under way */
	void (*refreshed)(void *context);
	void *context;
	struct exempt_source *next;
};

/* What a look at the MX hosts found. */
struct exempt_hosts {
	int error; /* 0, -ENOENT: no such domain, -EAGAIN: DNS failed */
	uint32_t ttl;
	size_t count;
	struct mxdp_prefix prefixes[MXDP_EXEMPT_HOSTS_MAX]; /* sorted, each once */
};

/* `refreshed` is called after each attempt, from a turn of the loop. NULL: memory is out. */
struct exempt_source *mxdp_exempt_source_new(uv_loop_t *loop, const struct mxdp_spf_lookup *lookup,
					     const char *domain, enum exempt_kind kind,
					     bool optional, void (*refreshed)(void *context),
					     void *context);
void mxdp_exempt_source_free(struct exempt_source *source);
/* Asks now, unless it is asking. */
void mxdp_exempt_source_ask(struct exempt_source *source);
/* "example.org's SPF" */
void mxdp_exempt_source_text(const struct exempt_source *source, char text[MXDP_EXEMPT_TEXT]);

/* Reads the hosts from what the memo knows: true when nothing was missing. */
bool mxdp_exempt_hosts_walk(const char *domain, struct mxdp_spf_memo *memo,
			    struct exempt_hosts *hosts);

#endif
