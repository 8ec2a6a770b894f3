/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libFuzzer target for SPF: records, DNS answers and macros as an attacker would choose them.
 *
 * An input is lines. The first is "ADDRESS HELO SENDER"; each other one "OWNER TYPE VALUE" adds a
 * record (TXT, A, AAAA, MX, PTR; TYPE "FAIL" makes the owner's DNS fail). A name that nobody owns
 * is answered with the records of some other owner, so that changed names still lead somewhere.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "userspace/checks/spf/spf.h"
#include "userspace/checks/spf/eval.h"
#include "userspace/checks/spf/ranges.h"

#define ROWS_MAX    128
#define ANSWER_MAX  64
#define PENDING_MAX 256

/* libspf2 leaks nothing that grows; more runs than this would mean no progress. */
#define RUNS_MAX 300

struct row {
	char owner[MXDP_DNS_NAME];
	char type[5];
	const uint8_t *value;
	size_t length;
};

struct pending {
	char name[MXDP_DNS_NAME];
	enum mxdp_dns_type type;
	mxdp_dns_done done;
	void *context;
};

struct world {
	size_t row_count, pending_count;
	struct row rows[ROWS_MAX];
	struct pending pending[PENDING_MAX];
};

static void check(bool right)
{
	if (!right)
		abort();
}

/* Cuts the next field, ended by `end` or the input's end, off the front. */
static size_t field(const uint8_t **data, size_t *size, char end, char *out, size_t out_size)
{
	const uint8_t *stop = memchr(*data, end, *size);
	size_t length = stop ? (size_t)(stop - *data) : *size;
	size_t kept = length < out_size ? length : out_size - 1;

	memcpy(out, *data, kept);
	out[kept] = '\0';
	*data += length + (stop != NULL);
	*size -= length + (stop != NULL);
	return kept;
}

static void read_rows(struct world *world, const uint8_t *data, size_t size)
{
	while (size && world->row_count < ROWS_MAX) {
		const uint8_t *line = data, *stop = memchr(data, '\n', size);
		size_t length = stop ? (size_t)(stop - data) : size;
		struct row *row = &world->rows[world->row_count++];

		data += length + (stop != NULL);
		size -= length + (stop != NULL);
		field(&line, &length, ' ', row->owner, sizeof(row->owner));
		field(&line, &length, ' ', row->type, sizeof(row->type));
		row->value = line;
		row->length = length;
	}
}

static bool set_record(const struct row *row, enum mxdp_dns_type type,
		       struct mxdp_dns_record *record, char *text)
{
	size_t length = row->length < MXDP_DNS_NAME ? row->length : MXDP_DNS_NAME - 1;

	memcpy(text, row->value, length);
	text[length] = '\0';
	switch (type) {
	case MXDP_DNS_A:
		return inet_pton(AF_INET, text, &record->a) == 1;
	case MXDP_DNS_AAAA:
		return inet_pton(AF_INET6, text, &record->aaaa) == 1;
	case MXDP_DNS_MX:
		record->mx.name = text;
		return true;
	case MXDP_DNS_PTR:
		record->name = text;
		return true;
	default:
		return false;
	}
}

static void answer(struct world *world, const struct pending *pending)
{
	static struct mxdp_dns_record records[ANSWER_MAX];
	static char texts[ANSWER_MAX][MXDP_DNS_NAME];
	struct mxdp_dns_answer reply = {.type = pending->type, .ttl = 60, .records = records};
	const char *type = mxdp_dns_type_name(pending->type), *owner = pending->name;
	bool known = false, fails = false;

	for (size_t i = 0; i < world->row_count; i++)
		known |= strcasecmp(world->rows[i].owner, owner) == 0;
	if (!known && world->row_count)
		owner = world->rows[strlen(owner) % world->row_count].owner;
	for (size_t i = 0; i < world->row_count && reply.count < ANSWER_MAX; i++) {
		const struct row *row = &world->rows[i];
		struct mxdp_dns_record *record = &records[reply.count];

		if (strcasecmp(row->owner, owner) != 0)
			continue;
		fails |= strcmp(row->type, "FAIL") == 0;
		if (strcasecmp(row->type, type) != 0)
			continue;
		if (pending->type == MXDP_DNS_TXT) {
			record->txt.bytes = (char *)row->value;
			record->txt.length = row->length;
			reply.count++;
		} else {
			reply.count += set_record(row, pending->type, record, texts[reply.count]);
		}
	}
	reply.status = known ? MXDP_DNS_NODATA : MXDP_DNS_NXDOMAIN;
	if (reply.count)
		reply.status = MXDP_DNS_OK;
	else if (fails)
		reply.status = MXDP_DNS_SERVFAIL;
	pending->done(pending->context, &reply);
}

static struct mxdp_query *query(void *context, const char *name, enum mxdp_dns_type type,
				mxdp_dns_done done, void *done_context)
{
	struct world *world = context;
	struct pending *pending = &world->pending[world->pending_count];

	check(world->pending_count < PENDING_MAX && mxdp_spf_name_valid(name));
	snprintf(pending->name, sizeof(pending->name), "%s", name);
	pending->type = type;
	pending->done = done;
	pending->context = done_context;
	world->pending_count++;
	return (struct mxdp_query *)pending;
}

static void cancel(struct mxdp_query *handle)
{
	(void)handle;
	abort(); /* every question is answered before its memo is freed */
}

static void answer_all(struct world *world)
{
	for (size_t i = 0; i < world->pending_count; i++)
		answer(world, &world->pending[i]);
	world->pending_count = 0;
}

static void on_answered(void *context)
{
	(void)context;
}

static void check_text(const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	check(length < size);
	for (size_t i = 0; i < length; i++)
		check(text[i] >= ' ' && text[i] <= '~');
}

static void check_result(const struct mxdp_spf_question *question,
			 const struct mxdp_spf_result *result)
{
	char header[MXDP_SPF_RECEIVED];

	check(result->terms <= MXDP_SPF_TERMS_MAX + 1);
	check(result->voids <= MXDP_SPF_VOIDS_MAX + 1);
	check_text(result->explanation, sizeof(result->explanation));
	check_text(result->mechanism, sizeof(result->mechanism));
	check_text(result->domain, sizeof(result->domain));
	check_text(result->problem, sizeof(result->problem));
	check(mxdp_spf_received(question, result, header, sizeof(header)) > 0);
	check_text(header, sizeof(header));
}

static void evaluate(struct world *world, const struct mxdp_spf_question *question)
{
	const struct mxdp_spf_lookup lookup = {query, cancel, world};
	struct mxdp_spf_memo *memo = mxdp_spf_memo_new(&lookup, on_answered, NULL);
	struct mxdp_spf_result result;
	int runs = 0;

	while (!mxdp_spf_evaluate(question, memo, &result)) {
		check(++runs < RUNS_MAX);
		mxdp_spf_memo_ask(memo);
		answer_all(world);
	}
	check_result(question, &result);
	mxdp_spf_memo_free(memo);
}

static void walk(struct world *world, const char *domain)
{
	const struct mxdp_spf_lookup lookup = {query, cancel, world};
	struct mxdp_spf_memo *memo = mxdp_spf_memo_new(&lookup, on_answered, NULL);
	struct mxdp_spf_ranges ranges;
	int runs = 0;

	while (!mxdp_spf_ranges_walk(domain, memo, &ranges)) {
		mxdp_spf_ranges_clear(&ranges);
		check(++runs < RUNS_MAX);
		mxdp_spf_memo_ask(memo);
		answer_all(world);
	}
	check(ranges.count <= MXDP_SPF_RANGES_PREFIXES && (!ranges.error || !ranges.count));
	mxdp_spf_ranges_clear(&ranges);
	mxdp_spf_memo_free(memo);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world *world = calloc(1, sizeof(*world));
	char address[64], helo[600], sender[600];
	struct mxdp_spf_question question = {.helo = helo,
					     .sender = sender,
					     .receiver = "mx.example.net",
					     .default_explanation = "not permitted"};
	const char *at;

	check(world);
	field(&data, &size, ' ', address, sizeof(address));
	field(&data, &size, ' ', helo, sizeof(helo));
	field(&data, &size, '\n', sender, sizeof(sender));
	if (mxdp_address_parse(address, &question.client) < 0)
		mxdp_address_parse("192.0.2.1", &question.client);
	read_rows(world, data, size);
	evaluate(world, &question);
	at = strrchr(sender, '@');
	walk(world, at ? at + 1 : sender);
	free(world);
	return 0;
}
