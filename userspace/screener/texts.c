/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "texts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <utlist.h>

#include "userspace/resolver/resolver.h"

#define TEXT_MAX 150 /* bytes of a list's words that are shown */

/* One question under way. */
struct text {
	struct mxdp_texts *texts;
	struct mxdp_query *query;
	struct mxdp_address client;
	char source[MXDP_EVIDENCE_SOURCE];
	char reason[MXDP_EVIDENCE_REASON]; /* of the evidence, to be completed */
	struct text *prev, *next;
};

struct mxdp_texts {
	struct mxdp_resolver *resolver;
	struct mxdp_cases *cases;
	struct text *list;
	size_t count;
	time_t second; /* in which `asked` of them began */
	unsigned int asked;
};

struct mxdp_texts *mxdp_texts_new(struct mxdp_resolver *resolver, struct mxdp_cases *cases)
{
	struct mxdp_texts *texts = calloc(1, sizeof(*texts));

	if (texts) {
		texts->resolver = resolver;
		texts->cases = cases;
	}
	return texts;
}

static void drop(struct text *text)
{
	DL_DELETE(text->texts->list, text);
	text->texts->count--;
	free(text);
}

void mxdp_texts_free(struct mxdp_texts *texts)
{
	if (!texts)
		return;
	while (texts->list) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the list is intact */
		mxdp_query_cancel(texts->list->query);
		drop(texts->list);
	}
	free(texts);
}

/* The first record alone: lists with several say the same in each. */
static void on_answer(void *context, const struct mxdp_dns_answer *answer)
{
	struct text *text = context;

	if (answer->status == MXDP_DNS_OK && answer->count > 0 &&
	    answer->records[0].txt.length > 0) {
		struct mxdp_evidence said;
		const size_t length = answer->records[0].txt.length;

		mxdp_evidence_set_reason(&said, "%s: \"%.*s%s\"", text->reason,
					 length > TEXT_MAX ? TEXT_MAX : (int)length,
					 answer->records[0].txt.bytes,
					 length > TEXT_MAX ? "..." : "");
		mxdp_cases_amend(text->texts->cases, &text->client, text->source, text->reason,
				 said.reason);
	}
	drop(text);
}

static bool has_room(struct mxdp_texts *texts)
{
	const time_t now = time(NULL);

	if (now != texts->second) {
		texts->second = now;
		texts->asked = 0;
	}
	return texts->count < MXDP_TEXTS_MAX && texts->asked < MXDP_TEXTS_A_SECOND;
}

static void fetch(struct mxdp_texts *texts, const struct mxdp_dnsbl_zone *zone,
		  const struct mxdp_address *client, const struct mxdp_evidence *listing)
{
	char name[MXDP_DNS_NAME];
	struct text *text;

	if (!has_room(texts) || mxdp_dns_reverse_name(client, zone->zone, name) != 0)
		return;
	text = calloc(1, sizeof(*text));
	if (!text)
		return;
	text->texts = texts;
	text->client = *client;
	snprintf(text->source, sizeof(text->source), "%s", listing->source);
	snprintf(text->reason, sizeof(text->reason), "%s", listing->reason);
	text->query =
		mxdp_resolver_query_later(texts->resolver, name, MXDP_DNS_TXT, on_answer, text);
	if (!text->query) {
		free(text);
		return;
	}
	DL_APPEND(texts->list, text);
	texts->count++;
	texts->asked++;
}

void mxdp_texts_fetch(struct mxdp_texts *texts, const struct mxdp_config *config,
		      const struct mxdp_case *decided)
{
	for (size_t i = 0; i < decided->evidence_count; i++) {
		const struct mxdp_evidence *piece = &decided->evidence[i];

		if (piece->class != MXDP_EVIDENCE_LIST || piece->score <= 0 ||
		    piece->state != MXDP_EVIDENCE_ANSWERED)
			continue;
		for (size_t z = 0; z < config->dnsbl_count; z++) {
			if (strcmp(config->dnsbls[z].shown, piece->source) != 0)
				continue;
			fetch(texts, &config->dnsbls[z], &decided->client, piece);
			break;
		}
	}
}
