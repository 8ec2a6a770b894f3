/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dns_server.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#define HEADER_LENGTH 12

struct dns_server {
	uv_udp_t udp;
	uv_tcp_t tcp;
	dns_responder responder;
	void *context;
	char address[32];
	unsigned int questions[2];
	unsigned int ports; /* changes of last_port */
	in_port_t last_port;
	uint8_t datagram[4096];
	unsigned int open_handles;
};

/* A TCP client: what came of its question so far. */
struct stream {
	uv_tcp_t tcp;
	struct dns_server *server;
	uint8_t bytes[4096];
	size_t length;
};

struct stream_write {
	uv_write_t request;
	uint8_t bytes[2 + DNS_REPLY_MAX];
};

static void put16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

size_t dns_wire_name(const char *name, uint8_t *wire)
{
	size_t used = 0;

	while (*name != '\0') {
		size_t label = strcspn(name, ".");

		wire[used++] = (uint8_t)label;
		memcpy(wire + used, name, label);
		used += label;
		name += label + (name[label] == '.');
	}
	wire[used++] = 0;
	return used;
}

void dns_reply_begin(struct dns_reply *reply, uint16_t id, const char *name, uint16_t type)
{
	memset(reply->bytes, 0, HEADER_LENGTH);
	put16(reply->bytes, id);
	put16(reply->bytes + 2, 0x8180); /* a response, recursion desired and available */
	put16(reply->bytes + 4, 1);
	reply->length = HEADER_LENGTH + dns_wire_name(name, reply->bytes + HEADER_LENGTH);
	put16(reply->bytes + reply->length, type);
	put16(reply->bytes + reply->length + 2, 1);
	reply->length += 4;
	reply->silent = false;
	reply->cut = SIZE_MAX;
}

void dns_reply_rcode(struct dns_reply *reply, unsigned int rcode)
{
	reply->bytes[3] = (uint8_t)((reply->bytes[3] & 0xf0) | rcode);
}

void dns_reply_set_truncated(struct dns_reply *reply)
{
	reply->bytes[2] |= 0x02;
}

static void add_record(struct dns_reply *reply, size_t count_at, const char *owner, uint16_t type,
		       uint32_t ttl, const void *data, size_t length)
{
	uint8_t *at = reply->bytes + reply->length;

	if (owner == NULL) {
		put16(at, 0xc000 | HEADER_LENGTH); /* the question's name */
		at += 2;
	} else {
		at += dns_wire_name(owner, at);
	}
	put16(at, type);
	put16(at + 2, 1);
	put32(at + 4, ttl);
	put16(at + 8, (unsigned int)length);
	memcpy(at + 10, data, length);
	reply->length = (size_t)(at + 10 + length - reply->bytes);
	put16(reply->bytes + count_at,
	      (unsigned int)(reply->bytes[count_at] << 8 | reply->bytes[count_at + 1]) + 1);
}

void dns_reply_raw(struct dns_reply *reply, const char *owner, uint16_t type, uint32_t ttl,
		   const void *data, size_t length)
{
	add_record(reply, 6, owner, type, ttl, data, length);
}

void dns_reply_a(struct dns_reply *reply, const char *owner, uint32_t ttl, const char *address)
{
	struct in_addr data;

	inet_pton(AF_INET, address, &data);
	dns_reply_raw(reply, owner, 1, ttl, &data, sizeof(data));
}

void dns_reply_name(struct dns_reply *reply, const char *owner, uint16_t type, uint32_t ttl,
		    const char *target)
{
	uint8_t wire[256];

	dns_reply_raw(reply, owner, type, ttl, wire, dns_wire_name(target, wire));
}

void dns_reply_soa(struct dns_reply *reply, uint32_t ttl, uint32_t minimum)
{
	uint8_t data[128];
	size_t used = dns_wire_name("ns.example", data);

	used += dns_wire_name("hostmaster.example", data + used);
	memset(data + used, 0, 16);
	put32(data + used + 16, minimum);
	add_record(reply, 8, "example", DNS_TYPE_SOA, ttl, data, used + 20);
}

/* Reads the one question; false for what is none. */
static bool read_question(const uint8_t *bytes, size_t length, struct dns_request *request)
{
	size_t at = HEADER_LENGTH, used = 0;

	if (length < HEADER_LENGTH + 5)
		return false;
	while (at < length && bytes[at] != 0) {
		size_t label = bytes[at++];

		if (label > 63 || at + label >= length || used + label + 1 >= sizeof(request->name))
			return false;
		if (used > 0)
			request->name[used++] = '.';
		for (size_t i = 0; i < label; i++)
			request->name[used++] = (char)tolower(bytes[at++]);
	}
	request->name[used] = '\0';
	if (at + 5 > length)
		return false;
	request->type = (uint16_t)(bytes[at + 1] << 8 | bytes[at + 2]);
	return true;
}

/* False: nothing is to be sent. */
static bool make_reply(struct dns_server *server, const uint8_t *bytes, size_t length, bool tcp,
		       struct dns_reply *reply)
{
	struct dns_request request = {.tcp = tcp};

