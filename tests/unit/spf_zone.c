/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spf_zone.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ANSWER_MAX 1024

struct row {
	struct row *next;
	char *owner;
	int type;
	bool timeout;
	struct mxdp_dns_record record;
	char *target; /* of a CNAME */
};

/* The lookup's handle type is the resolver's opaque one; this is what ours points to. */
struct question {
	struct question *next;
	struct spf_zone *zone;
	char *name;
	enum mxdp_dns_type type;
	mxdp_dns_done done;
	void *context;
};

struct spf_zone {
	uv_loop_t *loop;
	uv_timer_t timer;
	struct row *rows, **last_row;
	struct question *questions;
	size_t asked;
	struct mxdp_dns_answer answer;
	struct mxdp_dns_record records[ANSWER_MAX];
};

static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static char *copy_name(const char *name)
{
	size_t length = strlen(name);

	return must(strndup(name, length && name[length - 1] == '.' ? length - 1 : length));
}

struct spf_zone *spf_zone_new(uv_loop_t *loop)
{
	struct spf_zone *zone = must(calloc(1, sizeof(*zone)));

	zone->loop = loop;
	zone->last_row = &zone->rows;
	zone->timer.data = zone;
	uv_timer_init(loop, &zone->timer);
	return zone;
}

void spf_zone_clear(struct spf_zone *zone)
{
	struct row *next;

	for (struct row *row = zone->rows; row; row = next) {
		next = row->next;
		free(row->owner);
		free(row->target);
		if (row->type == MXDP_DNS_MX)
			free(row->record.mx.name);
		else if (row->type == MXDP_DNS_PTR)
			free(row->record.name);
		else if (row->type == MXDP_DNS_TXT)
			free(row->record.txt.bytes);
		free(row);
	}
	zone->rows = NULL;
	zone->last_row = &zone->rows;
}

void spf_zone_free(struct spf_zone *zone)
{
	uv_close((uv_handle_t *)&zone->timer, NULL);
	while (uv_run(zone->loop, UV_RUN_NOWAIT) && uv_loop_alive(zone->loop))
		;
	spf_zone_clear(zone);
	free(zone);
}

static struct row *add_row(struct spf_zone *zone, const char *owner, int type)
{
	struct row *row = must(calloc(1, sizeof(*row)));

	row->owner = copy_name(owner);
	row->type = type;
	*zone->last_row = row;
	zone->last_row = &row->next;
	return row;
}

void spf_zone_add(struct spf_zone *zone, const char *owner, int type, const char *value)
{
	struct row *row = add_row(zone, owner, type);
	char *end;

	switch (type) {
	case MXDP_DNS_A:
		if (inet_pton(AF_INET, value, &row->record.a) != 1)
			abort();
		break;
	case MXDP_DNS_AAAA:
		if (inet_pton(AF_INET6, value, &row->record.aaaa) != 1)
			abort();
		break;
	case MXDP_DNS_MX:
		row->record.mx.preference = (uint16_t)strtoul(value, &end, 10);
		if (end == value)
			abort();
		row->record.mx.name = copy_name(end + strspn(end, " "));
		break;
	case MXDP_DNS_PTR:
		row->record.name = copy_name(value);
		break;
	case MXDP_DNS_TXT:
		row->record.txt.bytes = must(strdup(value));
		row->record.txt.length = strlen(value);
		break;
	default:
		row->target = copy_name(value);
	}
}

void spf_zone_add_txt(struct spf_zone *zone, const char *owner, const char *bytes, size_t length)
{
	struct row *row = add_row(zone, owner, MXDP_DNS_TXT);

	row->record.txt.bytes = must(calloc(1, length + 1));
	if (length)
		memcpy(row->record.txt.bytes, bytes, length);
	row->record.txt.length = length;
}

void spf_zone_add_timeout(struct spf_zone *zone, const char *owner, int type)
{
	add_row(zone, owner, type)->timeout = true;
}

static int type_number(const char *name)
{
	static const struct {
		const char *name;
		int type;
	} types[] = {
		{"A", MXDP_DNS_A},     {"AAAA", MXDP_DNS_AAAA}, {"MX", MXDP_DNS_MX},
		{"PTR", MXDP_DNS_PTR}, {"TXT", MXDP_DNS_TXT},   {"CNAME", SPF_ZONE_CNAME},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].name, name) == 0)
			return types[i].type;
	abort();
}

