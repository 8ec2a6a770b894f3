/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "asked.h"

#include <stdlib.h>
#include <string.h>

static struct mxdp_said_asked_key key_of(const struct mxdp_said_message *message)
{
	struct mxdp_said_asked_key key;
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */

	memset(&key, 0, sizeof(key)); /* padding is part of the hash's key */
	for (const char *c = message->helo; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 0x100000001b3;
	hash *= 0x100000001b3; /* what stands between the two */
	for (const char *c = message->sender; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 0x100000001b3;
	key.client = message->client;
	key.words = hash + message->has_sender;
	return key;
}

struct mxdp_said_asked *mxdp_said_asked_find(struct mxdp_said_asked *all,
					     const struct mxdp_said_message *message)
{
	const struct mxdp_said_asked_key key = key_of(message);
	struct mxdp_said_asked *found;

	HASH_FIND(hh, all, &key, sizeof(key), found);
	return found;
}

static void drop(struct mxdp_said_asked **all, struct mxdp_said_asked *asked)
{
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the list is intact */
	HASH_DEL(*all, asked);
	free(asked);
}

void mxdp_said_asked_drop(struct mxdp_said_asked **all, const struct mxdp_said_message *message)
{
	struct mxdp_said_asked *asked = mxdp_said_asked_find(*all, message);

	if (asked)
		drop(all, asked);
}

void mxdp_said_asked_note(struct mxdp_said_asked **all, const struct mxdp_said_message *message,
			  uint64_t now_ms)
{
	struct mxdp_said_asked *asked;

	mxdp_said_asked_drop(all, message);
	asked = calloc(1, sizeof(*asked));
	if (!asked)
		return;
	if (HASH_COUNT(*all) >= MXDP_SAID_KNOWN_MAX)
		drop(all, *all);
	asked->key = key_of(message);
	asked->asked_ms = now_ms;
	HASH_ADD(hh, *all, key, sizeof(asked->key), asked);
}

void mxdp_said_asked_end(struct mxdp_said_asked **all)
{
	struct mxdp_said_asked *asked, *next;

	HASH_ITER (hh, *all, asked, next)
		drop(all, asked);
}
