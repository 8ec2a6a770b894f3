/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "answer.h"

#include <ares.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEADER_LENGTH  12
#define CLASS_IN       1
#define TYPE_CNAME     5
#define TYPE_SOA       6
#define RCODE_NOERROR  0
#define RCODE_NXDOMAIN 3

/* A message being read. Names are expanded by c-ares, which keeps within `length`. */
struct message {
	const uint8_t *bytes;
	size_t length;
	size_t at;
};

struct record {
	char *owner; /* owned */
	uint16_t type, class;
	uint32_t ttl;
	size_t data, data_length; /* within the message */
};

struct mxdp_shared_answer *mxdp_answer_new(enum mxdp_dns_type type, enum mxdp_dns_status status)
{
	struct mxdp_shared_answer *shared = calloc(1, sizeof(*shared));

	if (shared == NULL)
		return NULL;
	shared->references = 1;
	shared->answer.type = type;
	shared->answer.status = status;
	return shared;
}

struct mxdp_shared_answer *mxdp_answer_ref(struct mxdp_shared_answer *shared)
{
	shared->references++;
	return shared;
}

static void drop_records(struct mxdp_dns_answer *answer)
{
	for (size_t i = 0; i < answer->count; i++) {
		struct mxdp_dns_record *record = &answer->records[i];

		switch (answer->type) {
		case MXDP_DNS_PTR:
			free(record->name);
			break;
		case MXDP_DNS_MX:
			free(record->mx.name);
			break;
		case MXDP_DNS_TXT:
			free(record->txt.bytes);
			break;
		case MXDP_DNS_A:
		case MXDP_DNS_AAAA:
			break;
		}
	}
	free(answer->records);
	answer->records = NULL;
	answer->count = 0;
}

void mxdp_answer_unref(struct mxdp_shared_answer *shared)
{
	if (shared == NULL || --shared->references > 0)
		return;
	drop_records(&shared->answer);
	free(shared);
}

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static uint32_t get32(const uint8_t *bytes)
{
	return (uint32_t)get16(bytes) << 16 | get16(bytes + 2);
}

/* RFC 2181 8: a TTL with the highest bit set is no TTL. */
static uint32_t get_ttl(const uint8_t *bytes)
{
	uint32_t ttl = get32(bytes);

	return ttl > INT32_MAX ? 0 : ttl;
}

/* A copy of the name at `at` for free(), not for ares_free_string(); -EBADMSG or -ENOMEM. */
static int expand(const struct message *message, size_t at, char **name, size_t *used)
{
	char *expanded;
	long length;
	int status;

	if (at >= message->length)
		return -EBADMSG;
	status = ares_expand_name(message->bytes + at, message->bytes, (int)message->length,
				  &expanded, &length);
	if (status != ARES_SUCCESS)
		return status == ARES_ENOMEM ? -ENOMEM : -EBADMSG;
	*name = strdup(expanded);
	ares_free_string(expanded);
	if (*name == NULL)
		return -ENOMEM;
	*used = (size_t)length;
	return 0;
}

static int read_record(struct message *message, struct record *record)
{
	const uint8_t *fixed;
	size_t used;
	int error;

	error = expand(message, message->at, &record->owner, &used);
	if (error)
		return error;
	if (message->length - message->at < used + 10)
		goto cut;
	fixed = message->bytes + message->at + used;
	record->type = get16(fixed);
	record->class = get16(fixed + 2);
	record->ttl = get_ttl(fixed + 4);
	record->data_length = get16(fixed + 8);
	record->data = message->at + used + 10;
	if (message->length - record->data < record->data_length)
		goto cut;
	message->at = record->data + record->data_length;
	return 0;
cut:
	free(record->owner);
	return -EBADMSG;
}

/* A name that fills the record's data from `offset` to its end. */
static int read_name(const struct message *message, const struct record *record, size_t offset,
		     char **name)
{
	size_t used;
	int error;

	if (record->data_length <= offset)
		return -EBADMSG;
	error = expand(message, record->data + offset, name, &used);
	if (error)
		return error;
	if (used != record->data_length - offset) {
		free(*name);
		*name = NULL;
		return -EBADMSG;
	}
	return 0;
}

/* RFC 1035 3.3.14: one or more strings, each led by its length. */
static int read_txt(const struct message *message, const struct record *record,
		    struct mxdp_dns_record *out)
{
	const uint8_t *from = message->bytes + record->data;
	const uint8_t *end = from + record->data_length;
	char *bytes;
	size_t length = 0;

	if (from == end)
		return -EBADMSG;
	bytes = malloc(record->data_length + 1);
	if (bytes == NULL)
		return -ENOMEM;
	while (from < end) {
		size_t part = *from++;

		if ((size_t)(end - from) < part) {
			free(bytes);
			return -EBADMSG;
		}
		memcpy(bytes + length, from, part);
		length += part;
		from += part;
	}
	bytes[length] = '\0';
	out->txt.bytes = bytes;
	out->txt.length = length;
	return 0;
}

static int read_data(const struct message *message, const struct record *record,
		     struct mxdp_dns_record *out)
{
	const uint8_t *data = message->bytes + record->data;

