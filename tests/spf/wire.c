/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/dns_server.h"

#define DATAGRAM_MAX 512

struct wire {
	uv_loop_t *loop;
	struct dns_server *server;
	struct spf_zone *zone;
	struct mxdp_resolver *resolver;
};

static void put_text(struct dns_reply *reply, const struct mxdp_dns_record *record)
{
	uint8_t data[DNS_REPLY_MAX - 1024];
	const char *bytes = record->txt.bytes;
	size_t left = record->txt.length, used = 0;

	do {
		size_t part = left < 255 ? left : 255;

		if (used + part + 1 > sizeof(data))
			abort();
		data[used++] = (uint8_t)part;
		memcpy(data + used, bytes, part);
		used += part;
		bytes += part;
		left -= part;
	} while (left);
	dns_reply_raw(reply, NULL, MXDP_DNS_TXT, 60, data, used);
}

static void put_host(struct dns_reply *reply, enum mxdp_dns_type type, const char *name,
		     uint16_t preference)
{
	uint8_t data[2 + MXDP_DNS_NAME] = {(uint8_t)(preference >> 8), (uint8_t)preference};
	size_t skip = type == MXDP_DNS_MX ? 0 : 2;

	if (*name && !mxdp_spf_name_valid(name))
		abort(); /* a zone that no server could load */
	dns_reply_raw(reply, NULL, (uint16_t)type, 60, data + skip,
		      2 - skip + dns_wire_name(name, data + 2));
}

static void put_record(struct dns_reply *reply, enum mxdp_dns_type type,
		       const struct mxdp_dns_record *record)
{
	switch (type) {
	case MXDP_DNS_A:
		dns_reply_raw(reply, NULL, (uint16_t)type, 60, &record->a, 4);
		break;
	case MXDP_DNS_AAAA:
		dns_reply_raw(reply, NULL, (uint16_t)type, 60, &record->aaaa, 16);
		break;
	case MXDP_DNS_MX:
		put_host(reply, type, record->mx.name, record->mx.preference);
		break;
	case MXDP_DNS_PTR:
		put_host(reply, type, record->name, 0);
		break;
	case MXDP_DNS_TXT:
		put_text(reply, record);
		break;
	}
}

/* At most; with its name as a pointer. */
static size_t record_length(enum mxdp_dns_type type, const struct mxdp_dns_record *record)
{
	size_t text = type == MXDP_DNS_TXT ? record->txt.length : MXDP_DNS_NAME;

	return 12 + text + text / 255 + 2;
}

/* A timeout is told as SERVFAIL: the test need not wait for it. */
static void respond(void *context, const struct dns_request *request, struct dns_reply *reply)
{
	struct wire *wire = context;
	const struct mxdp_dns_answer *answer =
		spf_zone_resolve(wire->zone, request->name, (enum mxdp_dns_type)request->type);

	if (answer->status == MXDP_DNS_NXDOMAIN)
		dns_reply_rcode(reply, DNS_NXDOMAIN);
	else if (mxdp_dns_failed(answer->status))
		dns_reply_rcode(reply, DNS_SERVFAIL);
	for (size_t i = 0; i < answer->count; i++) {
		size_t length = record_length(answer->type, &answer->records[i]);

		if (!request->tcp && reply->length + length > DATAGRAM_MAX) {
			dns_reply_set_truncated(reply);
			return;
		}
		if (reply->length + length > DNS_REPLY_MAX)
			abort(); /* larger than this server can tell */
		put_record(reply, answer->type, &answer->records[i]);
	}
}

int wire_forget(struct wire *wire)
{
	struct mxdp_resolver_settings settings = mxdp_resolver_defaults();

	mxdp_resolver_free(wire->resolver);
	wire->resolver = NULL;
	settings.servers = dns_server_address(wire->server);
	return mxdp_resolver_new(wire->loop, &settings, &wire->resolver);
}

struct wire *wire_new(uv_loop_t *loop, struct spf_zone *zone)
{
	struct wire *wire = calloc(1, sizeof(*wire));

	if (!wire)
		return NULL;
	wire->loop = loop;
	wire->zone = zone;
	wire->server = dns_server_new(loop, respond, wire);
	if (!wire_forget(wire))
		return wire;
	dns_server_free(wire->server);
	free(wire);
	return NULL;
}

void wire_free(struct wire *wire)
{
	mxdp_resolver_free(wire->resolver);
	dns_server_free(wire->server);
	free(wire);
}

const char *wire_address(const struct wire *wire)
{
	return dns_server_address(wire->server);
}

struct mxdp_resolver *wire_resolver(const struct wire *wire)
{
	return wire->resolver;
}
