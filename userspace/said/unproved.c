/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unproved.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#define LIFE 3600 /* seconds that a message is shown */

struct mxdp_said_unproved {
	struct mxdp_address client;
	uint32_t connection;
	struct mxdp_said_message message;
	UT_hash_handle hh; /* in the order of the latest word: the head's is the oldest */
};

static void drop(struct mxdp_said_unproved **all, struct mxdp_said_unproved *unproved)
{
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the list is intact */
	HASH_DEL(*all, unproved);
	free(unproved);
}

/* The client's entry, moved to the end of the table; a fresh one where there was none. */
static struct mxdp_said_unproved *touch(struct mxdp_said_unproved **all,
					const struct mxdp_address *client)
{
	struct mxdp_said_unproved *unproved;

	HASH_FIND(hh, *all, client, sizeof(*client), unproved);
	if (unproved) {
		HASH_DEL(*all, unproved);
	} else {
		if (HASH_COUNT(*all) >= MXDP_SAID_UNPROVED_MAX)
			drop(all, *all);
		unproved = calloc(1, sizeof(*unproved));
		if (!unproved)
			return NULL;
		unproved->client = *client;
	}
	HASH_ADD(hh, *all, client, sizeof(unproved->client), unproved);
	return unproved;
}

const struct mxdp_said_message *mxdp_said_unproved_add(struct mxdp_said_unproved **all,
						       const struct mxdp_address *client,
						       uint32_t connection,
						       enum mxdp_utterance kind,
						       const char *argument, int64_t now)
{
	struct mxdp_said_unproved *unproved = touch(all, client);
	struct mxdp_said_message *message;

	if (!unproved)
		return NULL;
	message = &unproved->message;
	if (kind == MXDP_UTTERANCE_HELO || unproved->connection != connection)
		*message = (struct mxdp_said_message){.client = *client};
	unproved->connection = connection;
	message->time = now;
	if (kind == MXDP_UTTERANCE_HELO) {
		strncpy(message->helo, argument, sizeof(message->helo) - 1);
	} else {
		mxdp_said_domain(argument, message->sender);
		message->has_sender = true;
	}
	return message;
}

const struct mxdp_said_message *mxdp_said_unproved_find(const struct mxdp_said_unproved *all,
							const struct mxdp_address *client,
							int64_t now)
{
	const struct mxdp_said_unproved *unproved;

	HASH_FIND(hh, all, client, sizeof(*client), unproved);
	return unproved && now - unproved->message.time < LIFE ? &unproved->message : NULL;
}

void mxdp_said_unproved_end(struct mxdp_said_unproved **all)
{
	struct mxdp_said_unproved *unproved, *next;

	HASH_ITER (hh, *all, unproved, next)
		drop(all, unproved);
}
