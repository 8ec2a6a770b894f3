/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GET and DELETE /greylist, and what explain says of it. */
#include <string.h>

#include "parse.h"
#include "routes.h"
#include "show.h"
#include "userspace/log.h"

static const char *state_of(const struct mxdp_greylist_row *row)
{
	return row->passed ? "passed" : "waiting";
}

/* From when and until when what the row says holds good. */
static void life_of(const struct mxdp_greylist_row *row,
		    const struct mxdp_greylist_settings *settings, int64_t *from, int64_t *until)
{
	*from = row->first + settings->delay;
	*until = row->first + settings->window;
	if (row->kind == MXDP_GREYLIST_RETURNED) {
		*from = row->passed;
		*until = row->last + settings->trust;
	}
}

static json_t *show_row(const struct mxdp_greylist_row *row,
			const struct mxdp_greylist_settings *settings)
{
	char prefix[MXDP_PREFIX_TEXT], client[MXDP_ADDRESS_TEXT];
	int64_t from, until;
	json_t *shown;

	life_of(row, settings, &from, &until);
	shown = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:i, s:I, s:I, s:I}", "state",
			  state_of(row), "kind", mxdp_greylist_kind_name(row->kind), "prefix",
			  mxdp_prefix_format(&row->prefix, prefix), "client",
			  mxdp_address_format(&row->client, client), "first",
			  (json_int_t)row->first, "last", (json_int_t)row->last, "tries",
			  (int)row->tries, "from", (json_int_t)from, "until", (json_int_t)until,
			  "passed", (json_int_t)row->passed);
	if (shown && row->kind == MXDP_GREYLIST_TRIPLET) {
		json_object_set_new(shown, "sender", mxdp_show_text(row->sender));
		json_object_set_new(shown, "recipient", mxdp_show_text(row->recipient));
	}
	return shown;
}

struct listing {
	const struct mxdp_greylist_settings *settings;
	const char *state; /* NULL: both */
	size_t most, total;
	json_t *entries;
};

static void add_row(void *context, const struct mxdp_greylist_row *row)
{
	struct listing *listing = context;

	/* A network of which somebody came back: he is in the list himself. */
	if (row->kind == MXDP_GREYLIST_NETWORK && row->passed)
		return;
	if (listing->state && strcmp(listing->state, state_of(row)) != 0)
		return;
	if (listing->total++ < listing->most)
		json_array_append_new(listing->entries, show_row(row, listing->settings));
}

static json_t *show_greylist(const struct mxdp_api_world *world, const struct mxdp_prefix *prefix,
			     const char *state, size_t most)
{
	struct listing listing = {
		.settings = &world->config(world->context)->greylist,
		.state = state,
		.most = most,
		.entries = json_array(),
	};

	if (!listing.entries)
		return NULL;
	mxdp_greylist_list(world->greylist, prefix, add_row, &listing);
	return json_pack("{s:o, s:I}", "entries", listing.entries, "total",
			 (json_int_t)listing.total);
}

/* For explain, one row is enough: that the client came back says more than that it was told to. */
static void choose_row(void *context, const struct mxdp_greylist_row *row)
{
	struct mxdp_greylist_row *chosen = context;

	if (row->kind == MXDP_GREYLIST_TRIPLET ||
	    (chosen->first && row->kind != MXDP_GREYLIST_RETURNED))
		return;
	*chosen = *row;
	chosen->sender = chosen->recipient = "";
}

json_t *mxdp_show_greylisting(const struct mxdp_api_world *world, const struct mxdp_address *client)
{
	const struct mxdp_prefix host = mxdp_prefix_host(client);
	struct mxdp_greylist_row row = {.first = 0};

	mxdp_greylist_list(world->greylist, &host, choose_row, &row);
	return row.first ? show_row(&row, &world->config(world->context)->greylist) : NULL;
}

void mxdp_api_get_greylist(struct mxdp_api_request *request)
{
	const char *prefix_text = request->arguments[0], *state = request->arguments[1];
	char fault[MXDP_API_FAULT];
	struct mxdp_prefix prefix;
	size_t limit;

	if ((prefix_text && mxdp_api_parse_prefix(prefix_text, &prefix, fault) < 0) ||
	    mxdp_api_parse_limit(request->arguments[2], &limit, fault) < 0)
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s", fault);
	else if (state && strcmp(state, "waiting") != 0 && strcmp(state, "passed") != 0)
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST,
				"\"%.40s\" is no state; there are waiting and passed", state);
	else
		mxdp_api_give(request, show_greylist(request->world, prefix_text ? &prefix : NULL,
						     state, limit));
}

void mxdp_api_delete_greylist(struct mxdp_api_request *request)
{
	char fault[MXDP_API_FAULT], text[MXDP_PREFIX_TEXT];
	struct mxdp_prefix prefix;
	int gone;

	if (mxdp_api_parse_prefix(request->arguments[0], &prefix, fault) < 0) {
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s", fault);
		return;
	}
	gone = mxdp_greylist_forget(request->world->greylist, &prefix);
	if (gone && mxdp_prefix_is_host(&prefix))
		mxdp_screener_judge(request->world->screener, &prefix.address);
	mxdp_log(MXDP_LOG_NOTICE, "operator: the greylist forgets %s (%d entries)",
		 mxdp_prefix_format(&prefix, text), gone);
	mxdp_api_give(request, json_pack("{s:i}", "forgotten", gone));
}
