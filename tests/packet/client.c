/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "siphash.h"

#define CLIENT4 "192.0.2.1"
#define CLIENT6 "2001:db8::1"
#define SERVER4 "198.51.100.25"
#define SERVER6 "2001:db8:25::25"
/* As in the packet path: the mark of a challenge's epoch, and who is spared. */
#define CHALLENGE_EPOCH (1U << 31)
#define SPARED_EVERY    5
#define CLOCK           0x10203040 /* the client's timestamps begin here */

const struct client_kind client_kinds[] = {
	{.name = "IPv4, all that Linux offers", .timestamps = true, .sack = true, .mss = true},
	{.name = "IPv4, no options at all"},
	{.name = "IPv4, MSS alone", .mss = true},
	{.name = "IPv4, no timestamps, SACK", .sack = true, .mss = true},
	{.name = "IPv4, timestamps alone", .timestamps = true},
	{.name = "IPv4, in a VLAN", .timestamps = true, .mss = true, .tagged = true},
	{.name = "IPv6, all that Linux offers",
	 .v6 = true,
	 .timestamps = true,
	 .sack = true,
	 .mss = true},
	{.name = "IPv6, no options at all", .v6 = true},
	{.name = "IPv6, no timestamps, in a VLAN", .v6 = true, .mss = true, .tagged = true},
};
const size_t client_kind_count = sizeof(client_kinds) / sizeof(client_kinds[0]);

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static uint32_t get32(const uint8_t *bytes)
{
	return (uint32_t)get16(bytes) << 16 | get16(bytes + 2);
}

