/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "build.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

static void put8(struct frame *frame, unsigned int value)
{
	if (frame->length >= sizeof(frame->bytes))
		abort();
	frame->bytes[frame->length++] = (uint8_t)value;
}

static void put16(struct frame *frame, unsigned int value)
{
	put8(frame, value >> 8);
	put8(frame, value & 0xff);
}

static void put32(struct frame *frame, uint32_t value)
{
	put16(frame, value >> 16);
	put16(frame, value & 0xffff);
}

static void put_many(struct frame *frame, unsigned int value, size_t count)
{
	while (count--)
		put8(frame, value);
}

static void set16(struct frame *frame, size_t at, unsigned int value)
{
	frame->bytes[at] = (uint8_t)(value >> 8);
	frame->bytes[at + 1] = (uint8_t)value;
}

static void put_address(struct frame *frame, int family, const char *text, const char *otherwise)
{
	uint8_t address[16];
	size_t size = family == AF_INET ? 4 : 16;

	if (inet_pton(family, text ? text : otherwise, address) != 1)
		abort();
	for (size_t i = 0; i < size; i++)
		put8(frame, address[i]);
}

uint32_t checksum(const uint8_t *bytes, size_t count, uint32_t start)
{
	for (size_t i = 0; i < count; i++)
		start += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	while (start >> 16)
		start = (start & 0xffff) + (start >> 16);
	return start;
}

static void put_ethernet(const struct frame_spec *spec, struct frame *frame)
{
	unsigned int type = spec->ethertype;

	if (!type)
		type = spec->v6 ? ETH_P_IPV6 : ETH_P_IP;
	put_many(frame, 0x02, 6);
	put_many(frame, 0x06, 6);
	for (unsigned int i = 0; i < 3 && spec->tags[i]; i++) {
		put16(frame, spec->tags[i]);
		put16(frame, 100 + i);
	}
	put16(frame, type);
}

static void put_ipv4(const struct frame_spec *spec, struct frame *frame)
{
	unsigned int header_words = spec->header_words;

	if (!header_words)
		header_words = 5 + spec->ip_options / 4;
	put8(frame, (spec->version ? spec->version : 4U) << 4 | header_words);
	put8(frame, 0);
	put16(frame, 0); /* total length */
	put16(frame, 0x1234);
	put16(frame, spec->fragment);
	put8(frame, 64);
	put8(frame, spec->protocol ? spec->protocol : IPPROTO_TCP);
	put16(frame, 0); /* checksum */
	put_address(frame, AF_INET, spec->from, "192.0.2.1");
	put_address(frame, AF_INET, spec->to, "198.51.100.25");
	put_many(frame, 1, spec->ip_options); /* no operation */
}

static unsigned int extension_type(char letter)
{
	switch (letter) {
	case 'h':
		return IPPROTO_HOPOPTS;
	case 'r':
		return IPPROTO_ROUTING;
	case 'a':
		return IPPROTO_AH;
	case 'm':
		return IPPROTO_MH;
	case 'i':
		return 139;
	case 's':
		return 140;
	case 'w':
	case 'f':
	case 'l':
		return IPPROTO_FRAGMENT;
	case 'd':
	case 'D':
	case 'X':
		return IPPROTO_DSTOPTS;
	default:
		abort();
	}
}

/* The header of this letter; `next` is the type of what follows it. */
static void put_extension(struct frame *frame, char letter, unsigned int next)
{
	put8(frame, next);
	switch (letter) {
	case 'w':
	case 'f':
	case 'l':
		put8(frame, 0xff); /* reserved: not a length */
		put16(frame, letter == 'f' ? 1 : letter == 'l' ? 1480 : 0);
		put32(frame, 0x12345678);
		break;
	case 'a':
		put8(frame, 4); /* 24 bytes */
		put_many(frame, 0, 22);
		break;
	case 'D':
		put8(frame, 255);
		put_many(frame, 0, 2046);
		break;
	case 'X':
		put8(frame, 200);
		put_many(frame, 0, 6);
		break;
	default:
		put8(frame, 1); /* 16 bytes */
		put_many(frame, 0, 14);
	}
}

