/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who came back: told by the packet path, believed when its address is proved. */
#include <time.h>

#include "private.h"
#include "userspace/log.h"

#define SECOND_NS  1000000000LL
#define PROOFS_MS  500
#define PROOF_NS   (60 * SECOND_NS) /* a client that is let through has proved itself by then */
#define SAVE_EVERY 3600 /* seconds between two records that a client is still heard of */

/* For whom a client earns trust: in IPv6 a network may be a hoster's, with many of them. */
static struct mxdp_prefix trusted_with(const struct mxdp_greylist *greylist,
				       const struct mxdp_address *client)
{
	return mxdp_address_is_v4(client) ? mxdp_greylist_network_of(greylist, client)
					  : mxdp_prefix_host(client);
}

void mxdp_greylist_forget_unheard(struct mxdp_greylist *greylist, int64_t now)
{
	const struct mxdp_greylist_row *oldest;

	while ((oldest = mxdp_returned_oldest(greylist->returned)) &&
	       now - oldest->last >= greylist->settings.trust)
		mxdp_returned_drop(greylist->returned, &oldest->prefix);
}

/* Notes a client that has come back, or that came back before and is heard of again. */
void mxdp_greylist_keep_returned(struct mxdp_greylist *greylist, const struct mxdp_address *client)
{
	struct mxdp_prefix prefix = trusted_with(greylist, client);
	const struct mxdp_greylist_row *known = mxdp_returned_find(greylist->returned, &prefix);
	int64_t now = (int64_t)time(NULL);
	struct mxdp_greylist_row row = {
		.kind = MXDP_GREYLIST_RETURNED,
		.prefix = prefix,
		.first = now,
		.passed = now,
		.sender = "",
		.recipient = "",
	};
	bool save = !known || now - known->last >= SAVE_EVERY;

	if (known)
		row = *known;
	row.client = *client;
	row.last = now;
	row.tries++;
	if (mxdp_returned_keep(greylist->returned, &row) == 0 && save)
		mxdp_greylist_file_save(greylist->file, &row, false);
}

static bool is_greylisted(const struct mxdp_greylist *greylist, const struct mxdp_address *client)
{
	struct mxdp_verdict verdict;
	struct mxdp_prefix key;

	return mxdp_verdict_match(greylist->maps, client, &key, &verdict) == 0 &&
	       verdict.action == MXDP_ACTION_GREYLIST;
}

bool mxdp_greylist_came_back(struct mxdp_greylist *greylist, const struct mxdp_address *client)
{
	struct mxdp_prefix network, trusted;
	struct mxdp_greylisting entry;
	char text[MXDP_ADDRESS_TEXT];

	if (!greylist)
		return false;
	mxdp_greylist_forget_unheard(greylist, (int64_t)time(NULL));
	trusted = trusted_with(greylist, client);
	if (mxdp_returned_find(greylist->returned, &trusted)) {
		mxdp_greylist_keep_returned(greylist, client);
		return is_greylisted(greylist, client);
	}
	network = mxdp_greylist_network_of(greylist, client);
	if (mxdp_greylist_get(greylist->maps, &network, &entry) ||
	    mxdp_greylist_is_over(greylist, &entry) || mxdp_greylist_is_early(greylist, &entry) ||
	    !is_greylisted(greylist, client))
		return false;
	entry.passed_ns = entry.last_try_ns = mxdp_boottime_ns();
	mxdp_greylist_set(greylist->maps, &network, &entry, false);
	mxdp_greylist_keep_returned(greylist, client);
	greylist->stats.passed++;
	mxdp_log_limited(MXDP_LOG_INFO, "greylist: %s came back in time",
			 mxdp_address_format(client, text));
	return true;
}

/* Whether nothing more is to be expected of it. */
static bool look_for_proof(struct mxdp_greylist *greylist, const struct passing *passing)
{
	struct mxdp_address client = passing->client;
	struct mxdp_proof proof;

	if (mxdp_proof_get(greylist->maps, &client, &proof) || !proof.handshake_ns ||
	    (int64_t)(proof.handshake_ns - passing->time_ns) < 0)
		return mxdp_boottime_ns() - passing->time_ns > PROOF_NS;
	if (mxdp_greylist_came_back(greylist, &client) && greylist->on_return)
		greylist->on_return(greylist->on_return_context, &client);
	return true;
}

static void on_proofs(uv_timer_t *timer)
{
	struct mxdp_greylist *greylist = timer->data;
	bool waiting = false;

	for (size_t i = 0; i < MXDP_PASSING_MAX; i++) {
		struct passing *passing = &greylist->passing[i];

		if (passing->time_ns && look_for_proof(greylist, passing))
			passing->time_ns = 0;
		waiting |= passing->time_ns != 0;
	}
	if (!waiting)
		uv_timer_stop(timer);
}

void mxdp_greylist_on_return(struct mxdp_greylist *greylist,
			     void (*fn)(void *context, const struct mxdp_address *client),
			     void *context)
{
	if (!greylist)
		return;
	greylist->on_return = fn;
	greylist->on_return_context = context;
}

void mxdp_greylist_let_through(struct mxdp_greylist *greylist, const struct mxdp_address *client,
			       uint64_t time_ns)
{
	if (!greylist)
		return;
	/* The longest ago gives way: it has had its time. */
	greylist->passing[greylist->passings++ % MXDP_PASSING_MAX] =
		(struct passing){.client = *client, .time_ns = time_ns};
	if (!uv_is_active((uv_handle_t *)&greylist->proofs))
		uv_timer_start(&greylist->proofs, on_proofs, PROOFS_MS, PROOFS_MS);
}

bool mxdp_greylist_evidence(const struct mxdp_greylist *greylist, const struct mxdp_address *client,
			    int64_t now, struct mxdp_evidence *out)
{
	const struct mxdp_greylist_row *known;
	struct mxdp_prefix prefix;
	char date[32] = "";
	struct tm tm;

	if (!greylist)
		return false;
	prefix = trusted_with(greylist, client);
	known = mxdp_returned_find(greylist->returned, &prefix);
	if (!known || now - known->last >= greylist->settings.trust)
		return false;
	*out = (struct mxdp_evidence){
		.class = MXDP_EVIDENCE_RETURNED,
		.state = MXDP_EVIDENCE_ANSWERED,
		.key = prefix,
		.score = greylist->settings.score,
		.observed = known->first,
		.expires = known->last + greylist->settings.trust,
	};
	mxdp_evidence_set_source(out, "greylist");
	if (localtime_r(&(time_t){known->first}, &tm))
		strftime(date, sizeof(date), " on %Y-%m-%d", &tm);
	mxdp_evidence_set_reason(out, "told to come back, it did so in time%s", date);
	return true;
}