void spf_zone_load(struct spf_zone *zone, const char *lines)
{
	char owner[300], type[8];
	int skip;

	while (*lines) {
		size_t length = strcspn(lines, "\n");
		char *value;

		skip = 0;
		if (sscanf(lines, "%299s %7s%n", owner, type, &skip) != 2)
			abort();
		skip += lines[skip] == ' ';
		value = must(strndup(lines + skip, length - (size_t)skip));
		if (strcmp(type, "FAIL") == 0)
			spf_zone_add_timeout(zone, owner, SPF_ZONE_ANY);
		else
			spf_zone_add(zone, owner, type_number(type), value);
		free(value);
		lines += length + (lines[length] == '\n');
	}
}

/* Collects the records of one owner. Returns the target of its CNAME, if that is what it has. */
static const char *collect(struct spf_zone *zone, const char *name, enum mxdp_dns_type type)
{
	struct mxdp_dns_answer *answer = &zone->answer;
	bool any_timeout = false, timeout = false;
	const char *target = NULL;

	answer->status = MXDP_DNS_NXDOMAIN;
	for (const struct row *row = zone->rows; row; row = row->next) {
		if (strcasecmp(row->owner, name) != 0)
			continue;
		if (answer->status == MXDP_DNS_NXDOMAIN)
			answer->status = MXDP_DNS_NODATA;
		any_timeout |= row->timeout && row->type == SPF_ZONE_ANY;
		timeout |= row->timeout && row->type == (int)type;
		if (!row->timeout && row->type == (int)type && answer->count < ANSWER_MAX)
			answer->records[answer->count++] = row->record;
		if (!row->timeout && row->type == SPF_ZONE_CNAME)
			target = row->target;
	}
	if (answer->count)
		answer->status = MXDP_DNS_OK;
	else if (!target && (any_timeout || timeout))
		answer->status = MXDP_DNS_TIMEOUT;
	return answer->count ? NULL : target;
}

const struct mxdp_dns_answer *spf_zone_resolve(struct spf_zone *zone, const char *name,
					       enum mxdp_dns_type type)
{
	struct mxdp_dns_answer *answer = &zone->answer;

	*answer = (struct mxdp_dns_answer){.type = type, .ttl = 60, .records = zone->records};
	for (int links = 0; links < 16; links++) {
		if (strncasecmp(name, "error.", 6) == 0) {
			answer->status = MXDP_DNS_TIMEOUT;
			return answer;
		}
		name = collect(zone, name, type);
		if (!name)
			return answer;
	}
	answer->status = MXDP_DNS_NODATA;
	return answer;
}

static void deliver(uv_timer_t *timer)
{
	struct spf_zone *zone = timer->data;
	struct question *question;

	/* An answer may lead to the next question: it waits for the next turn. */
	while ((question = zone->questions)) {
		zone->questions = question->next;
		question->done(question->context,
			       spf_zone_resolve(zone, question->name, question->type));
		free(question->name);
		free(question);
	}
}

static struct mxdp_query *query(void *context, const char *name, enum mxdp_dns_type type,
				mxdp_dns_done done, void *done_context)
{
	struct spf_zone *zone = context;
	struct question *question = must(calloc(1, sizeof(*question)));

	*question = (struct question){zone->questions, zone, must(strdup(name)), type, done,
				      done_context};
	zone->questions = question;
	zone->asked++;
	uv_timer_start(&zone->timer, deliver, 0, 0);
	return (struct mxdp_query *)question;
}

static void cancel(struct mxdp_query *handle)
{
	struct question *question = (struct question *)handle, **at;

	for (at = &question->zone->questions; *at != question; at = &(*at)->next)
		;
	*at = question->next;
	free(question->name);
	free(question);
}

struct mxdp_spf_lookup spf_zone_lookup(struct spf_zone *zone)
{
	return (struct mxdp_spf_lookup){query, cancel, zone};
}

size_t spf_zone_asked(const struct spf_zone *zone)
{
	return zone->asked;
}
