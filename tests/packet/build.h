/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames for the packet tests. A spec says what is special about a frame; what it leaves 0 is a
 * plain SYN from 192.0.2.1 (2001:db8::1) to port 25 of 198.51.100.25 (2001:db8:25::25), with right
 * lengths and checksums.
 */
#ifndef MXDP_TEST_BUILD_H
#define MXDP_TEST_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX 9000

#define FIN      0x01
#define SYN      0x02
#define RST      0x04
#define PSH      0x08
#define ACK      0x10
#define NO_FLAGS 0x100

#define MORE_FRAGMENTS 0x2000 /* in `fragment` */

#define NOTHING (-1) /* in `tcp_bytes` */

struct frame_spec {
	/* Ethernet */
	uint16_t tags[3];   /* types of the VLAN tags: 0x8100, 0x88a8 */
	uint16_t ethertype; /* what the last header claims to hold */
	unsigned int padding;

	/* IP */
	bool v6;
	const char *from, *to;
	unsigned int ip_options; /* IPv4: bytes, a multiple of 4 */
	uint16_t fragment;       /* IPv4: flags and offset in 8 bytes */
	/*
	 * IPv6, a letter each: h hop-by-hop, r routing, d destination options, D the longest of
	 * these, X one that claims more than there is, a AH, m mobility, i HIP, s Shim6; fragment
	 * headers: w of a whole packet, f of a first fragment, l of a later one.
	 */
	const char *extensions;
	uint8_t protocol;
	uint8_t version;
	uint8_t header_words; /* IPv4: claimed length of the header */
	uint16_t ip_length;   /* claimed: total (IPv4), payload (IPv6) */
	bool ip_length_zero;

	/* TCP */
	uint16_t port, from_port;
	uint16_t flags;
	unsigned int tcp_options;    /* bytes, a multiple of 4 */
	const uint8_t *option_bytes; /* what they are; else no operations */
	uint8_t tcp_words;           /* claimed length of the header */
	bool numbers;                /* those that follow count, be they 0 */
	uint32_t sequence, acknowledged;
	unsigned int payload; /* bytes */
	const char *data;     /* what they are; else x */
	int tcp_bytes;        /* the IP packet holds only so many of the segment */
};

struct frame {
	uint8_t bytes[FRAME_MAX];
	size_t length;
	size_t ip;     /* where the IP header begins */
	size_t ip_end; /* where the IP packet ends; padding follows */
	bool v6;
};

void build_frame(const struct frame_spec *spec, struct frame *frame);

/* Ones' complement sum of RFC 1071, not yet complemented. */
uint32_t checksum(const uint8_t *bytes, size_t count, uint32_t start);

/* Cuts the IP packet itself to end at `end`, and makes its length field say so. */
void cut_packet(struct frame *frame, size_t end);

#endif
