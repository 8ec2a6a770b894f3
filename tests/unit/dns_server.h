/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A DNS server for tests that does as it is told, also what no honest server does: it lives in the
 * test's own event loop, on UDP and TCP of one port of 127.0.0.1, and asks a responder of the test
 * what to send.
 */
#ifndef MXDP_TEST_DNS_SERVER_H
#define MXDP_TEST_DNS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define DNS_TYPE_CNAME 5
#define DNS_TYPE_SOA   6

#define DNS_SERVFAIL 2
#define DNS_NXDOMAIN 3
#define DNS_REFUSED  5

#define DNS_REPLY_MAX 8192

struct dns_request {
	char name[256]; /* lower case, no final dot */
	uint16_t type;
	bool tcp;
};

/* A reply under construction; begun by dns_reply_begin(). */
struct dns_reply {
	uint8_t bytes[DNS_REPLY_MAX];
	size_t length;
	bool silent; /* send nothing */
	size_t cut;  /* send only so many bytes */
};

/* Starts a reply to a question with this id. */
void dns_reply_begin(struct dns_reply *reply, uint16_t id, const char *name, uint16_t type);
void dns_reply_rcode(struct dns_reply *reply, unsigned int rcode);
void dns_reply_set_truncated(struct dns_reply *reply);
/* Adds to the answer section; owner NULL means the question's name. */
void dns_reply_raw(struct dns_reply *reply, const char *owner, uint16_t type, uint32_t ttl,
		   const void *data, size_t length);
void dns_reply_a(struct dns_reply *reply, const char *owner, uint32_t ttl, const char *address);
/* PTR or CNAME. */
void dns_reply_name(struct dns_reply *reply, const char *owner, uint16_t type, uint32_t ttl,
		    const char *target);
/* Adds to the authority section: after all answers. */
void dns_reply_soa(struct dns_reply *reply, uint32_t ttl, uint32_t minimum);
/* Writes `name` in wire form and returns its length. */
size_t dns_wire_name(const char *name, uint8_t *wire);

typedef void (*dns_responder)(void *context, const struct dns_request *request,
			      struct dns_reply *reply);

struct dns_server;

struct dns_server *dns_server_new(uv_loop_t *loop, dns_responder responder, void *context);
/* "127.0.0.1:PORT" */
const char *dns_server_address(const struct dns_server *server);
unsigned int dns_server_questions(const struct dns_server *server, bool tcp);
/* How often a datagram came from another port than the one before. */
unsigned int dns_server_ports(const struct dns_server *server);
/* Closes its handles; they are gone after the loop's next turns. */
void dns_server_free(struct dns_server *server);

#endif