	switch ((enum mxdp_dns_type)record->type) {
	case MXDP_DNS_A:
		if (record->data_length != sizeof(out->a))
			return -EBADMSG;
		memcpy(&out->a, data, sizeof(out->a));
		return 0;
	case MXDP_DNS_AAAA:
		if (record->data_length != sizeof(out->aaaa))
			return -EBADMSG;
		memcpy(&out->aaaa, data, sizeof(out->aaaa));
		return 0;
	case MXDP_DNS_PTR:
		return read_name(message, record, 0, &out->name);
	case MXDP_DNS_MX:
		if (record->data_length < 2)
			return -EBADMSG;
		out->mx.preference = get16(data);
		return read_name(message, record, 2, &out->mx.name);
	case MXDP_DNS_TXT:
		return read_txt(message, record, out);
	}
	return -EBADMSG;
}

static int add_record(struct mxdp_dns_answer *answer, const struct message *message,
		      const struct record *record)
{
	int error;

	/* Grown by doubling: reallocated whenever the count is a power of two. */
	if ((answer->count & (answer->count - 1)) == 0) {
		size_t places = answer->count == 0 ? 1 : answer->count * 2;
		struct mxdp_dns_record *grown;

		grown = reallocarray(answer->records, places, sizeof(*grown));
		if (grown == NULL)
			return -ENOMEM;
		answer->records = grown;
	}
	error = read_data(message, record, &answer->records[answer->count]);
	if (!error)
		answer->count++;
	return error;
}

/* Takes over the records that belong to the name `*wanted` or to where its CNAMEs lead. */
static int take_answer_record(struct mxdp_dns_answer *answer, const struct message *message,
			      const struct record *record, char **wanted)
{
	char *target;
	int error;

	if (record->class != CLASS_IN || strcasecmp(record->owner, *wanted) != 0)
		return 0;
	if (record->type == answer->type) {
		if (answer->count >= MXDP_DNS_RECORDS_MAX)
			return 0;
		error = add_record(answer, message, record);
	} else if (record->type == TYPE_CNAME) {
		error = read_name(message, record, 0, &target);
		if (!error) {
			free(*wanted);
			*wanted = target;
		}
	} else {
		return 0;
	}
	if (!error && record->ttl < answer->ttl)
		answer->ttl = record->ttl;
	return error;
}

/* RFC 2308 5: a negative answer lives as long as the lesser of the SOA's TTL and minimum. */
static int take_soa(const struct message *message, const struct record *record, uint32_t *ttl)
{
	uint32_t minimum;

	if (record->class != CLASS_IN || record->type != TYPE_SOA)
		return 0;
	if (record->data_length < 22) /* two names and five numbers */
		return -EBADMSG;
	minimum = get_ttl(message->bytes + record->data + record->data_length - 4);
	*ttl = record->ttl < minimum ? record->ttl : minimum;
	return 0;
}

static int read_sections(struct mxdp_dns_answer *answer, struct message *message, char **wanted)
{
	unsigned int answers = get16(message->bytes + 6);
	unsigned int authorities = get16(message->bytes + 8);
	uint32_t negative_ttl = 0;
	int error = 0;

	answer->ttl = INT32_MAX;
	for (unsigned int i = 0; i < answers + authorities && !error; i++) {
		struct record record;

		error = read_record(message, &record);
		if (error)
			break;
		if (i < answers)
			error = take_answer_record(answer, message, &record, wanted);
		else
			error = take_soa(message, &record, &negative_ttl);
		free(record.owner);
	}
	if (!error && answer->count == 0)
		answer->ttl = negative_ttl;
	return error;
}

static int read_message(struct mxdp_dns_answer *answer, struct message *message)
{
	unsigned int rcode;
	char *wanted;
	size_t used;
	int error;

	if (message->length < HEADER_LENGTH || message->length > INT_MAX)
		return -EBADMSG;
	rcode = message->bytes[3] & 0x0f;
	if (rcode != RCODE_NOERROR && rcode != RCODE_NXDOMAIN)
		return -EBADMSG;
	if (get16(message->bytes + 4) != 1) /* exactly our question */
		return -EBADMSG;
	error = expand(message, HEADER_LENGTH, &wanted, &used);
	if (error)
		return error;
	message->at = HEADER_LENGTH + used + 4;
	if (message->at > message->length)
		error = -EBADMSG;
	else
		error = read_sections(answer, message, &wanted);
	free(wanted);
	if (error)
		return error;
	if (rcode == RCODE_NXDOMAIN)
		answer->status = MXDP_DNS_NXDOMAIN;
	else
		answer->status = answer->count > 0 ? MXDP_DNS_OK : MXDP_DNS_NODATA;
	return 0;
}

struct mxdp_shared_answer *mxdp_answer_read(enum mxdp_dns_type type, const uint8_t *bytes,
					    size_t length)
{
	struct mxdp_shared_answer *shared = mxdp_answer_new(type, MXDP_DNS_SERVFAIL);
	struct message message = {.bytes = bytes, .length = length};
	int error;

	if (shared == NULL)
		return NULL;
	error = read_message(&shared->answer, &message);
	if (error == -ENOMEM) {
		mxdp_answer_unref(shared);
		return NULL;
	}
	/* NXDOMAIN says that there are no records, whatever else the message holds. */
	if (error || shared->answer.status == MXDP_DNS_NXDOMAIN)
		drop_records(&shared->answer);
	if (error) {
		shared->answer.status = MXDP_DNS_SERVFAIL;
		shared->answer.ttl = 0;
	}
	return shared;
}
