/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a TCP segment for an answer. */
#ifndef MXDP_BPF_SEGMENT_H
#define MXDP_BPF_SEGMENT_H

#include "packet.h"
#include "scratch.h"

#define OPTIONS_MAX 40

#define OPTION_END            0
#define OPTION_NOP            1
#define OPTION_MSS            2
#define OPTION_TIMESTAMP      8
#define OPTION_MSS_SIZE       4
#define OPTION_TIMESTAMP_SIZE 10

/* NOP, NOP, timestamps: how every stack begins the options of a segment that is no SYN. */
#define USUAL_TIMESTAMP 0x0101080a

static __always_inline void read_segment(const struct packet *packet, struct segment *segment)
{
	__u32 header = packet->tcp->doff * 4;

	__builtin_memset(segment, 0, sizeof(*segment));
	segment->link = packet->offset;
	segment->options = packet->transport + sizeof(struct tcphdr);
	segment->options_length = header - sizeof(struct tcphdr);
	segment->payload = packet->transport + header;
	segment->length = packet->left - header;
	segment->sequence = bpf_ntohl(packet->tcp->seq);
	segment->acknowledged = bpf_ntohl(packet->tcp->ack_seq);
	segment->fin = packet->tcp->fin;
}

static __always_inline __u32 read32(const __u8 *bytes)
{
	return (__u32)bytes[0] << 24 | (__u32)bytes[1] << 16 | (__u32)bytes[2] << 8 | bytes[3];
}

struct option_walk {
	__u32 position;
	__u32 length;
	__u32 has_mss;
	__u32 has_timestamp;
	__u32 timestamp;
	__u32 echo;
};

/* Steps over one option; 1 ends the walk. What lies beyond the options' length reads as END. */
static long step_option(__u32 index, void *context)
{
	struct option_walk *walk = context;
	struct scratch *scratch = get_scratch();
	__u32 at = walk->position;
	__u32 kind, size;

	(void)index;
	if (!scratch || at >= OPTIONS_MAX)
		return 1;
	kind = scratch->options[at];
	if (kind == OPTION_END)
		return 1;
	if (kind == OPTION_NOP) {
		walk->position = at + 1;
		return 0;
	}
	size = scratch->options[at + 1];
	if (size < 2 || at + size > walk->length)
		return 1;
	if (kind == OPTION_MSS && size == OPTION_MSS_SIZE)
		walk->has_mss = 1;
	if (kind == OPTION_TIMESTAMP && size == OPTION_TIMESTAMP_SIZE) {
		walk->has_timestamp = 1;
		walk->timestamp = read32(&scratch->options[at + 2]);
		walk->echo = read32(&scratch->options[at + 6]);
	}
	walk->position = at + size;
	return 0;
}

__noinline int find_options(struct xdp_md *ctx, struct segment *segment)
{
	struct scratch *scratch = get_scratch();
	struct option_walk walk = {};
	__u32 length;

	if (!segment || !scratch)
		return 0;
	length = segment->options_length;
	if (!length || length > OPTIONS_MAX)
		return 0;
	__builtin_memset(scratch->options, 0, sizeof(scratch->options));
	if (bpf_xdp_load_bytes(ctx, segment->options, scratch->options,
			       within(length, OPTIONS_ROOM)))
		return 0;
	if (length >= 12 && read32(scratch->options) == USUAL_TIMESTAMP) {
		segment->has_timestamp = 1;
		segment->timestamp = read32(&scratch->options[4]);
		segment->echo = read32(&scratch->options[8]);
		return 0;
	}
	walk.length = length;
	bpf_loop(OPTIONS_MAX, step_option, &walk, 0);
	segment->has_mss = walk.has_mss;
	segment->has_timestamp = walk.has_timestamp;
	segment->timestamp = walk.timestamp;
	segment->echo = walk.echo;
	return 0;
}

/* Finds MSS and timestamps. Nonsense among the options ends the search. */
static __always_inline void read_options(struct xdp_md *ctx, struct segment *segment)
{
	if (segment->options_length)
		find_options(ctx, segment);
}

#endif
