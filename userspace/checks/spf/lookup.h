/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DNS of one SPF evaluation: a memo of answers in front of the resolver. An evaluation runs to
 * its end on what the memo knows; what it missed is then asked for all at once, and it runs again.
 */
#ifndef MXDP_SPF_LOOKUP_H
#define MXDP_SPF_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>

#include "userspace/resolver/resolver.h"

/*
 * Where questions go: the resolver in production, a zone in memory in tests. Both behave as
 * mxdp_resolver_query() and mxdp_query_cancel() promise. Names come as plain bytes without a final
 * dot: no character but the dot means anything in them.
 */
struct mxdp_spf_lookup {
	struct mxdp_query *(*query)(void *context, const char *name, enum mxdp_dns_type type,
				    mxdp_dns_done done, void *done_context);
	void (*cancel)(struct mxdp_query *query);
	void *context;
};

/* The resolver, its cache included. */
struct mxdp_spf_lookup mxdp_spf_lookup_resolver(struct mxdp_resolver *resolver);
/* The same, but it asks the world: for what is looked up seldom, or since somebody wants it now. */
struct mxdp_spf_lookup mxdp_spf_lookup_anew(struct mxdp_resolver *resolver);

/* A name that DNS can carry: labels of 1 to 63 bytes, at most 253 in all, no final dot. */
bool mxdp_spf_name_valid(const char *name);

struct mxdp_spf_memo;

/*
 * `answered` is called whenever the last outstanding question has its answer. NULL when memory is
 * out.
 */
struct mxdp_spf_memo *mxdp_spf_memo_new(const struct mxdp_spf_lookup *lookup,
					void (*answered)(void *context), void *context);
/* Cancels what is outstanding. */
void mxdp_spf_memo_free(struct mxdp_spf_memo *memo);

/*
 * The answer for a name (case-insensitive, a final dot is optional), valid as long as the memo; a
 * name that cannot be asked for is answered with MXDP_DNS_BADNAME. NULL: not known yet, and noted
 * for the next mxdp_spf_memo_ask().
 */
const struct mxdp_dns_answer *mxdp_spf_memo_get(struct mxdp_spf_memo *memo, const char *name,
						enum mxdp_dns_type type);
/* Asks for all that was noted; returns how many questions are now outstanding. */
size_t mxdp_spf_memo_ask(struct mxdp_spf_memo *memo);
/* How many questions were asked so far. */
size_t mxdp_spf_memo_asked(const struct mxdp_spf_memo *memo);

#endif
