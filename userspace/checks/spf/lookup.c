/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lookup.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* More than an evaluation within its limits can need: 11 terms with 11 names each, and some TXT. */
#define ENTRIES_MAX 256

/* What a record can be used for ends here; the rest of a longer TXT record is not kept. */
#define TXT_KEPT 4096

#define ESCAPED (2 * MXDP_DNS_NAME)

struct entry {
	char name[MXDP_DNS_NAME];
	enum mxdp_dns_type type;
	bool asked;
	struct mxdp_query *query; /* NULL once answered */
	struct mxdp_spf_memo *memo;
	struct mxdp_dns_answer answer; /* records are owned */
};

struct mxdp_spf_memo {
	struct mxdp_spf_lookup lookup;
	void (*answered)(void *context);
	void *context;
	size_t count, outstanding;
	struct entry *entries[ENTRIES_MAX];
};

static const struct mxdp_dns_answer bad_name = {.status = MXDP_DNS_BADNAME};
static const struct mxdp_dns_answer too_many = {.status = MXDP_DNS_BUSY};

/* The resolver reads presentation form, where a backslash escapes (RFC 1035 5.1). */
static void escape(const char *name, char escaped[ESCAPED])
{
	size_t length = 0;

	for (; *name && length < ESCAPED - 2; name++) {
		if (*name == '\\')
			escaped[length++] = '\\';
		escaped[length++] = *name;
	}
	escaped[length] = '\0';
}

static struct mxdp_query *resolver_query(void *context, const char *name, enum mxdp_dns_type type,
					 mxdp_dns_done done, void *done_context)
{
	char escaped[ESCAPED];

	escape(name, escaped);
	return mxdp_resolver_query(context, escaped, type, done, done_context);
}

static struct mxdp_query *resolver_query_anew(void *context, const char *name,
					      enum mxdp_dns_type type, mxdp_dns_done done,
					      void *done_context)
{
	char escaped[ESCAPED];

	escape(name, escaped);
	mxdp_resolver_forget(context, escaped, type);
	return mxdp_resolver_query(context, escaped, type, done, done_context);
}

struct mxdp_spf_lookup mxdp_spf_lookup_resolver(struct mxdp_resolver *resolver)
{
	return (struct mxdp_spf_lookup){
		.query = resolver_query, .cancel = mxdp_query_cancel, .context = resolver};
}

struct mxdp_spf_lookup mxdp_spf_lookup_anew(struct mxdp_resolver *resolver)
{
	return (struct mxdp_spf_lookup){
		.query = resolver_query_anew, .cancel = mxdp_query_cancel, .context = resolver};
}

bool mxdp_spf_name_valid(const char *name)
{
	size_t length = strlen(name), label = 0;

	if (length == 0 || length > 253)
		return false;
	for (size_t i = 0; i <= length; i++) {
		if (name[i] != '.' && name[i] != '\0') {
			label++;
			continue;
		}
		if (label == 0 || label > 63)
			return false;
		label = 0;
	}
	return true;
}

struct mxdp_spf_memo *mxdp_spf_memo_new(const struct mxdp_spf_lookup *lookup,
					void (*answered)(void *context), void *context)
{
	struct mxdp_spf_memo *memo = calloc(1, sizeof(*memo));

	if (!memo)
		return NULL;
	memo->lookup = *lookup;
	memo->answered = answered;
	memo->context = context;
	return memo;
}

static char *record_text(enum mxdp_dns_type type, const struct mxdp_dns_record *record)
{
	if (type == MXDP_DNS_MX)
		return record->mx.name;
	if (type == MXDP_DNS_PTR)
		return record->name;
	return type == MXDP_DNS_TXT ? record->txt.bytes : NULL;
}

static void free_records(struct mxdp_dns_answer *answer)
{
	for (size_t i = 0; i < answer->count; i++)
		free(record_text(answer->type, &answer->records[i]));
	free(answer->records);
	answer->records = NULL;
	answer->count = 0;
}

void mxdp_spf_memo_free(struct mxdp_spf_memo *memo)
{
	if (!memo)
		return;
	for (size_t i = 0; i < memo->count; i++) {
		struct entry *entry = memo->entries[i];

		if (entry->query)
			memo->lookup.cancel(entry->query);
		free_records(&entry->answer);
		free(entry);
	}
	free(memo);
}