	if (!read_question(bytes, length, &request))
		return false;
	server->questions[tcp]++;
	dns_reply_begin(reply, (uint16_t)(bytes[0] << 8 | bytes[1]), request.name, request.type);
	server->responder(server->context, &request, reply);
	if (reply->cut < reply->length)
		reply->length = reply->cut;
	return !reply->silent;
}

static void on_alloc(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
	struct dns_server *server = handle->data;

	(void)wanted;
	*buffer = uv_buf_init((char *)server->datagram, sizeof(server->datagram));
}

static void note_port(struct dns_server *server, const struct sockaddr_in *from)
{
	server->ports += from->sin_port != server->last_port;
	server->last_port = from->sin_port;
}

static void on_datagram(uv_udp_t *udp, ssize_t length, const uv_buf_t *buffer,
			const struct sockaddr *from, unsigned int flags)
{
	struct dns_server *server = udp->data;
	struct dns_reply reply;
	uv_buf_t out;

	(void)flags;
	if (from != NULL)
		note_port(server, (const struct sockaddr_in *)from);
	if (length <= 0 || from == NULL ||
	    !make_reply(server, (const uint8_t *)buffer->base, (size_t)length, false, &reply))
		return;
	out = uv_buf_init((char *)reply.bytes, (unsigned int)reply.length);
	uv_udp_try_send(udp, &out, 1, from);
}

static void on_stream_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void on_written(uv_write_t *request, int status)
{
	(void)status;
	free(request);
}

static void on_stream_alloc(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
	struct stream *stream = handle->data;

	(void)wanted;
	*buffer = uv_buf_init((char *)stream->bytes + stream->length,
			      (unsigned int)(sizeof(stream->bytes) - stream->length));
}

static void on_stream(uv_stream_t *handle, ssize_t length, const uv_buf_t *buffer)
{
	struct stream *stream = handle->data;

	(void)buffer;
	if (length < 0) {
		uv_close((uv_handle_t *)handle, on_stream_closed);
		return;
	}
	stream->length += (size_t)length;
	while (stream->length >= 2) {
		size_t question = (size_t)(stream->bytes[0] << 8 | stream->bytes[1]);
		struct stream_write *write;
		struct dns_reply reply;
		uv_buf_t out;

		if (stream->length < 2 + question)
			return;
		if (make_reply(stream->server, stream->bytes + 2, question, true, &reply)) {
			write = malloc(sizeof(*write));
			put16(write->bytes, (unsigned int)reply.length);
			memcpy(write->bytes + 2, reply.bytes, reply.length);
			out = uv_buf_init((char *)write->bytes, (unsigned int)reply.length + 2);
			uv_write(&write->request, handle, &out, 1, on_written);
		}
		stream->length -= 2 + question;
		memmove(stream->bytes, stream->bytes + 2 + question, stream->length);
	}
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct dns_server *server = listener->data;
	struct stream *stream;

	if (status < 0)
		return;
	stream = calloc(1, sizeof(*stream));
	stream->server = server;
	uv_tcp_init(listener->loop, &stream->tcp);
	stream->tcp.data = stream;
	uv_accept(listener, (uv_stream_t *)&stream->tcp);
	uv_read_start((uv_stream_t *)&stream->tcp, on_stream_alloc, on_stream);
}

/* The same port for both protocols: the kernel picks UDP's, which TCP may find taken. */
static bool bind_both(struct dns_server *server, uv_loop_t *loop)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int length = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	uv_udp_init(loop, &server->udp);
	uv_tcp_init(loop, &server->tcp);
	server->udp.data = server->tcp.data = server;
	server->open_handles = 2;
	if (uv_udp_bind(&server->udp, (struct sockaddr *)&address, 0) != 0 ||
	    uv_udp_getsockname(&server->udp, (struct sockaddr *)&address, &length) != 0 ||
	    uv_tcp_bind(&server->tcp, (struct sockaddr *)&address, 0) != 0 ||
	    uv_listen((uv_stream_t *)&server->tcp, 64, on_connection) != 0)
		return false;
	snprintf(server->address, sizeof(server->address), "127.0.0.1:%u", ntohs(address.sin_port));
	return uv_udp_recv_start(&server->udp, on_alloc, on_datagram) == 0;
}

static void on_closed(uv_handle_t *handle)
{
	struct dns_server *server = handle->data;

	if (--server->open_handles == 0)
		free(server);
}

struct dns_server *dns_server_new(uv_loop_t *loop, dns_responder responder, void *context)
{
	for (int attempt = 0; attempt < 10; attempt++) {
		struct dns_server *server = calloc(1, sizeof(*server));

		server->responder = responder;
		server->context = context;
		if (bind_both(server, loop))
			return server;
		dns_server_free(server);
	}
	fprintf(stderr, "dns_server: no port of 127.0.0.1 could be bound\n");
	abort();
}

const char *dns_server_address(const struct dns_server *server)
{
	return server->address;
}

unsigned int dns_server_questions(const struct dns_server *server, bool tcp)
{
	return server->questions[tcp];
}

unsigned int dns_server_ports(const struct dns_server *server)
{
	return server->ports;
}

void dns_server_free(struct dns_server *server)
{
	uv_close((uv_handle_t *)&server->udp, on_closed);
	uv_close((uv_handle_t *)&server->tcp, on_closed);
}
