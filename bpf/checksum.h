/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Internet checksum (RFC 1071) of what lies in memory, by words; no helper is called. */
#ifndef MXDP_BPF_CHECKSUM_H
#define MXDP_BPF_CHECKSUM_H

#include <linux/types.h>
#include <bpf/bpf_helpers.h>

typedef __be32 __attribute__((may_alias)) word_of_header;

/* What a sum comes to as the header's field. */
static __always_inline __u16 fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* The sum of `size` bytes, a multiple of 4 and no variable: a helper's call costs more. */
static __always_inline __u64 sum_words(const void *bytes, int size)
{
	const word_of_header *words = bytes;
	__u64 sum = 0;

	for (int i = 0; i < size / 4; i++)
		sum += words[i];
	return sum;
}

#endif
