/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the packet path reads of clients that it lets through: their HELO, EHLO and MAIL lines, in
 * clear text, and nothing else. A connection is known from the server's SYN-ACK, which the return
 * path sees leaving; an ACK that answers it exactly proves the client's address. Reading goes on in
 * sequence, byte by byte, until the client authenticates, encrypts or sends its message.
 */
#ifndef MXDP_WIRE_H
#define MXDP_WIRE_H

#include <linux/types.h>

#define MXDP_CONNECTIONS_MAX 16384 /* of these the least recently used go */
#define MXDP_WIRE_RING_BYTES (1024 * 1024)

#define MXDP_WIRE_LINE_MAX  512   /* bytes of a line, with its end (RFC 5321 4.5.3.1.4) */
#define MXDP_WIRE_LINES_MAX 4     /* copied of one connection */
#define MXDP_WIRE_BYTES_MAX 16384 /* looked at in one connection */
#define MXDP_WIRE_SCAN_MAX  2048  /* of one segment; a power of two */
#define MXDP_WIRE_GAPS_MAX  16    /* segments out of sequence, before reading is given up */
/* The server has not said more than this yet: what acknowledges more is not read. */
#define MXDP_WIRE_WINDOW (1024 * 1024)

/* Key of `connections`. */
struct mxdp_connection_key {
	__u8 client[16]; /* IPv4 as ::ffff:a.b.c.d */
	__u8 server[16]; /* likewise */
	__be16 client_port;
	__be16 port;
};

#define MXDP_CONNECTION_STATES(X)                                                               \
	X(NONE, "none", "not known")                                                            \
	X(SYN_DATA, "syn-data", "the client's SYN had data, which nobody has read")             \
	X(OPENING, "opening", "the server has answered; the client has not proved its address") \
	X(READING, "reading", "its address is proved, its commands are read")                   \
	X(OVER, "over", "reading has ended")                                                    \
	X(UNPROVED, "unproved", "its first ACK was no answer to the server's: shown, never scored")

#define MXDP_ENUM_CONNECTION(name, text, what) MXDP_CONNECTION_##name,
enum mxdp_connection_state { MXDP_CONNECTION_STATES(MXDP_ENUM_CONNECTION) MXDP_CONNECTION_COUNT };

/* Where the reading of a line stands. */
enum mxdp_wire_part {
	MXDP_WIRE_VERB, /* its first word has not ended */
	MXDP_WIRE_KEEP, /* HELO, EHLO or MAIL: to be copied */
	MXDP_WIRE_SKIP, /* any other command that does not end the reading */
};

/* How far a connection is read; sequence numbers in host order. */
struct mxdp_wire_reading {
	__u32 bytes; /* looked at so far */
	__u16 used;  /* of the line begun */
	__u8 part;   /* enum mxdp_wire_part, of the line begun */
	__u8 lines;  /* copied so far */
	__u64 verb;  /* the line's first letters, lower case, the first lowest */
};

/* Value of `connections` (LRU). The return path makes it, the packet path goes on with it. */
struct mxdp_connection {
	enum mxdp_connection_state state;
	__u32 server_next; /* the server's initial sequence number + 1 */
	__u32 client_next; /* the client's byte that is read next */
	__u32 busy;        /* 1: a CPU is reading */
	__u32 gaps;
	__u32 reserved;
	__u64 opened_ns;
	struct mxdp_wire_reading reading;
	__u8 line[MXDP_WIRE_LINE_MAX]; /* begun in an earlier segment */
};

/* A record in the ring `wire`: a line, hostile. */
struct mxdp_wire_line {
	__u64 time_ns;
	__u8 client[16];      /* IPv4 as ::ffff:a.b.c.d */
	__u8 destination[16]; /* likewise */
	__be16 client_port;
	__be16 port;
	__u16 kind;       /* enum mxdp_utterance: HELO or MAIL */
	__u16 length;     /* of the line, with its end */
	__u32 connection; /* the same for all of one connection */
	__u16 proved;     /* 1: the client's address is proved */
	__u16 reserved;
	__u8 line[MXDP_WIRE_LINE_MAX];
};

#endif
