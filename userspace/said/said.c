/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hearing: who said what, in which connection, and what of it is worth a question. */
#include "said.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <uthash.h>

#include "asked.h"
#include "question.h"
#include "unproved.h"

#define SWEEP_MS  1000
#define PAUSE_MS  5000   /* after HELO: one that says no MAIL by then is asked about by itself */
#define FORGET_MS 600000 /* a conversation is over */

/* One connection. */
struct conversation_key {
	struct mxdp_address client;
	uint32_t connection;
	uint32_t refused;
};

struct conversation {
	struct conversation_key key;
	bool pending; /* nobody was asked about its HELO yet */
	uint64_t heard_ms;
	bool has_sender;
	char helo[MXDP_SAID_ARGUMENT];
	char sender[MXDP_SAID_ARGUMENT];    /* the whole address */
	char recipient[MXDP_SAID_ARGUMENT]; /* the latest one's domain */
	UT_hash_handle hh;                  /* in the order of insertion: the head is the oldest */
};

/* A token bucket. */
struct bucket {
	uint64_t full_ms; /* when it will be full again */
};

struct mxdp_said {
	uv_loop_t *loop;
	struct mxdp_said_world world;
	struct mxdp_said_questions questions;
	struct conversation *conversations;
	struct mxdp_said_asked *lately;
	struct mxdp_said_unproved *unproved;
	struct bucket ask, journal, show;
	uv_timer_t sweep;
	struct mxdp_said_stats stats;
};

static bool take_token(struct bucket *bucket, uint64_t now_ms, unsigned int rate)
{
	const uint64_t price = 1000 / rate;

	if (bucket->full_ms < now_ms)
		bucket->full_ms = now_ms;
	if (bucket->full_ms + price > now_ms + MXDP_SAID_BURST_S * 1000)
		return false;
	bucket->full_ms += price;
	return true;
}

/* ---- what was found ---- */

static void write_journal(struct mxdp_said *said, const struct mxdp_said_message *message)
{
	char text[MXDP_JOURNAL_TEXT], sender[MXDP_SAID_ARGUMENT + 1] = "";
	size_t used;

	if (!take_token(&said->journal, uv_now(said->loop), MXDP_SAID_JOURNAL_RATE))
		return;
	used = (size_t)snprintf(text, sizeof(text), "%s%s%s",
				message->refused ? "said while it was refused" : "seen on the wire",
				message->spf ? ", SPF " : "", message->spf ? message->spf : "");
	if (message->has_recipient)
		snprintf(text + used, sizeof(text) - used, ", to %.200s",
			 message->recipient[0] ? message->recipient
					       : "a recipient without a domain");
	if (message->sender[0])
		snprintf(sender, sizeof(sender), "@%s", message->sender);
	mxdp_history_message(said->world.history, &message->client,
			     message->helo[0] ? message->helo : NULL, sender[0] ? sender : NULL,
			     text);
}

static void publish(struct mxdp_said *said, const struct mxdp_said_message *message)
{
	/* Of a refused message the line with the recipient is the one that tells it all. */
	if (!message->refused || !message->has_sender || message->has_recipient)
		write_journal(said, message);
	if (said->world.on_message)
		said->world.on_message(said->world.context, message);
}

static void on_answered(void *context, const struct mxdp_said_message *message)
{
	struct mxdp_said *said = context;
	struct mxdp_said_asked *known = mxdp_said_asked_find(said->lately, message);

	if (known)
		known->spf = message->spf;
	publish(said, message);
}

/* ---- what is asked ---- */

/* Rules and the never-block set come first, as in the packet path. */
static bool is_exempt(const struct mxdp_said_world *world, const struct mxdp_address *client)
{
	const struct mxdp_protected *list;
	struct mxdp_operator_rule rule;
	size_t count;

	if (mxdp_rules_match(world->rules, client, &rule) == 0)
		return true;
	count = mxdp_never_block_list(world->never_block, &list);
	for (size_t i = 0; i < count; i++)
		if (mxdp_prefix_contains(&list[i].prefix, client))
			return true;
	return false;
}

