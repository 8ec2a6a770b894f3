/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "maps/abi.h"
#include "maps/maps.h"
#include "userspace/feeds/snapshot/snapshot.h"
#include "sets_fill.h"

#define BATCH 65536

void sets_packet(uint8_t packet[SETS_PACKET])
{
	memset(packet, 0, SETS_PACKET);
	packet[12] = 0x08; /* IPv4 */
	packet[14] = 0x45;
	packet[17] = 40; /* total length */
	packet[22] = 64;
	packet[23] = 6; /* TCP */
	packet[37] = 25;
	packet[46] = 0x50;
	packet[47] = 0x02; /* SYN */
}

double sets_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* What the kernel charges for a map, or -1. */
static double memory_of(int fd)
{
	char path[64], line[128];
	unsigned long long bytes;
	double found = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "memlock: %llu", &bytes) == 1)
			found = bytes;
	}
	fclose(file);
	return found;
}

static int add_all(struct mxdp_snapshot_builder *builder, const struct bench_addresses *addresses)
{
	const struct mxdp_snapshot_class drop = {
		.action = MXDP_ACTION_DROP,
		.valid_until_ns = mxdp_boottime_ns() + 86400000000000ull, /* as a feed has it */
	};
	int error = 0;
	size_t i;

	for (i = 1; i < 64 && !error; i++)
		error = mxdp_snapshot_define(builder, i, &drop);
	for (i = 0; i < addresses->count && !error; i++) {
		/* Feeds do not come sorted: visit them in a scrambled order. */
		uint32_t address = addresses->address[i * 2654435761u % addresses->count];
		struct mxdp_prefix prefix = {mxdp_address_from_v4(htonl(address)), 32};

		error = mxdp_snapshot_add(builder, &prefix, bench_class(addresses, address), 0);
	}
	return error;
}

static int publish(int fd, const struct mxdp_snapshot *snapshot, struct sets_cost *cost)
{
	struct mxdp_snapshot_map map;
	double start = sets_now();
	int error = mxdp_snapshot_publish(fd, snapshot, &map);

	if (error)
		return error;
	cost->publish_ms = (sets_now() - start) * 1e3;
	cost->kernel_bytes = (double)map.view.count * sizeof(*map.view.lines);
	mxdp_snapshot_close(&map);
	return 0;
}

int sets_fill_snapshot(int fd, const struct bench_addresses *addresses, struct sets_cost *cost)
{
	struct mxdp_snapshot_builder *builder;
	struct mxdp_snapshot snapshot;
	int error = mxdp_snapshot_builder_new(&builder);
	double start;

	if (!error)
		error = add_all(builder, addresses);
	start = sets_now();
	if (!error)
		error = mxdp_snapshot_build4(builder, 1, &snapshot);
	cost->build_s = sets_now() - start;
	mxdp_snapshot_builder_free(builder);
	if (error)
		return error;
	error = publish(fd, &snapshot, cost);
	mxdp_snapshot_free(&snapshot);
	return error;
}

int sets_fill_hash(int fd, const struct bench_addresses *addresses, struct sets_cost *cost)
{
	uint32_t *keys = malloc(BATCH * sizeof(*keys));
	uint8_t *values = malloc(BATCH);
	double start = sets_now();
	size_t done = 0;
	int error = keys && values ? 0 : -ENOMEM;

	while (done < addresses->count && !error) {
		uint32_t count = addresses->count - done < BATCH ? addresses->count - done : BATCH;
		uint32_t i;

		for (i = 0; i < count; i++) {
			keys[i] = htonl(addresses->address[done + i]);
			values[i] = bench_class(addresses, addresses->address[done + i]);
		}
		if (bpf_map_update_batch(fd, keys, values, &count, NULL))
			error = -errno;
		done += count;
	}
	cost->build_s = sets_now() - start;
	cost->kernel_bytes = memory_of(fd);
	free(keys);
	free(values);
	return error;
}

int sets_fill_lpm(int fd, const struct bench_addresses *addresses, struct sets_cost *cost)
{
	double start = sets_now();
	size_t i;

	for (i = 0; i < addresses->count; i++) {
		struct mxdp_prefix4 key = {.length = 32};
		uint32_t address = htonl(addresses->address[i]);
		uint8_t class = bench_class(addresses, addresses->address[i]);

		memcpy(&key.address, &address, sizeof(address));
		if (bpf_map_update_elem(fd, &key, &class, BPF_ANY))
			return -errno;
	}
	cost->build_s = sets_now() - start;
	cost->kernel_bytes = memory_of(fd);
	return 0;
}

int sets_fill_bloom(int fd, const struct bench_addresses *addresses, struct sets_cost *cost)
{
	double start = sets_now();
	size_t i;

	for (i = 0; i < addresses->count; i++) {
		uint32_t address = htonl(addresses->address[i]);

		if (bpf_map_update_elem(fd, NULL, &address, BPF_ANY))
			return -errno;
	}
	cost->build_s = sets_now() - start;
	cost->kernel_bytes = memory_of(fd);
	return 0;
}
