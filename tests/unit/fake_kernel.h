/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands for the kernel, the rules and the never-block set where feeds are tested. What is
 * published is counted, and kept: kernel_class() asks it as the packet path would.
 */
#ifndef MXDP_TEST_FAKE_KERNEL_H
#define MXDP_TEST_FAKE_KERNEL_H

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "userspace/feeds/feeds.h"
#include "userspace/never_block/local_networks.h"

#define KERNEL_GENERATIONS 64

static struct {
	unsigned int generations; /* published */
	unsigned int moved;       /* ends of classes */
	int fails;                /* publications that are still to fail */
	atomic_bool busy;         /* a publication lasts until it is not */
	union mxdp_snapshot_line *lines[KERNEL_GENERATIONS]; /* of all that was published */
	size_t lines_count;
	struct mxdp_snapshot_view v4, v6; /* in force */
	uint64_t hits[MXDP_SNAPSHOT_CLASS_COUNT];
	struct mxdp_settings settings;
	struct mxdp_operator_rule rules[4];
	size_t rule_count;
	struct mxdp_protected protected[4];
	size_t protected_count;
} kernel;

static inline void kernel_forget(void)
{
	for (size_t i = 0; i < kernel.lines_count; i++)
		free(kernel.lines[i]);
	memset(&kernel, 0, sizeof(kernel));
}

/* By the packet path's own routine: the class of an address, 0 when it is not listed. */
static inline uint8_t kernel_class(const char *text, struct mxdp_snapshot_class *meaning)
{
	struct mxdp_address address;

	if (mxdp_address_parse(text, &address))
		return 0;
	return mxdp_snapshot_lookup(mxdp_address_is_v4(&address) ? &kernel.v4 : &kernel.v6,
				    &address, meaning);
}

/* The lines of the caller's map are those in force, as with the kernel's. */
int mxdp_snapshot_publish(int feeds_fd, const struct mxdp_snapshot *snapshot,
			  struct mxdp_snapshot_map *out)
{
	size_t bytes = (size_t)snapshot->count * sizeof(*snapshot->lines);
	union mxdp_snapshot_line *lines;

	memset(out, 0, sizeof(*out));
	while (atomic_load(&kernel.busy))
		usleep(1000);
	if (feeds_fd == 4 && kernel.fails && kernel.fails--)
		return -ENOMEM;
	lines = malloc(bytes);
	if (!lines || kernel.lines_count == KERNEL_GENERATIONS)
		abort();
	memcpy(lines, snapshot->lines, bytes);
	kernel.lines[kernel.lines_count++] = lines;
	out->view = (struct mxdp_snapshot_view){lines, snapshot->count};
	*(feeds_fd == 4 ? &kernel.v4 : &kernel.v6) = out->view;
	kernel.generations += feeds_fd == 4;
	return 0;
}

void mxdp_snapshot_release(int feeds_fd)
{
	(void)feeds_fd;
}

void mxdp_snapshot_close(struct mxdp_snapshot_map *map)
{
	memset(map, 0, sizeof(*map));
}

int mxdp_snapshot_withdraw(int feeds_fd)
{
	*(feeds_fd == 4 ? &kernel.v4 : &kernel.v6) = (struct mxdp_snapshot_view){NULL, 0};
	return 0;
}

int mxdp_snapshot_extend(struct mxdp_snapshot_map *map, uint8_t class, uint64_t valid_until_ns)
{
	const struct mxdp_snapshot_class *found = mxdp_snapshot_class(&map->view, class);

	kernel.moved++;
	if (!found)
		return -EINVAL;
	((struct mxdp_snapshot_class *)found)->valid_until_ns = valid_until_ns;
	return 0;
}

int mxdp_settings_read(const struct mxdp_maps *maps, struct mxdp_settings *settings)
{
	(void)maps;
	*settings = kernel.settings;
	return 0;
}

int mxdp_settings_write(const struct mxdp_maps *maps, const struct mxdp_settings *settings)
{
	(void)maps;
	kernel.settings = *settings;
	return 0;
}

int mxdp_feed_hits_read(const struct mxdp_maps *maps, uint64_t hits[MXDP_SNAPSHOT_CLASS_COUNT])
{
	(void)maps;
	memcpy(hits, kernel.hits, sizeof(kernel.hits));
	return 0;
}

int mxdp_rules_each(const struct mxdp_rules *rules,
		    int (*each)(void *context, const struct mxdp_operator_rule *rule),
		    void *context)
{
	int error = 0;

	(void)rules;
	for (size_t i = 0; i < kernel.rule_count && !error; i++)
		error = each(context, &kernel.rules[i]);
	return error;
}

int mxdp_local_networks(struct mxdp_prefix **list)
{
	*list = calloc(1, sizeof(**list));
	return *list ? mxdp_prefix_parse("10.0.0.0/8", *list) + 1 : -ENOMEM;
}

size_t mxdp_never_block_list(const struct mxdp_never_block *never_block,
			     const struct mxdp_protected **list)
{
	(void)never_block;
	*list = kernel.protected;
	return kernel.protected_count;
}

#endif