static void put32_at(uint8_t *bytes, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

struct client client_new(const struct harness *harness, const struct client_kind *kind)
{
	return (struct client){
		.harness = harness, .kind = *kind, .port = 40000, .next = 0xfffffff0};
}

static unsigned int fill_options(const struct client *client, bool syn, uint8_t options[40])
{
	unsigned int length = 0;

	if (syn && client->kind.mss) {
		memcpy(options, "\x02\x04\x05\xb4", 4);
		length += 4;
	}
	if (syn && client->kind.sack) {
		memcpy(options + length, "\x04\x02\x03\x03\x07\x01", 6);
		length += 6;
	}
	if (!client->kind.timestamps)
		return (length + 3) / 4 * 4;
	if (!syn) {
		memcpy(options, "\x01\x01", 2);
		length = 2;
	}
	options[length++] = 8;
	options[length++] = 10;
	put32_at(options + length, CLOCK + client->next);
	put32_at(options + length + 4, client->echo);
	return (length + 8 + 3) / 4 * 4;
}

/* The options of a reply: those that the client offered, in a SYN-ACK, and timestamps. */
static void check_options(struct client *client, const uint8_t *options, size_t length, bool syn,
			  uint32_t acknowledged)
{
	uint32_t stamp, epoch;

	ck_assert_uint_eq(length,
			  (client->kind.timestamps ? 12 : 0) + (syn && client->kind.mss ? 4 : 0));
	if (syn && client->kind.mss)
		ck_assert_mem_eq(options + length - 4, "\x02\x04\x04\xc4", 4);
	if (!client->kind.timestamps)
		return;
	ck_assert_mem_eq(options, "\x01\x01\x08\x0a", 4);
	ck_assert_uint_eq(get32(options + 8), CLOCK + client->next);
	client->echo = get32(options + 4);
	epoch = (uint32_t)(mxdp_boottime_ns() >> MXDP_EPOCH_SHIFT);
	for (int age = 0; age < 3; age++) {
		client_cookie(client, epoch - (uint32_t)age, &stamp);
		if (client->echo == acknowledged + stamp)
			return;
	}
	ck_abort_msg("the timestamp does not say what is expected next");
}

static size_t check_ip(const struct client *client, const struct frame *reply, size_t at)
{
	const uint8_t *ip = reply->bytes + at;
	uint8_t from[16], to[16];
	bool v6 = client->kind.v6;

	ck_assert_int_eq(inet_pton(v6 ? AF_INET6 : AF_INET, v6 ? SERVER6 : SERVER4, from), 1);
	ck_assert_int_eq(inet_pton(v6 ? AF_INET6 : AF_INET,
				   client->from ? client->from
				   : v6         ? CLIENT6
						: CLIENT4,
				   to),
			 1);
	if (v6) {
		ck_assert_mem_eq(ip, "\x60\0\0\0", 4);
		ck_assert_uint_eq(get16(ip + 4), reply->length - at - 40);
		ck_assert_mem_eq(ip + 6, "\x06\x40", 2);
		ck_assert_mem_eq(ip + 8, from, 16);
		ck_assert_mem_eq(ip + 24, to, 16);
		return 40;
	}
	ck_assert_mem_eq(ip, "\x45\0", 2);
	ck_assert_uint_eq(get16(ip + 2), reply->length - at);
	ck_assert_mem_eq(ip + 4, "\0\0\x40\0\x40\x06", 6);
	ck_assert_uint_eq(checksum(ip, 20, 0), 0xffff);
	ck_assert_mem_eq(ip + 12, from, 4);
	ck_assert_mem_eq(ip + 16, to, 4);
	return 20;
}

/* Takes a reply apart. All that is in its headers is checked here. */
static void read_reply(struct client *client, const struct frame *reply, enum client_reply kind,
		       struct answer *answer)
{
	size_t ip = 14 + (client->kind.tagged ? 4 : 0), tcp, length, header;
	const uint8_t *bytes = reply->bytes;
	uint32_t pseudo;

	ck_assert_mem_eq(bytes, "\x06\x06\x06\x06\x06\x06\x02\x02\x02\x02\x02\x02", 12);
	if (client->kind.tagged)
		ck_assert_mem_eq(bytes + 12, "\x81\x00\x00\x64", 4);
	ck_assert_mem_eq(bytes + ip - 2, client->kind.v6 ? "\x86\xdd" : "\x08\x00", 2);
	tcp = ip + check_ip(client, reply, ip);
	length = reply->length - tcp;
	header = (size_t)(bytes[tcp + 12] >> 4) * 4;
	ck_assert_uint_eq(get16(bytes + tcp), 25);
	ck_assert_uint_eq(get16(bytes + tcp + 2), client->port);
	answer->sequence = get32(bytes + tcp + 4);
	answer->acknowledged = get32(bytes + tcp + 8);
	ck_assert_uint_eq(bytes[tcp + 12] & 15, 0);
	answer->flags = bytes[tcp + 13];
	ck_assert_uint_eq(get16(bytes + tcp + 14), 4096);
	ck_assert_uint_eq(get16(bytes + tcp + 18), 0);
	if (kind == CLIENT_BARE_REPLY)
		ck_assert_uint_eq(header, 20);
	else
		check_options(client, bytes + tcp + 20, header - 20, answer->flags & SYN,
			      answer->acknowledged);
	pseudo = checksum(bytes + ip + (client->kind.v6 ? 8 : 12), client->kind.v6 ? 32 : 8,
			  IPPROTO_TCP + (uint32_t)length);
	ck_assert_uint_eq(checksum(bytes + tcp, length, pseudo), 0xffff);
	ck_assert_uint_lt(length - header, sizeof(answer->text));
	memcpy(answer->text, bytes + tcp + header, length - header);
	answer->text[length - header] = '\0';
}

struct answer client_send(struct client *client, unsigned int flags, uint32_t sequence,
			  const char *data)
{
	return client_send_to(client, flags, sequence, data, CLIENT_USUAL_REPLY);
}

struct answer client_send_to(struct client *client, unsigned int flags, uint32_t sequence,
			     const char *data, enum client_reply kind)
{
	static struct frame frame, reply;
	struct answer answer = {0};
	struct outcome outcome;
	uint8_t options[40] = {1, 1, 1};
	struct frame_spec spec = {
		.v6 = client->kind.v6,
		.from = client->from,
		.from_port = client->port,
		.flags = (uint16_t)flags,
		.numbers = true,
		.sequence = sequence,
		.acknowledged = flags & ACK ? client->heard : 0,
		.tags = {client->kind.tagged ? 0x8100 : 0},
		.option_bytes = options,
		.data = data,
		.payload = (unsigned int)strlen(data),
	};

	spec.tcp_options = fill_options(client, flags & SYN, options);
	build_frame(&spec, &frame);
	client->sent = frame.length;
	outcome = harness_exchange(client->harness, frame.bytes, frame.length, &reply);
	answer.counter = outcome.counter;
	answer.frame = reply.length;
	ck_assert_int_eq(outcome.verdict, counter_verdict(outcome.counter));
	if (outcome.verdict == XDP_TX)
		read_reply(client, &reply, kind, &answer);
	return answer;
}

struct answer client_open(struct client *client)
{
	struct answer answer = client_send(client, SYN, client->next, "");

	ck_assert_str_eq(counter_name(answer.counter), "reply_syn_ack");
	ck_assert_uint_eq(answer.flags, SYN | ACK);
	ck_assert_str_eq(answer.text, "");
	ck_assert_uint_le(answer.frame, client->sent);
	client->next++;
	ck_assert_uint_eq(answer.acknowledged, client->next);
	client->heard = answer.sequence + 1;
	answer = client_send(client, ACK, client->next, "");
	ck_assert_str_eq(counter_name(answer.counter), "reply_turn");
	ck_assert_uint_eq(answer.sequence, client->heard);
	ck_assert_uint_eq(answer.acknowledged, client->next);
	client->heard += (uint32_t)strlen(answer.text);
	return answer;
}

struct answer client_say(struct client *client, const char *command)
{
	struct answer answer = client_send(client, ACK | PSH, client->next, command);

	ck_assert_msg(answer.counter == MXDP_COUNT_reply_turn, "%s: counted as %s", command,
		      counter_name(answer.counter));
	client->next += (uint32_t)strlen(command);
	ck_assert_uint_eq(answer.sequence, client->heard);
	ck_assert_uint_eq(answer.acknowledged, client->next);
	client->heard += (uint32_t)strlen(answer.text) + (answer.flags & FIN);
	return answer;
}

void expect_text(const struct answer *answer, uint32_t index, const char *client, int line)
{
	size_t length = strlen(answer->text), from;
	char text[512];

	harness_text(index, client, text, sizeof(text));
	from = strlen(text);
	ck_assert_msg(!strncmp(answer->text, text, from), "line %d: \"%s\" instead of \"%s\"", line,
		      answer->text, text);
	ck_assert_uint_ge(length, from + 2);
	ck_assert_uint_lt(length, from + 2 + MXDP_OFFSET_PERIOD);
	ck_assert_uint_eq(strspn(answer->text + from, " "), length - 2 - from);
	ck_assert_str_eq(answer->text + length - 2, "\r\n");
}

uint32_t client_cookie(const struct client *client, uint32_t epoch, uint32_t *stamp)
{
	bool v6 = client->kind.v6;
	size_t size = v6 ? 16 : 4;
	uint8_t message[40] = {(uint8_t)(client->port >> 8), (uint8_t)client->port, 0, 25};
	uint64_t hash;

	for (int i = 0; i < 4; i++)
		message[4 + i] = (uint8_t)(epoch >> (8 * i));
	ck_assert_int_eq(inet_pton(v6 ? AF_INET6 : AF_INET,
				   client->from ? client->from
				   : v6         ? CLIENT6
						: CLIENT4,
				   message + 8),
			 1);
	ck_assert_int_eq(
		inet_pton(v6 ? AF_INET6 : AF_INET, v6 ? SERVER6 : SERVER4, message + 8 + size), 1);
	hash = siphash(HARNESS_SECRET0, HARNESS_SECRET1, message, 8 + 2 * size);
	*stamp = (uint32_t)(hash >> 32);
	return (uint32_t)hash;
}

uint32_t client_number(const struct client *client, uint32_t epoch)
{
	uint32_t stamp;

	return client_cookie(client, epoch | CHALLENGE_EPOCH, &stamp) & CLIENT_NUMBER_BITS;
}

void client_choose_port(struct client *client)
{
	uint64_t now_ns = mxdp_boottime_ns();
	uint32_t epoch = (uint32_t)(now_ns >> MXDP_EPOCH_SHIFT), stamp, turn;

	for (;; client->port++) {
		client_cookie(client, epoch | CHALLENGE_EPOCH, &stamp);
		turn = (uint32_t)((now_ns / SECOND + stamp) % SPARED_EVERY);
		if (turn == 1 || turn == 2)
			return;
	}
}

struct client client_unspared(const struct harness *harness, const struct client_kind *kind)
{
	struct client client = client_new(harness, kind);

	client_choose_port(&client);
	return client;
}
