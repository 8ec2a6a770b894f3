/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generations in the kernel: a new inner map each, swapped in by one update of the outer one. */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "snapshot.h"

static size_t map_bytes(const struct mxdp_snapshot_map *map)
{
	return (size_t)map->view.count * sizeof(*map->view.lines);
}

/* Maps the inner map `fd` of so many chunks; it then belongs to `map`. */
static int map_lines(struct mxdp_snapshot_map *map, int fd, uint32_t chunks)
{
	uint32_t count = chunks * MXDP_SNAPSHOT_CHUNK_LINES;
	void *lines;

	lines = mmap(NULL, (size_t)count * sizeof(*map->view.lines), PROT_READ | PROT_WRITE,
		     MAP_SHARED, fd, 0);
	if (lines == MAP_FAILED)
		return -errno;
	map->fd = fd;
	map->view.lines = lines;
	map->view.count = count;
	return 0;
}

void mxdp_snapshot_close(struct mxdp_snapshot_map *map)
{
	if (!map->view.lines)
		return;
	munmap((void *)map->view.lines, map_bytes(map));
	close(map->fd);
	memset(map, 0, sizeof(*map));
}

int mxdp_snapshot_publish(int feeds_fd, const struct mxdp_snapshot *snapshot,
			  struct mxdp_snapshot_map *out)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	uint32_t chunks = (snapshot->count - 1) / MXDP_SNAPSHOT_CHUNK_LINES + 1;
	struct mxdp_snapshot_map map;
	uint32_t zero = 0;
	int error, fd;

	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "mxdp_snapshot", sizeof(uint32_t),
			    MXDP_SNAPSHOT_CHUNK_BYTES, chunks, &options);
	if (fd < 0)
		return -errno;
	error = map_lines(&map, fd, chunks);
	if (error) {
		close(fd);
		return error;
	}
	/* NOLINTNEXTLINE(clang-analyzer-core.*): a failed mmap sets errno */
	memcpy((void *)map.view.lines, snapshot->lines,
	       (size_t)snapshot->count * sizeof(*snapshot->lines));
	if (bpf_map_update_elem(feeds_fd, &zero, &fd, BPF_ANY)) {
		error = -errno;
		mxdp_snapshot_close(&map);
		return error;
	}
	if (out)
		*out = map;
	else
		mxdp_snapshot_close(&map);
	return 0;
}

int mxdp_snapshot_open(int feeds_fd, struct mxdp_snapshot_map *out)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);
	uint32_t zero = 0, id;
	int error, fd;

	if (bpf_map_lookup_elem(feeds_fd, &zero, &id))
		return -errno;
	fd = bpf_map_get_fd_by_id(id);
	if (fd < 0)
		return -errno;
	error = bpf_obj_get_info_by_fd(fd, &info, &size) ? -errno : 0;
	if (!error && info.value_size != MXDP_SNAPSHOT_CHUNK_BYTES)
		error = -EPROTO;
	if (!error)
		error = map_lines(out, fd, info.max_entries);
	if (error)
		close(fd);
	return error;
}

int mxdp_snapshot_withdraw(int feeds_fd)
{
	uint32_t zero = 0;

	return bpf_map_delete_elem(feeds_fd, &zero) ? -errno : 0;
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
