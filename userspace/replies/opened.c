/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opened.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "userspace/log.h"

#define SECOND_NS 1000000000ULL

/* Since the frame came. The last one is no try: then the dialogue is forgotten. */
static const uint64_t answered_ns[] = {3 * SECOND_NS, 9 * SECOND_NS};
static const uint64_t greeted_ns[] = {3 * SECOND_NS, 6 * SECOND_NS, 12 * SECOND_NS, 24 * SECOND_NS,
				      30 * SECOND_NS};

/* Who talks to whom; without holes, as its bytes are compared. */
struct flow {
	uint8_t client[16], destination[16];
	uint16_t client_port, port;
};

struct dialogue {
	struct flow flow;
	uint64_t since_ns;
	uint32_t ifindex;
	uint16_t kind;
	uint16_t length;
	unsigned int tries;
	uint8_t frame[MXDP_UTTERANCE_MAX];
	UT_hash_handle hh;
};

struct mxdp_opened {
	struct dialogue *dialogues;
	mxdp_again_fn again;
	void *context;
	uint64_t count;
};

struct mxdp_opened *mxdp_opened_new(mxdp_again_fn again, void *context)
{
	struct mxdp_opened *opened = calloc(1, sizeof(*opened));

	if (!opened)
		return NULL;
	opened->again = again;
	opened->context = context;
	return opened;
}

static void forget(struct mxdp_opened *opened, struct dialogue *dialogue)
{
	HASH_DEL(opened->dialogues, dialogue);
	free(dialogue);
}

void mxdp_opened_free(struct mxdp_opened *opened)
{
	struct dialogue *dialogue, *next;

	if (!opened)
		return;
	HASH_ITER (hh, opened->dialogues, dialogue, next)
		forget(opened, dialogue);
	free(opened);
}

static struct dialogue *find(const struct mxdp_opened *opened, const struct mxdp_dialogue *said)
{
	struct dialogue *found;
	struct flow flow;

	memcpy(flow.client, said->client, sizeof(flow.client));
	memcpy(flow.destination, said->destination, sizeof(flow.destination));
	flow.client_port = said->client_port;
	flow.port = said->port;
	HASH_FIND(hh, opened->dialogues, &flow, sizeof(flow), found);
	return found;
}

static struct dialogue *add(struct mxdp_opened *opened, const struct mxdp_dialogue *said)
{
	struct dialogue *added;

	if (HASH_COUNT(opened->dialogues) >= MXDP_OPENED_MAX)
		return NULL;
	added = calloc(1, sizeof(*added));
	if (!added)
		return NULL;
	memcpy(added->flow.client, said->client, sizeof(added->flow.client));
	memcpy(added->flow.destination, said->destination, sizeof(added->flow.destination));
	added->flow.client_port = said->client_port;
	added->flow.port = said->port;
	HASH_ADD(hh, opened->dialogues, flow, sizeof(added->flow), added);
	return added;
}

/* The frame that the dialogue has got to; the one that we have shown the packet path changes
 * nothing. */
static void note(struct mxdp_opened *opened, const struct mxdp_dialogue *said)
{
	struct dialogue *dialogue = find(opened, said);

	if (!said->length || said->length > MXDP_UTTERANCE_MAX)
		return;
	if (dialogue && dialogue->length == said->length &&
	    !memcmp(dialogue->frame, said->line, said->length))
		return;
	if (!dialogue)
		dialogue = add(opened, said);
	if (!dialogue)
		return;
	dialogue->since_ns = said->time_ns;
	dialogue->ifindex = said->ifindex;
	dialogue->kind = said->kind;
	dialogue->length = said->length;
	dialogue->tries = 0;
	memcpy(dialogue->frame, said->line, said->length);
}

bool mxdp_opened_hear(struct mxdp_opened *opened, const struct mxdp_dialogue *said)
{
	struct dialogue *dialogue;

	if (said->kind == MXDP_UTTERANCE_ANSWERED || said->kind == MXDP_UTTERANCE_GREETED) {
		note(opened, said);
		return true;
	}
	dialogue = find(opened, said);
	if (dialogue)
		forget(opened, dialogue);
	return false;
}

/* False: all tries are over, and what the last of them made the packet path tell has been heard. */
static bool try(struct mxdp_opened *opened, struct dialogue *dialogue, uint64_t now_ns)
{
	bool proved = dialogue->kind == MXDP_UTTERANCE_GREETED;
	const uint64_t *due_ns = proved ? greeted_ns : answered_ns;
	unsigned int last = (unsigned int)(proved ? sizeof(greeted_ns) / sizeof(greeted_ns[0])
						  : sizeof(answered_ns) / sizeof(answered_ns[0])) -
			    1;
	int error;

	if (now_ns < dialogue->since_ns + due_ns[dialogue->tries])
		return true;
	if (dialogue->tries++ == last)
		return false;
	error = opened->again(opened->context, dialogue->ifindex, dialogue->frame,
			      dialogue->length);
	if (!error)
		opened->count++;
	else if (error != -EOPNOTSUPP)
		mxdp_log_limited(MXDP_LOG_WARNING,
				 "a silent client could not be answered again: %s",
				 strerror(-error));
	return true;
}

void mxdp_opened_look(struct mxdp_opened *opened, uint64_t now_ns)
{
	struct dialogue *dialogue, *next;

	HASH_ITER (hh, opened->dialogues, dialogue, next)
		if (!try(opened, dialogue, now_ns))
			forget(opened, dialogue);
}

uint64_t mxdp_opened_again(const struct mxdp_opened *opened)
{
	return opened ? opened->count : 0;
}
