/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * odd_dns ADDRESS PORT FILE: a name server of one zone that does as the word in FILE says, which is
 * read anew for each question:
 *
 *   silent | servfail | refused | nxdomain    to every question
 *   A.B.C.D                                   this address is the answer to every question
 *   list A.B.C.D [LABELS]                     a list as RFC 5782 wants it: 127.0.0.2 is listed with
 *                                             this answer, and what ends in LABELS.ZONE
 *
 * UDP only; answers live one second.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define HEADER      12
#define TEST_ENTRY  "2.0.0.127"
#define RCODE_FAIL  2
#define RCODE_NAME  3
#define RCODE_NO    5
#define PACKET_MAX  512
#define ANSWER_SIZE 16

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

/* Turns the question in `packet` into its answer; returns its length, 0 for silence. */
static size_t answer(uint8_t packet[PACKET_MAX], size_t length, const char *path)
{
	struct behaviour behaviour;
	const char *address;
	char name[256];
	size_t question;
	uint8_t rcode;

	question = length > HEADER ? read_question(packet, length, name) : 0;
	read_behaviour(path, &behaviour);
	if (!question || HEADER + question + ANSWER_SIZE > PACKET_MAX ||
	    !strcmp(behaviour.word, "silent"))
		return 0;
	address = decide(name, &behaviour, &rcode);
	length = HEADER + question;
	packet[2] = 0x84; /* an authoritative response */
	packet[3] = rcode;
	memset(packet + 6, 0, HEADER - 6);
	/* Only type A has records. */
	if (address && packet[length - 3] == 1) {
		const uint8_t record[] = {0xc0, HEADER, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4};

		packet[7] = 1;
		memcpy(packet + length, record, sizeof(record));
		inet_pton(AF_INET, address, packet + length + sizeof(record));
		length += ANSWER_SIZE;
	}
	return length;
}

int main(int argc, char **argv)
{
	struct sockaddr_in here = {.sin_family = AF_INET}, there;
	uint8_t packet[PACKET_MAX];
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (argc != 4 || inet_pton(AF_INET, argv[1], &here.sin_addr) != 1)
		return 2;
	here.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)))
		return 1;
	for (;;) {
		socklen_t size = sizeof(there);
		ssize_t length =
			recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&there, &size);
		size_t reply = length > 0 ? answer(packet, (size_t)length, argv[3]) : 0;

		if (reply)
			sendto(fd, packet, reply, 0, (struct sockaddr *)&there, size);
	}
}