static bool copy_record(enum mxdp_dns_type type, struct mxdp_dns_record *to,
			const struct mxdp_dns_record *from)
{
	size_t length;

	*to = *from;
	switch (type) {
	case MXDP_DNS_MX:
		to->mx.name = strdup(from->mx.name);
		return to->mx.name;
	case MXDP_DNS_PTR:
		to->name = strdup(from->name);
		return to->name;
	case MXDP_DNS_TXT:
		length = from->txt.length < TXT_KEPT ? from->txt.length : TXT_KEPT;
		to->txt.bytes = malloc(length + 1);
		if (!to->txt.bytes)
			return false;
		memcpy(to->txt.bytes, from->txt.bytes, length);
		to->txt.bytes[length] = '\0';
		to->txt.length = length;
		return true;
	default:
		return true;
	}
}

/* An answer that cannot be kept becomes a failure of DNS, which is a temporary error. */
static void copy_answer(struct entry *entry, const struct mxdp_dns_answer *answer)
{
	struct mxdp_dns_answer *copy = &entry->answer;

	copy->status = answer->status;
	copy->ttl = answer->ttl;
	if (answer->status != MXDP_DNS_OK)
		return;
	copy->records = calloc(answer->count + 1, sizeof(*copy->records));
	if (!copy->records) {
		copy->status = MXDP_DNS_SERVFAIL;
		return;
	}
	for (size_t i = 0; i < answer->count; i++) {
		if (!copy_record(entry->type, &copy->records[i], &answer->records[i])) {
			free_records(copy);
			copy->status = MXDP_DNS_SERVFAIL;
			return;
		}
		copy->count++;
	}
	if (!copy->count)
		copy->status = MXDP_DNS_NODATA;
}

static void on_answer(void *context, const struct mxdp_dns_answer *answer)
{
	struct entry *entry = context;
	struct mxdp_spf_memo *memo = entry->memo;

	entry->query = NULL;
	copy_answer(entry, answer);
	/* The owner may free the memo in here. */
	if (--memo->outstanding == 0)
		memo->answered(memo->context);
}

static struct entry *add(struct mxdp_spf_memo *memo, const char *name, size_t length,
			 enum mxdp_dns_type type)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	memcpy(entry->name, name, length);
	entry->type = entry->answer.type = type;
	entry->memo = memo;
	memo->entries[memo->count++] = entry;
	return entry;
}

const struct mxdp_dns_answer *mxdp_spf_memo_get(struct mxdp_spf_memo *memo, const char *name,
						enum mxdp_dns_type type)
{
	char plain[MXDP_DNS_NAME];
	size_t length = strlen(name);

	if (length && name[length - 1] == '.')
		length--;
	if (length >= sizeof(plain))
		return &bad_name;
	memcpy(plain, name, length);
	plain[length] = '\0';
	if (!mxdp_spf_name_valid(plain))
		return &bad_name;
	for (size_t i = 0; i < memo->count; i++) {
		const struct entry *entry = memo->entries[i];

		if (entry->type == type && strcasecmp(entry->name, plain) == 0)
			return entry->asked && !entry->query ? &entry->answer : NULL;
	}
	if (memo->count == ENTRIES_MAX || !add(memo, plain, length, type))
		return &too_many;
	return NULL;
}

size_t mxdp_spf_memo_ask(struct mxdp_spf_memo *memo)
{
	for (size_t i = 0; i < memo->count; i++) {
		struct entry *entry = memo->entries[i];

		if (entry->asked)
			continue;
		entry->asked = true;
		entry->query = memo->lookup.query(memo->lookup.context, entry->name, entry->type,
						  on_answer, entry);
		if (entry->query)
			memo->outstanding++;
		else
			entry->answer.status = MXDP_DNS_BUSY;
	}
	return memo->outstanding;
}

size_t mxdp_spf_memo_asked(const struct mxdp_spf_memo *memo)
{
	size_t asked = 0;

	for (size_t i = 0; i < memo->count; i++)
		asked += memo->entries[i]->asked;
	return asked;
}
