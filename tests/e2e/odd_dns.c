/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * odd_dns ADDRESS PORT FILE: a name server of one zone that does as the word in FILE says, which is
 * read anew for each question:
 *
 *   silent | servfail | refused | nxdomain    to every question
 *   late                                      127.0.0.2, after nine seconds
 *   truncated | garbage                       an answer that is cut short, or no DNS at all
 *   chain                                     a CNAME to another name, and that to the first, for
 * ever many                                      as many addresses as a packet holds, from
 * 127.0.0.2 on A.B.C.D                                   this address is the answer to every
 * question list A.B.C.D [LABELS]                     a list as RFC 5782 wants it: 127.0.0.2 is
 * listed with this answer, and what ends in LABELS.ZONE
 *
 * UDP only; answers live one second.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER      12
#define TEST_ENTRY  "2.0.0.127"
#define RCODE_FAIL  2
#define RCODE_NAME  3
#define RCODE_NO    5
#define PACKET_MAX  1232 /* what the resolver announces (EDNS) */
#define ANSWER_SIZE 16
#define CHAIN_SIZE  28
#define LATE        9 /* seconds */

struct behaviour {
	char word[32], address[32], labels[64];
};

static void read_behaviour(const char *path, struct behaviour *behaviour)
{
	FILE *file = fopen(path, "r");

	memset(behaviour, 0, sizeof(*behaviour));
	if (file && fscanf(file, "%31s %31s %63s", behaviour->word, behaviour->address,
			   behaviour->labels) < 1)
		strncpy(behaviour->word, "silent", sizeof(behaviour->word) - 1);
	if (file)
		fclose(file);
}

/* The question's name with dots; returns the length of the question in bytes, 0 when malformed. */
static size_t read_question(const uint8_t *packet, size_t length, char name[256])
{
	size_t at = HEADER, used = 0;

	while (at < length && packet[at]) {
		const size_t label = packet[at];

		if (label > 63 || at + 1 + label >= length || used + label + 2 > 256)
			return 0;
		memcpy(name + used, packet + at + 1, label);
		used += label;
		name[used++] = '.';
		at += 1 + label;
	}
	name[used] = '\0';
	return at + 5 <= length ? at + 5 - HEADER : 0;
}

static bool is_listed(const char *name, const struct behaviour *behaviour)
{
	const char *labels = behaviour->labels;

	if (!strncmp(name, TEST_ENTRY ".", sizeof(TEST_ENTRY)))
		return true;
	return *labels && strstr(name, labels);
}

/* What to answer: the address, or none and the response code. */
static const char *decide(const char *name, const struct behaviour *behaviour, uint8_t *rcode)
{
	*rcode = 0;
	if (!strcmp(behaviour->word, "servfail"))
		*rcode = RCODE_FAIL;
	else if (!strcmp(behaviour->word, "refused"))
		*rcode = RCODE_NO;
	else if (!strcmp(behaviour->word, "nxdomain"))
		*rcode = RCODE_NAME;
	else if (strcmp(behaviour->word, "list") != 0)
		return behaviour->word;
	else if (is_listed(name, behaviour))
		return behaviour->address;
	else
		*rcode = RCODE_NAME;
	return NULL;
}

static size_t add_address(uint8_t packet[PACKET_MAX], size_t length, struct in_addr address)
{
	const uint8_t record[] = {0xc0, HEADER, 0, 1, 0, 1, 0, 0, 0, 1, 0, sizeof(address)};

	memcpy(packet + length, record, sizeof(record));
	memcpy(packet + length + sizeof(record), &address, sizeof(address));
	return length + ANSWER_SIZE;
}

/* The name that was asked is x.THAT NAME's alias, which is the name's alias. */
static size_t add_chain(uint8_t packet[PACKET_MAX], size_t length)
{
	const uint8_t second = (uint8_t)(length + 12);
	const uint8_t records[CHAIN_SIZE] = {
		0xc0, HEADER, 0,    5,      0, 1, 0, 0, 0, 1, 0, 4, 1, 'x',
		0xc0, HEADER, 0xc0, second, 0, 5, 0, 1, 0, 0, 0, 1, 0, 2,
	};

	memcpy(packet + length, records, sizeof(records));
	length += sizeof(records);
	packet[length++] = 0xc0;
	packet[length++] = HEADER;
	packet[7] = 2;
	return length;
}

/* Only type A has records. */
static size_t add_records(uint8_t packet[PACKET_MAX], size_t length, const char *word)
{
	struct in_addr address;
	uint16_t count = 0;

	if (!strcmp(word, "chain"))
		return add_chain(packet, length);
	if (packet[length - 3] != 1)
		return length;
	inet_pton(AF_INET, !strcmp(word, "many") ? "127.0.0.2" : word, &address);
	do {
		length = add_address(packet, length, address);
		address.s_addr = htonl(ntohl(address.s_addr) + 1);
		count++;
	} while (!strcmp(word, "many") && length + ANSWER_SIZE <= PACKET_MAX);
	packet[6] = (uint8_t)(count >> 8);
	packet[7] = (uint8_t)count;
	return length;
}

/* Turns the question in `packet` into its answer; returns its length, 0 for silence. */
static size_t answer(uint8_t packet[PACKET_MAX], size_t length, const struct behaviour *behaviour)
{
	const char *word;
	char name[256];
	size_t question;
	uint8_t rcode;

	question = length > HEADER ? read_question(packet, length, name) : 0;
	if (!question || !strcmp(behaviour->word, "silent"))
		return 0;
	word = decide(name, behaviour, &rcode);
	length = HEADER + question;
	packet[2] = 0x84; /* an authoritative response */
	packet[3] = rcode;
	memset(packet + 6, 0, HEADER - 6);
	if (!word)
		return length;
	if (!strcmp(word, "truncated")) {
		packet[2] |= 0x02;
		return length;
	}
	if (!strcmp(word, "garbage")) {
		packet[7] = 9;
		memset(packet + length, 0xff, HEADER);
		return length + HEADER;
	}
	return add_records(packet, length, !strcmp(word, "late") ? "127.0.0.2" : word);
}

static void serve(int fd, const char *path)
{
	struct behaviour behaviour;
	struct sockaddr_in there;
	uint8_t packet[PACKET_MAX];
	socklen_t size = sizeof(there);
	ssize_t length = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&there, &size);
	size_t reply;

	read_behaviour(path, &behaviour);
	reply = length > 0 ? answer(packet, (size_t)length, &behaviour) : 0;
	if (!reply)
		return;
	/* The others are not to wait. */
	if (!strcmp(behaviour.word, "late")) {
		if (fork() != 0)
			return;
		sleep(LATE);
	}
	sendto(fd, packet, reply, 0, (struct sockaddr *)&there, size);
	if (!strcmp(behaviour.word, "late"))
		_exit(0);
}

int main(int argc, char **argv)
{
	struct sockaddr_in here = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (argc != 4 || inet_pton(AF_INET, argv[1], &here.sin_addr) != 1)
		return 2;
	here.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)))
		return 1;
	signal(SIGCHLD, SIG_IGN);
	for (;;)
		serve(fd, argv[3]);
}