static struct mxdp_said_message message_of(const struct conversation *conversation)
{
	struct mxdp_said_message message = {
		.client = conversation->key.client,
		.time = time(NULL),
		.proved = true,
		.refused = conversation->key.refused,
		.has_sender = conversation->has_sender,
	};

	memcpy(message.helo, conversation->helo, sizeof(message.helo));
	mxdp_said_domain(conversation->sender, message.sender);
	return message;
}

static void ask(struct mxdp_said *said, struct conversation *conversation)
{
	struct mxdp_said_message message = message_of(conversation);
	struct mxdp_said_asked *known = mxdp_said_asked_find(said->lately, &message);
	const uint64_t now = uv_now(said->loop);

	conversation->pending = false;
	if (is_exempt(&said->world, &message.client)) {
		said->stats.exempt++;
		publish(said, &message);
		return;
	}
	if (known && now - known->asked_ms < MXDP_SAID_REPEAT_MS) {
		said->stats.repeated++;
		message.spf = known->spf;
		if (message.has_sender)
			publish(said, &message);
		return;
	}
	if (!take_token(&said->ask, now, MXDP_SAID_QUESTION_RATE)) {
		said->stats.skipped++;
		return;
	}
	mxdp_said_asked_note(&said->lately, &message, now);
	if (mxdp_said_ask(&said->questions, &message, conversation->sender) == 0) {
		said->stats.asked++;
		return;
	}
	said->stats.skipped++;
	mxdp_said_asked_drop(&said->lately, &message);
}

/* ---- what is heard ---- */

static void drop_conversation(struct mxdp_said *said, struct conversation *conversation)
{
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the list is intact */
	HASH_DEL(said->conversations, conversation);
	free(conversation);
}

static struct conversation *conversation_of(struct mxdp_said *said,
					    const struct conversation_key *key)
{
	struct conversation *conversation;

	HASH_FIND(hh, said->conversations, key, sizeof(*key), conversation);
	if (conversation)
		return conversation;
	conversation = calloc(1, sizeof(*conversation));
	if (!conversation)
		return NULL;
	if (HASH_COUNT(said->conversations) >= MXDP_SAID_CONVERSATIONS_MAX)
		drop_conversation(said, said->conversations);
	conversation->key = *key;
	HASH_ADD(hh, said->conversations, key, sizeof(conversation->key), conversation);
	return conversation;
}

/* A recipient of a refused client: this is what a journal is asked for. */
static void hear_recipient(struct mxdp_said *said, struct conversation *conversation,
			   const char *address)
{
	struct mxdp_said_message message = message_of(conversation);

	mxdp_said_domain(address, message.recipient);
	if (strcmp(message.recipient, conversation->recipient) == 0)
		return;
	memcpy(conversation->recipient, message.recipient, sizeof(conversation->recipient));
	message.has_recipient = true;
	publish(said, &message);
}

static void hear(struct mxdp_said *said, const struct conversation_key *key,
		 enum mxdp_utterance kind, const char *argument)
{
	struct conversation *conversation = conversation_of(said, key);

	if (!conversation) {
		said->stats.skipped++;
		return;
	}
	conversation->heard_ms = uv_now(said->loop);
	if (kind == MXDP_UTTERANCE_HELO) {
		memcpy(conversation->helo, argument, sizeof(conversation->helo));
		conversation->pending = true;
	} else if (kind == MXDP_UTTERANCE_MAIL) {
		memcpy(conversation->sender, argument, sizeof(conversation->sender));
		conversation->has_sender = true;
		conversation->recipient[0] = '\0';
		ask(said, conversation);
	} else if (kind == MXDP_UTTERANCE_RCPT) {
		hear_recipient(said, conversation, argument);
	}
}

static struct conversation_key conversation_key(const uint8_t client[16], uint32_t connection,
						bool refused)
{
	struct conversation_key key;

	memset(&key, 0, sizeof(key));
	key.client = mxdp_address_from_bytes(client);
	key.connection = connection;
	key.refused = refused;
	return key;
}

