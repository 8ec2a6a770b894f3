/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rings.h"

#include <string.h>
#include <bpf/libbpf.h>

/* Room for a record of a known size. */
struct room {
	void *record;
	size_t size;
};

static int keep(void *context, void *data, size_t size)
{
	const struct room *room = context;

	ck_assert_uint_eq(size, room->size);
	memcpy(room->record, data, size);
	return -1; /* this one is enough */
}

static bool take(int ring, void *record, size_t size)
{
	struct room room = {record, size};
	struct ring_buffer *buffer = ring_buffer__new(ring, keep, &room, NULL);
	int result;

	ck_assert_ptr_nonnull(buffer);
	result = ring_buffer__consume(buffer);
	ring_buffer__free(buffer);
	return result == -1;
}

bool take_event(int ring, struct mxdp_event *event)
{
	return take(ring, event, sizeof(*event));
}

unsigned int count_announced(const struct harness *harness)
{
	struct mxdp_event event = {0};
	unsigned int count = 0;

	while (take_event(harness->maps.events, &event))
		count++;
	return count;
}

struct mxdp_dialogue take_dialogue(const struct harness *harness)
{
	struct mxdp_dialogue dialogue = {.kind = MXDP_UTTERANCE_NONE};

	take(harness->maps.dialogues, &dialogue, sizeof(dialogue));
	return dialogue;
}
