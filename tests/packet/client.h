/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client's TCP, by hand: sends segments through the packet path and takes the replies apart. A
 * reply must be right to the last byte of its headers; that is asserted here, for each reply.
 */
#ifndef MXDP_TEST_CLIENT_H
#define MXDP_TEST_CLIENT_H

#include "harness.h"

/* How the client's segments look. */
struct client_kind {
	const char *name;
	bool v6;
	bool timestamps;
	bool sack; /* offered, with window scaling, as Linux does */
	bool mss;
	bool tagged; /* by a VLAN */
};

/* What came back for a segment. */
struct answer {
	enum mxdp_counter counter;
	uint8_t flags;
	uint32_t sequence, acknowledged;
	size_t frame; /* bytes */
	char text[512];
};

struct client {
	const struct harness *harness;
	struct client_kind kind;
	const char *from; /* NULL: 192.0.2.1 or 2001:db8::1 */
	uint16_t port;
	uint32_t next;  /* our next sequence number */
	uint32_t heard; /* what we acknowledge */
	uint32_t echo;  /* the gateway's last timestamp */
	size_t sent;    /* bytes of the last frame */
};

struct client client_new(const struct harness *harness, const struct client_kind *kind);

/* One segment as it is, from `sequence` on; nothing of the client changes but what it heard. */
struct answer client_send(struct client *client, unsigned int flags, uint32_t sequence,
			  const char *data);
/* Whether the reply has the options that the client offered, as a dialogue's, or none. */
enum client_reply { CLIENT_USUAL_REPLY, CLIENT_BARE_REPLY };
struct answer client_send_to(struct client *client, unsigned int flags, uint32_t sequence,
			     const char *data, enum client_reply kind);
/* SYN, then the ACK of the handshake: asserts a SYN-ACK and returns the greeting. */
struct answer client_open(struct client *client);
/* A command: asserts that it is answered, acknowledged and in sequence. */
struct answer client_say(struct client *client, const char *command);

/* What a text must be: the start of the answer's, then spaces, then CRLF. */
void expect_text(const struct answer *answer, uint32_t index, const char *client, int line);

/* The cookie of a connection in an epoch, and in *stamp its other half. */
uint32_t client_cookie(const struct client *client, uint32_t epoch, uint32_t *stamp);

/* The number of a challenge to this connection in an epoch, but for the highest bit. */
#define CLIENT_NUMBER_BITS 0x7fffffffU
uint32_t client_number(const struct client *client, uint32_t epoch);
/* Chooses a port whose connection is not the one in five that is spared now or in the next second.
 */
void client_choose_port(struct client *client);
struct client client_unspared(const struct harness *harness, const struct client_kind *kind);

extern const struct client_kind client_kinds[];
extern const size_t client_kind_count;

#endif