/* Anybody may have said it: it is shown, and takes nothing from those who proved themselves. */
static void hear_unproved(struct mxdp_said *said, const struct mxdp_wire_line *line,
			  const char *argument)
{
	const struct mxdp_address client = mxdp_address_from_bytes(line->client);
	const struct mxdp_said_message *message;

	if (!take_token(&said->show, uv_now(said->loop), MXDP_SAID_UNPROVED_RATE)) {
		said->stats.unproved_skipped++;
		return;
	}
	said->stats.unproved++;
	message = mxdp_said_unproved_add(&said->unproved, &client, line->connection, line->kind,
					 argument, time(NULL));
	if (message && said->world.on_message)
		said->world.on_message(said->world.context, message);
}

const struct mxdp_said_message *mxdp_said_unproved(const struct mxdp_said *said,
						   const struct mxdp_address *client)
{
	return said ? mxdp_said_unproved_find(said->unproved, client, time(NULL)) : NULL;
}

void mxdp_said_hear(struct mxdp_said *said, const struct mxdp_wire_line *line)
{
	const struct conversation_key key = conversation_key(line->client, line->connection, false);
	char argument[MXDP_SAID_ARGUMENT];

	said->stats.heard++;
	if ((line->kind != MXDP_UTTERANCE_HELO && line->kind != MXDP_UTTERANCE_MAIL) ||
	    line->length > MXDP_WIRE_LINE_MAX ||
	    mxdp_said_read(line->kind, line->line, line->length, argument))
		said->stats.unreadable++;
	else if (line->proved)
		hear(said, &key, line->kind, argument);
	else
		hear_unproved(said, line, argument);
}

void mxdp_said_hear_refused(struct mxdp_said *said, const struct mxdp_dialogue *record)
{
	const struct conversation_key key = conversation_key(record->client, record->cookie, true);
	struct conversation *conversation;
	char argument[MXDP_SAID_ARGUMENT];

	if (record->kind == MXDP_UTTERANCE_LEFT) {
		HASH_FIND(hh, said->conversations, &key, sizeof(key), conversation);
		if (conversation && conversation->pending)
			ask(said, conversation);
		return;
	}
	said->stats.refused++;
	if (record->length > MXDP_UTTERANCE_MAX ||
	    mxdp_said_read(record->kind, record->line, record->length, argument))
		said->stats.unreadable++;
	else
		hear(said, &key, record->kind, argument); /* proved by the cookie */
}

/* A client that encrypts says no MAIL in clear text: what its HELO tells is enough. */
static void on_sweep(uv_timer_t *timer)
{
	struct mxdp_said *said = timer->data;
	const uint64_t now = uv_now(said->loop);
	struct conversation *conversation, *next;

	HASH_ITER (hh, said->conversations, conversation, next) {
		if (conversation->pending && now - conversation->heard_ms >= PAUSE_MS)
			ask(said, conversation);
		if (now - conversation->heard_ms >= FORGET_MS)
			drop_conversation(said, conversation);
	}
}

/* ---- start and end ---- */

int mxdp_said_new(uv_loop_t *loop, const struct mxdp_said_world *world, struct mxdp_said **out)
{
	struct mxdp_said *said = calloc(1, sizeof(*said));

	if (!said)
		return -ENOMEM;
	said->loop = loop;
	said->world = *world;
	said->questions = (struct mxdp_said_questions){
		.loop = loop, .world = &said->world, .done = on_answered, .context = said};
	uv_timer_init(loop, &said->sweep);
	said->sweep.data = said;
	uv_timer_start(&said->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
	*out = said;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void forget_all(struct mxdp_said *said)
{
	struct conversation *conversation, *next_conversation;

	HASH_ITER (hh, said->conversations, conversation, next_conversation)
		drop_conversation(said, conversation);
	mxdp_said_asked_end(&said->lately);
	mxdp_said_unproved_end(&said->unproved);
}

void mxdp_said_free(struct mxdp_said *said)
{
	if (!said)
		return;
	mxdp_said_questions_end(&said->questions);
	forget_all(said);
	uv_close((uv_handle_t *)&said->sweep, on_closed);
}

void mxdp_said_stats(const struct mxdp_said *said, struct mxdp_said_stats *stats)
{
	*stats = (struct mxdp_said_stats){0};
	if (said)
		*stats = said->stats;
}
