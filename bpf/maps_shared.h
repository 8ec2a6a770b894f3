/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps that the packet path and the return path share. */
#ifndef MXDP_BPF_MAPS_SHARED_H
#define MXDP_BPF_MAPS_SHARED_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "maps/abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct mxdp_settings);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct mxdp_cpu);
} counters SEC(".maps");

/* Connections whose clients' commands are read. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MXDP_CONNECTIONS_MAX);
	__type(key, struct mxdp_connection_key);
	__type(value, struct mxdp_connection);
} connections SEC(".maps");

#endif
