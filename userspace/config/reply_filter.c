/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reply_filter.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <arpa/inet.h>

#define OCTET_MAX 255

struct reader {
	const char *at;
	const char *fault;
};

static bool read_number(struct reader *reader, unsigned int *number)
{
	const char *first = reader->at;

	*number = 0;
	while (*reader->at >= '0' && *reader->at <= '9') {
		*number = *number * 10 + (unsigned int)(*reader->at++ - '0');
		if (*number > OCTET_MAX) {
			reader->fault = "a number is greater than 255";
			return false;
		}
	}
	if (reader->at == first) {
		reader->fault = "a number from 0 to 255 is missing";
		return false;
	}
	if (*first == '0' && reader->at - first > 1) {
		reader->fault = "a number has a leading zero";
		return false;
	}
	return true;
}

/* NUMBER or, inside brackets, NUMBER..NUMBER. */
static bool read_range(struct reader *reader, bool bracketed, uint64_t octet[4])
{
	unsigned int low, high;

	if (!read_number(reader, &low))
		return false;
	high = low;
	if (bracketed && strncmp(reader->at, "..", 2) == 0) {
		reader->at += 2;
		if (!read_number(reader, &high))
			return false;
		if (high < low) {
			reader->fault = "a range ends below its start";
			return false;
		}
	}
	for (unsigned int number = low; number <= high; number++)
		octet[number / 64] |= UINT64_C(1) << (number % 64);
	return true;
}

static bool read_octet(struct reader *reader, uint64_t octet[4])
{
	if (*reader->at != '[')
		return read_range(reader, false, octet);
	do {
		reader->at++;
		if (!read_range(reader, true, octet))
			return false;
	} while (*reader->at == ';');
	if (*reader->at != ']') {
		reader->fault = "in brackets only numbers and ranges are allowed, "
				"separated by ';' and closed by ']'";
		return false;
	}
	reader->at++;
	return true;
}

int mxdp_dnsbl_filter_parse(const char *text, struct mxdp_dnsbl_filter *filter, const char **fault)
{
	struct reader reader = {.at = text};
	struct mxdp_dnsbl_filter read = {0};

	for (int i = 0; i < 4; i++) {
		if (i > 0 && *reader.at++ != '.') {
			reader.fault = "four octets separated by '.' are needed; "
				       "ranges go into brackets, as in 127.0.0.[2..11]";
			break;
		}
		if (!read_octet(&reader, read.octets[i]))
			break;
	}
	if (reader.fault == NULL && *reader.at != '\0')
		reader.fault = "there is more text after the fourth octet";
	if (fault != NULL)
		*fault = reader.fault;
	if (reader.fault != NULL)
		return -EINVAL;
	*filter = read;
	return 0;
}

bool mxdp_dnsbl_filter_is_useful(const struct mxdp_dnsbl_filter *filter)
{
	return filter->octets[0][IN_LOOPBACKNET / 64] >> (IN_LOOPBACKNET % 64) & 1;
}

bool mxdp_dnsbl_filter_match(const struct mxdp_dnsbl_filter *filter, struct in_addr reply)
{
	uint32_t address = ntohl(reply.s_addr);

	for (int i = 0; i < 4; i++) {
		unsigned int octet = address >> (24 - 8 * i) & 0xff;

		if (!(filter->octets[i][octet / 64] >> (octet % 64) & 1))
			return false;
	}
	return true;
}

const char *mxdp_dnsbl_reply_fault(struct in_addr reply)
{
	uint32_t address = ntohl(reply.s_addr);

	if (address >> 24 != 127)
		return "an address outside 127.0.0.0/8: the zone is dead, for sale, or the "
		       "resolver rewrites answers; remove the zone or change the resolver";
	if (address == 0x7ffffffc) /* 127.255.255.252 */
		return "the list does not know the name that was asked: correct the zone's name";
	if (address == 0x7ffffffe) /* 127.255.255.254 */
		return "the list refuses questions through a public resolver: "
		       "use a resolver of your own or an account key";
	if (address == 0x7fffffff) /* 127.255.255.255 */
		return "too many questions: the list wants an account key or a local copy";
	if (address >> 8 == 0x7fffff)
		return "the list refuses to answer: look up the code at its operator";
	if (address == 0x7f0000ff)
		return "the list refuses to answer (over quota or a public resolver): "
		       "use a resolver of your own or subscribe";
	if (address == 0x7f000001)
		return "127.0.0.1, which no list may answer (RFC 5782 5): "
		       "the zone is broken or gone; remove it";
	return NULL;
}
