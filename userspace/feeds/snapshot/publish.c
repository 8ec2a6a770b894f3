/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Generations in the kernel. feeds4 and feeds6 have places for the chunks of two: one half holds
 * the generation in force, whose first chunk is in place 0 too; the other half is filled by the
 * next. The update of place 0 returns only when no packet is judged by the old generation any more.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "parallel.h"
#include "snapshot.h"

#define HALVES 2

static uint32_t first_place(unsigned int half)
{
	return 1 + half * MXDP_SNAPSHOT_CHUNKS;
}

static uint32_t chunks_of(uint32_t lines)
{
	return (lines + MXDP_SNAPSHOT_CHUNK_LINES - 1) / MXDP_SNAPSHOT_CHUNK_LINES;
}

/* The number of the map in a place, or 0. */
static uint32_t map_in(int feeds_fd, uint32_t place)
{
	uint32_t number;

	return bpf_map_lookup_elem(feeds_fd, &place, &number) ? 0 : number;
}

/* The half in force: it begins with the map that is in place 0. HALVES when there is none. */
static unsigned int half_in_force(int feeds_fd)
{
	uint32_t number = map_in(feeds_fd, 0);
	unsigned int half = 0;

	if (!number)
		return HALVES;
	while (half < HALVES && map_in(feeds_fd, first_place(half)) != number)
		half++;
	return half;
}

/*
 * A half is filled from its first place on and emptied from its last, so that what was cut short
 * ends at the first empty place. Not every place is looked at: kernels before 6.8 wait for all
 * packets after each look.
 */
static void empty_half(int feeds_fd, unsigned int half)
{
	uint32_t first = first_place(half), place = first;

	while (place < first + MXDP_SNAPSHOT_CHUNKS && map_in(feeds_fd, place))
		place++;
	while (place-- > first)
		bpf_map_delete_elem(feeds_fd, &place);
}

/* Takes address space for so many chunks. */
static int reserve(struct mxdp_snapshot_map *map, uint32_t chunks)
{
	void *space = mmap(NULL, (size_t)chunks * MXDP_SNAPSHOT_CHUNK_BYTES, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (space == MAP_FAILED)
		return -ENOMEM;
	map->view.lines = space;
	map->view.count = chunks * MXDP_SNAPSHOT_CHUNK_LINES;
	return 0;
}

static int map_chunk(const struct mxdp_snapshot_map *map, uint32_t chunk, int fd)
{
	void *place = (char *)map->view.lines + (size_t)chunk * MXDP_SNAPSHOT_CHUNK_BYTES;

	place = mmap(place, MXDP_SNAPSHOT_CHUNK_BYTES, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_FIXED, fd, 0);
	return place == MAP_FAILED ? -errno : 0;
}

void mxdp_snapshot_close(struct mxdp_snapshot_map *map)
{
	if (map->view.lines)
		munmap((void *)map->view.lines, (size_t)map->view.count * sizeof(*map->view.lines));
	memset(map, 0, sizeof(*map));
}

/* A publication under way. */
struct publication {
	const struct mxdp_snapshot *snapshot;
	const struct mxdp_snapshot_map *map;
	unsigned int half;
	int chunks[MXDP_SNAPSHOT_CHUNKS]; /* file descriptors, -1: not made */
	int errors[MXDP_SNAPSHOT_CHUNKS];
};

/* Makes a chunk, maps and fills it. */
static void make_chunk(void *context, size_t number)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	struct publication *publication = context;
	uint32_t first = (uint32_t)number * MXDP_SNAPSHOT_CHUNK_LINES;
	union mxdp_snapshot_line *to =
		(union mxdp_snapshot_line *)publication->map->view.lines + first;
	uint32_t lines = publication->snapshot->count - first;
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "mxdp_snapshot", sizeof(uint32_t),
				MXDP_SNAPSHOT_CHUNK_BYTES, 1, &options);

	publication->chunks[number] = fd;
	publication->errors[number] =
		fd < 0 ? fd : map_chunk(publication->map, (uint32_t)number, fd);
	if (publication->errors[number])
		return;
	if (lines > MXDP_SNAPSHOT_CHUNK_LINES)
		lines = MXDP_SNAPSHOT_CHUNK_LINES;
	memcpy(to, publication->snapshot->lines + first, (size_t)lines * sizeof(*to));
	if (!number)
		to->header.first_place = first_place(publication->half);
}

/* All in one call: the kernel waits for all packets after each. */
static int place_chunks(int feeds_fd, uint32_t first, const int *chunks, uint32_t count)
{
	uint32_t places[MXDP_SNAPSHOT_CHUNKS];
	uint32_t i;

	for (i = 0; i < count; i++)
		places[i] = first + i;
	return bpf_map_update_batch(feeds_fd, places, chunks, &count, NULL) ? -errno : 0;
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int publish_chunks(int feeds_fd, struct publication *publication, uint32_t count,
			  struct mxdp_snapshot_times *times)
{
	uint64_t start = now_us(), copied;
	uint32_t zero = 0;
	int error = 0;

	mxdp_parallel(count, make_chunk, publication);
	for (uint32_t i = 0; i < count && !error; i++)
		error = publication->errors[i];
	if (!error)
		error = place_chunks(feeds_fd, first_place(publication->half), publication->chunks,
				     count);
	copied = now_us();
	times->copy_us = (unsigned int)(copied - start);
	times->swap_at_us = copied;
	if (!error && bpf_map_update_elem(feeds_fd, &zero, &publication->chunks[0], BPF_ANY))
		error = -errno;
	times->wait_us = (unsigned int)(now_us() - copied);
	for (uint32_t i = 0; i < count; i++)
		if (publication->chunks[i] >= 0)
			close(publication->chunks[i]);
	if (error)
		empty_half(feeds_fd, publication->half);
	return error;
}

int mxdp_snapshot_publish(int feeds_fd, const struct mxdp_snapshot *snapshot,
			  struct mxdp_snapshot_map *out)
{
	uint32_t count = chunks_of(snapshot->count);
	struct mxdp_snapshot_map map = {0};
	struct publication publication = {
		.snapshot = snapshot,
		.map = &map,
		.half = half_in_force(feeds_fd) == 0 ? 1 : 0,
	};
	int error;

	if (!count || count > MXDP_SNAPSHOT_CHUNKS)
		return -E2BIG;
	error = reserve(&map, count);
	if (error)
		return error;
	empty_half(feeds_fd, publication.half); /* what one that was cut short has left */
	error = publish_chunks(feeds_fd, &publication, count, &map.times);
	if (error || !out)
		mxdp_snapshot_close(&map);
	else
		*out = map;
	return error;
}

void mxdp_snapshot_release(int feeds_fd)
{
	unsigned int half = half_in_force(feeds_fd);

	if (half < HALVES)
		empty_half(feeds_fd, 1 - half);
}

int mxdp_snapshot_withdraw(int feeds_fd)
{
	uint32_t zero = 0;

	if (bpf_map_delete_elem(feeds_fd, &zero))
		return -errno;
	empty_half(feeds_fd, 0);
	empty_half(feeds_fd, 1);
	return 0;
}

int mxdp_snapshot_extend(struct mxdp_snapshot_map *map, uint8_t class, uint64_t valid_until_ns)
{
	const struct mxdp_snapshot_class *found = mxdp_snapshot_class(&map->view, class);

	if (!class || !found)
		return -EINVAL;
	/* The packet path may read it now: one store. */
	__atomic_store_n((uint64_t *)&found->valid_until_ns, valid_until_ns, __ATOMIC_RELAXED);
	return 0;
}
