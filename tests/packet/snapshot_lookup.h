/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests/packet/test_snapshot_kernel.c sends to snapshot_lookup.bpf.c and gets back. */
#ifndef MXDP_TEST_SNAPSHOT_LOOKUP_H
#define MXDP_TEST_SNAPSHOT_LOOKUP_H

#include <linux/types.h>

#define LOOKUPS 64

struct lookup_packet {
	__u64 high[LOOKUPS]; /* IPv6: host order; IPv4: the address in `low` */
	__u64 low[LOOKUPS];
	__u8 class[LOOKUPS]; /* filled in */
	__u32 family;
	__u32 count;
};

#endif
