/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dialogue.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "userspace/log.h"

#define PLACES 4096

/* What a client did in its latest dialogue. */
struct memory {
	struct mxdp_address client;
	uint32_t cookie;
	bool said_helo, said_mail;
	bool leaves; /* after EHLO */
};

struct mxdp_dialogues {
	const struct mxdp_maps *maps;
	struct memory memories[PLACES];
};

struct mxdp_dialogues *mxdp_dialogues_new(const struct mxdp_maps *maps)
{
	struct mxdp_dialogues *dialogues = calloc(1, sizeof(*dialogues));

	if (dialogues)
		dialogues->maps = maps;
	return dialogues;
}

void mxdp_dialogues_free(struct mxdp_dialogues *dialogues)
{
	free(dialogues);
}

static struct memory *place_of(struct mxdp_dialogues *dialogues, const struct mxdp_address *client)
{
	uint32_t hash = 2166136261U; /* FNV-1a */

	for (size_t i = 0; i < sizeof(client->bytes); i++)
		hash = (hash ^ client->bytes[i]) * 16777619U;
	return &dialogues->memories[(hash ^ hash >> 16) % PLACES];
}

static void refuse_at_helo(const struct mxdp_dialogues *dialogues,
			   const struct mxdp_address *client)
{
	struct mxdp_verdict verdict;
	char text[MXDP_ADDRESS_TEXT];
	struct mxdp_prefix key;

	if (mxdp_verdict_match(dialogues->maps, client, &key, &verdict) ||
	    verdict.reply_at != MXDP_REPLY_AT_DEFAULT ||
	    (verdict.action != MXDP_ACTION_REJECT && verdict.action != MXDP_ACTION_TEMPFAIL))
		return;
	verdict.reply_at = MXDP_REPLY_AT_HELO;
	if (!mxdp_verdict_set(dialogues->maps, &key, &verdict))
		mxdp_log_limited(MXDP_LOG_INFO, "%s leaves after EHLO: it is refused there now",
				 mxdp_address_format(client, text));
}

void mxdp_dialogues_hear(struct mxdp_dialogues *dialogues, const struct mxdp_dialogue *said)
{
	struct mxdp_address client = mxdp_address_from_bytes(said->client);
	struct memory *memory = place_of(dialogues, &client);
	bool known = !memcmp(&memory->client, &client, sizeof(client));

	switch (said->kind) {
	case MXDP_UTTERANCE_HELO:
		memory->leaves = known && memory->leaves;
		memory->client = client;
		memory->cookie = said->cookie;
		/* Who is refused there already leaves because of that. */
		memory->said_helo = said->at == MXDP_REPLY_AT_DIALOGUE;
		memory->said_mail = false;
		break;
	case MXDP_UTTERANCE_MAIL:
		if (known && memory->cookie == said->cookie)
			memory->said_mail = true;
		break;
	case MXDP_UTTERANCE_LEFT:
		if (!known || memory->cookie != said->cookie || !memory->said_helo ||
		    memory->said_mail)
			break;
		memory->leaves = true;
		refuse_at_helo(dialogues, &client);
		break;
	default:
		break;
	}
}

bool mxdp_dialogues_in_transaction(struct mxdp_dialogues *dialogues,
				   const struct mxdp_dialogue *said)
{
	struct mxdp_address client = mxdp_address_from_bytes(said->client);
	const struct memory *memory = place_of(dialogues, &client);

	return !memcmp(&memory->client, &client, sizeof(client)) &&
	       memory->cookie == said->cookie && memory->said_mail;
}

void mxdp_dialogues_decided(struct mxdp_dialogues *dialogues, const struct mxdp_address *client)
{
	const struct memory *memory = place_of(dialogues, client);

	if (memory->leaves && !memcmp(&memory->client, client, sizeof(*client)))
		refuse_at_helo(dialogues, client);
}
