/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands, byte by byte (RFC 5321 4.1.1, in any case; a bare LF ends a line too). HELO, EHLO and
 * MAIL lines are copied whole; of any other line nothing but its verb is ever held, and one that
 * authenticates, encrypts or begins a message ends the reading before its next byte.
 */
#ifndef MXDP_BPF_WIRE_LINE_H
#define MXDP_BPF_WIRE_LINE_H

#include "count.h"
#include "maps.h"
#include "scratch.h"

enum reading_end {
	READING_ON,
	READING_STOP,  /* the client said that what follows is none of our business */
	READING_WRONG, /* nothing that we understand */
};

/* The reading of one segment's payload; in a map, so that the verifier need not follow it. */
struct wire_scratch {
	struct mxdp_wire_reading reading;
	__u32 end; /* enum reading_end */
	__u32 reserved;
	struct mxdp_wire_line record; /* its line is the one that is being read */
	__u8 payload[MXDP_WIRE_SCAN_MAX];
	struct mxdp_connection fresh; /* all of it 0 but what is written before it is used */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct wire_scratch);
} wire_scratch SEC(".maps");

static __always_inline struct wire_scratch *get_wire_scratch(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&wire_scratch, &zero);
}

#define LETTERS_MAX          8 /* of a verb: STARTTLS */
#define LETTERS4(a, b, c, d) ((__u64)(a) | (__u64)(b) << 8 | (__u64)(c) << 16 | (__u64)(d) << 24)
#define STARTTLS             (LETTERS4('s', 't', 'a', 'r') | LETTERS4('t', 't', 'l', 's') << 32)

static __always_inline bool ends_verb(__u8 byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* The verb is whole: what becomes of its line, and of the reading. */
static __always_inline enum reading_end judge_verb(struct mxdp_wire_reading *reading)
{
	switch (reading->verb) {
	case LETTERS4('h', 'e', 'l', 'o'):
	case LETTERS4('e', 'h', 'l', 'o'):
	case LETTERS4('m', 'a', 'i', 'l'):
		reading->part = MXDP_WIRE_KEEP;
		return READING_ON;
	case LETTERS4('r', 'c', 'p', 't'):
	case LETTERS4('r', 's', 'e', 't'):
	case LETTERS4('n', 'o', 'o', 'p'):
	case LETTERS4('v', 'r', 'f', 'y'):
	case LETTERS4('e', 'x', 'p', 'n'):
	case LETTERS4('h', 'e', 'l', 'p'):
		reading->part = MXDP_WIRE_SKIP;
		return READING_ON;
	case LETTERS4('a', 'u', 't', 'h'):
	case LETTERS4('d', 'a', 't', 'a'):
	case LETTERS4('b', 'd', 'a', 't'):
	case LETTERS4('q', 'u', 'i', 't'):
	case STARTTLS:
		return READING_STOP;
	default:
		return READING_WRONG;
	}
}

static __always_inline void copy_line(struct wire_scratch *scratch)
{
	struct mxdp_wire_line *record = &scratch->record;
	__u32 length = scratch->reading.used;

	if (!length || length > MXDP_WIRE_LINE_MAX)
		return;
	record->kind = scratch->reading.verb == LETTERS4('m', 'a', 'i', 'l') ? MXDP_UTTERANCE_MAIL
									     : MXDP_UTTERANCE_HELO;
	record->length = length;
	if (bpf_ringbuf_output(&wire, record,
			       __builtin_offsetof(struct mxdp_wire_line, line) +
				       within(length, MXDP_WIRE_LINE_MAX),
			       wake_flags(record->time_ns)))
		count(record->proved ? MXDP_COUNT_wire_lost : MXDP_COUNT_wire_not_shown);
	else
		count(record->proved ? MXDP_COUNT_wire_lines : MXDP_COUNT_wire_shown);
}

/* A line has ended. */
static __always_inline enum reading_end end_line(struct wire_scratch *scratch)
{
	struct mxdp_wire_reading *reading = &scratch->reading;
	bool kept = reading->part == MXDP_WIRE_KEEP;

	if (kept)
		copy_line(scratch);
	reading->part = MXDP_WIRE_VERB;
	reading->used = 0;
	reading->verb = 0;
	if (kept && ++reading->lines >= MXDP_WIRE_LINES_MAX)
		return READING_STOP;
	return READING_ON;
}

static __always_inline enum reading_end take_byte(struct wire_scratch *scratch, __u8 byte)
{
	struct mxdp_wire_reading *reading = &scratch->reading;
	__u32 used = reading->used;
	enum reading_end end;

	if (reading->part == MXDP_WIRE_VERB) {
		if (ends_verb(byte)) {
			end = judge_verb(reading);
			if (end != READING_ON)
				return end;
		} else if (used >= LETTERS_MAX) {
			return READING_WRONG;
		} else {
			/* Lower case, and nothing else becomes a letter. */
			reading->verb |= (__u64)(byte | 0x20) << (8 * used);
		}
	}
	if (reading->part != MXDP_WIRE_SKIP) {
		if (used >= MXDP_WIRE_LINE_MAX)
			return READING_WRONG;
		scratch->record.line[used] = byte;
		reading->used = used + 1;
	}
	return byte == '\n' ? end_line(scratch) : READING_ON;
}

/* One step of the loop over the payload; 1 ends it. */
static long read_byte(__u32 index, void *context)
{
	struct wire_scratch *scratch = get_wire_scratch();

	(void)context;
	if (!scratch || index >= MXDP_WIRE_SCAN_MAX)
		return 1;
	scratch->end = take_byte(scratch, scratch->payload[index]);
	return scratch->end != READING_ON;
}

#endif
