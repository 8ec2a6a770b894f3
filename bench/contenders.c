/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contenders that are BPF programs, and the table of all. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/drop_rate.skel.h"
#include "contenders.h"
#include "maps/maps.h"
#include "sets_fill.h"

#define XDP_FILTER_MAP    "/sys/fs/bpf/xdp-filter/filter_ipv4"
#define XDP_FILTER_SOURCE 1 /* flag of an entry: match it with packets' sources */
#define CPUS_MAX          1024

int contest_fail(struct contest *contest, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(contest->reason, sizeof(contest->reason), format, arguments);
	va_end(arguments);
	return -EIO;
}

int contest_run(struct contest *contest, const char *command)
{
	char line[256], whole[512];
	unsigned int lines = 0;
	FILE *output;

	snprintf(whole, sizeof(whole), "%s 2>&1", command);
	output = popen(whole, "r");
	if (!output)
		return contest_fail(contest, "no shell");
	snprintf(contest->reason, sizeof(contest->reason), "`%.60s` failed", command);
	while (fgets(line, sizeof(line), output)) {
		line[strcspn(line, "\n")] = 0;
		if (*line && lines++ == 0)
			snprintf(contest->reason, sizeof(contest->reason), "%.40s: %.180s", command,
				 line);
	}
	return pclose(output) ? -EIO : 0;
}

static int attach(const struct contest *contest, int program)
{
	return bpf_xdp_attach(contest->link->in, program, XDP_FLAGS_DRV_MODE, NULL);
}

static void detach(struct contest *contest)
{
	bpf_xdp_detach(contest->link->in, XDP_FLAGS_DRV_MODE, NULL);
}

static int drop_all_prepare(struct contest *contest)
{
	(void)contest;
	return 0;
}

static int drop_all_enter(struct contest *contest)
{
	return attach(contest, bpf_program__fd(contest->link->skeleton->progs.drop_all));
}

/* As the daemon leaves it once the rules are subtracted from the feeds. */
static int mxdp_prepare(struct contest *contest)
{
	const struct mxdp_settings settings = {
		.abi_version = MXDP_ABI_VERSION,
		.mode = MXDP_MODE_ENFORCE,
		.feeds_first = 1,
		.hold_ns = 2500000000,
		.retry_ns = 60000000000,
		.heartbeat_stale_ns = 10000000000,
		.sample_interval_ns = 100000000,
		.ports = {{htons(25), MXDP_PORT_MX}},
	};
	struct mxdp_maps maps = {.settings = bpf_map__fd(contest->mxdp->maps.settings)};
	struct sets_cost cost;
	int error = mxdp_settings_write(&maps, &settings);

	if (!error)
		error = sets_fill_snapshot(bpf_map__fd(contest->mxdp->maps.feeds4),
					   contest->addresses, &cost);
	return error ? contest_fail(contest, "the feed was not published: %s", strerror(-error))
		     : 0;
}

static int mxdp_enter(struct contest *contest)
{
	return attach(contest, bpf_program__fd(contest->mxdp->progs.mxdp));
}

long long contender_mxdp_drops(const struct contest *contest)
{
	struct mxdp_maps maps = {.counters = bpf_map__fd(contest->mxdp->maps.counters)};
	struct mxdp_counters counters;

	return mxdp_counters_read(&maps, &counters) ? -EIO : (long long)counters.feed_drop;
}

static int hash_prepare(struct contest *contest)
{
	struct sets_cost cost;
	int error = sets_fill_hash(bpf_map__fd(contest->link->skeleton->maps.hash),
				   contest->addresses, &cost);

	return error ? contest_fail(contest, "the hash was not filled: %s", strerror(-error)) : 0;
}

static int hash_enter(struct contest *contest)
{
	return attach(contest, bpf_program__fd(contest->link->skeleton->progs.xdp_hash));
}

static int tc_prepare(struct contest *contest)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = contest->link->in,
		    .attach_point = BPF_TC_INGRESS);
	int error = bpf_tc_hook_create(&hook);

	return error ? contest_fail(contest, "no clsact: %s", strerror(-error)) : 0;
}

static int tc_enter(struct contest *contest)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = contest->link->in,
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = 1, .priority = 1,
		    .prog_fd = bpf_program__fd(contest->link->skeleton->progs.tc_hash));

	return bpf_tc_attach(&hook, &options);
}

static void tc_leave(struct contest *contest)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = contest->link->in,
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = 1, .priority = 1);

	bpf_tc_detach(&hook, &options);
}

/* Its map has 10,000 places: it is given those that send, not the list. */
static int fill_xdp_filter(struct contest *contest)
{
	static uint64_t value[CPUS_MAX];
	int map = bpf_obj_get(XDP_FILTER_MAP), error = 0;
	uint32_t i;

	if (map < 0)
		return contest_fail(contest, "%s: %s", XDP_FILTER_MAP, strerror(errno));
	for (i = 0; i < CPUS_MAX; i++)
		value[i] = XDP_FILTER_SOURCE;
	for (i = 0; i < contest->source_count && !error; i++) {
		uint32_t key = htonl(contest->sources[i]);

		if (bpf_map_update_elem(map, &key, value, BPF_ANY))
			error = contest_fail(contest, "its map took %u of %u addresses: %s", i,
					     contest->source_count, strerror(errno));
	}
	close(map);
	return error;
}

static int xdp_filter_prepare(struct contest *contest)
{
	int error = contest_run(contest, "xdp-filter load " BENCH_LINK_IN
					 " --mode native --policy allow --features ipv4");
	uint32_t number;

	if (error)
		return error;
	if (bpf_xdp_query_id(contest->link->in, XDP_FLAGS_DRV_MODE, &number) || !number)
		return contest_fail(contest, "xdp-filter loads, but is not on the interface");
	contest->peer_program = bpf_prog_get_fd_by_id(number);
	detach(contest);
	if (contest->peer_program < 0)
		return contest_fail(contest, "its program was not found: %s", strerror(errno));
	return fill_xdp_filter(contest);
}

static int xdp_filter_enter(struct contest *contest)
{
	return attach(contest, contest->peer_program);
}

#define NETFILTER_MAX 1000000
#define NETFILTER_WHY "lists of millions take it minutes to load; see the shorter list"

const struct contender contenders[] = {
	{"drop_all", 0, NULL, drop_all_prepare, drop_all_enter, detach},
	{"mxdp", 0, NULL, mxdp_prepare, mxdp_enter, detach},
	{"xdp_hash", 0, NULL, hash_prepare, hash_enter, detach},
	{"xdp_filter", 0, NULL, xdp_filter_prepare, xdp_filter_enter, detach},
	{"tc_hash", 0, NULL, tc_prepare, tc_enter, tc_leave},
	{"nft_netdev", NETFILTER_MAX, NETFILTER_WHY, nft_netdev_prepare, nft_netdev_enter,
	 nft_netdev_leave},
	{"nft_raw", NETFILTER_MAX, NETFILTER_WHY, nft_raw_prepare, nft_raw_enter, nft_raw_leave},
	{"ipset", NETFILTER_MAX, NETFILTER_WHY, ipset_prepare, ipset_enter, ipset_leave},
};
const unsigned int contender_count = sizeof(contenders) / sizeof(*contenders);