static void put_ipv6(const struct frame_spec *spec, struct frame *frame)
{
	const char *extensions = spec->extensions ? spec->extensions : "";
	unsigned int last = spec->protocol ? spec->protocol : IPPROTO_TCP;

	put8(frame, (spec->version ? spec->version : 6U) << 4);
	put_many(frame, 0, 3);
	put16(frame, 0); /* payload length */
	put8(frame, *extensions ? extension_type(*extensions) : last);
	put8(frame, 64);
	put_address(frame, AF_INET6, spec->from, "2001:db8::1");
	put_address(frame, AF_INET6, spec->to, "2001:db8:25::25");
	for (; *extensions; extensions++)
		put_extension(frame, *extensions,
			      extensions[1] ? extension_type(extensions[1]) : last);
}

static void put_tcp(const struct frame_spec *spec, struct frame *frame)
{
	unsigned int words = spec->tcp_words;

	if (!words)
		words = 5 + spec->tcp_options / 4;
	put16(frame, spec->from_port ? spec->from_port : 40000);
	put16(frame, spec->port ? spec->port : 25);
	put32(frame, spec->numbers ? spec->sequence : 0x11111111);
	if (spec->numbers)
		put32(frame, spec->acknowledged);
	else
		put32(frame, spec->flags & ACK ? 0x22222222 : 0);
	put8(frame, words << 4);
	put8(frame, spec->flags ? spec->flags & 0xff : SYN);
	put16(frame, 64240);
	put32(frame, 0); /* checksum, urgent pointer */
	for (unsigned int i = 0; i < spec->tcp_options; i++)
		put8(frame, spec->option_bytes ? spec->option_bytes[i] : 1);
	for (unsigned int i = 0; i < spec->payload; i++)
		put8(frame, spec->data ? (uint8_t)spec->data[i] : 'x');
}

static void set_tcp_checksum(struct frame *frame, size_t tcp)
{
	size_t addresses = frame->v6 ? 32 : 8;
	size_t length = frame->length - tcp;
	uint32_t start = checksum(frame->bytes + frame->ip + (frame->v6 ? 8 : 12), addresses,
				  IPPROTO_TCP + (uint32_t)length);

	set16(frame, tcp + 16, ~checksum(frame->bytes + tcp, length, start) & 0xffff);
}

static void set_ip_length(struct frame *frame, unsigned int length)
{
	if (frame->v6) {
		set16(frame, frame->ip + 4, length);
		return;
	}
	set16(frame, frame->ip + 2, length);
	set16(frame, frame->ip + 10, 0);
	set16(frame, frame->ip + 10,
	      ~checksum(frame->bytes + frame->ip, (frame->bytes[frame->ip] & 0xfU) * 4, 0) &
		      0xffff);
}

void cut_packet(struct frame *frame, size_t end)
{
	frame->length = end;
	frame->ip_end = end;
	set_ip_length(frame, (unsigned int)(end - frame->ip - (frame->v6 ? 40 : 0)));
}

void build_frame(const struct frame_spec *spec, struct frame *frame)
{
	size_t tcp;

	memset(frame, 0, sizeof(*frame));
	frame->v6 = spec->v6;
	put_ethernet(spec, frame);
	frame->ip = frame->length;
	if (spec->v6)
		put_ipv6(spec, frame);
	else
		put_ipv4(spec, frame);
	tcp = frame->length;
	put_tcp(spec, frame);
	set_tcp_checksum(frame, tcp);
	if (spec->tcp_bytes)
		frame->length = tcp + (size_t)(spec->tcp_bytes > 0 ? spec->tcp_bytes : 0);
	cut_packet(frame, frame->length);
	if (spec->ip_length || spec->ip_length_zero)
		set_ip_length(frame, spec->ip_length);
	put_many(frame, 0x02, spec->padding); /* would be a SYN flag, read as TCP */
}
