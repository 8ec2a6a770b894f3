/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands for the kernel and the rules where feeds are tested: what they publish is counted, not
 * kept.
 */
#ifndef MXDP_TEST_FAKE_KERNEL_H
#define MXDP_TEST_FAKE_KERNEL_H

#include <errno.h>
#include <string.h>

#include "userspace/feeds/feeds.h"

static struct {
	unsigned int generations; /* published */
	unsigned int moved;       /* ends of classes */
	int fails;                /* publications that are still to fail */
	struct mxdp_settings settings;
	struct mxdp_operator_rule rules[4];
	size_t rule_count;
	struct mxdp_protected protected;
} kernel;

int mxdp_snapshot_publish(int feeds_fd, const struct mxdp_snapshot *snapshot,
			  struct mxdp_snapshot_map *out)
{
	(void)snapshot;
	memset(out, 0, sizeof(*out));
	if (feeds_fd == 4 && kernel.fails && kernel.fails--)
		return -ENOMEM;
	kernel.generations += feeds_fd == 4;
	return 0;
}

void mxdp_snapshot_release(int feeds_fd)
{
	(void)feeds_fd;
}

void mxdp_snapshot_close(struct mxdp_snapshot_map *map)
{
	(void)map;
}

int mxdp_snapshot_withdraw(int feeds_fd)
{
	(void)feeds_fd;
	return 0;
}

int mxdp_snapshot_extend(struct mxdp_snapshot_map *map, uint8_t class, uint64_t valid_until_ns)
{
	(void)map;
	(void)class;
	(void)valid_until_ns;
	kernel.moved++;
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
	memset(hits, 0, MXDP_SNAPSHOT_CLASS_COUNT * sizeof(*hits));
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

size_t mxdp_never_block_list(const struct mxdp_never_block *never_block,
			     const struct mxdp_protected **list)
{
	(void)never_block;
	*list = &kernel.protected;
	return 1;
}

#endif
