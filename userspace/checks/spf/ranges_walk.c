/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A walk over a domain's record and those it leads to, for the networks they permit (ranges.h). */
#include "ranges.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "spf.h"
#include "identity.h"
#include "record.h"

struct walk {
	struct mxdp_spf_memo *memo;
	struct mxdp_spf_ranges *ranges;
	bool missing;
	size_t domain_count;
	char domains[MXDP_SPF_RANGES_DOMAINS][MXDP_DNS_NAME]; /* walked already */
};

static void walk_domain(struct walk *walk, const char *domain, bool first);

static void fault(struct walk *walk, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void warn(struct walk *walk, const char *domain, struct mxdp_spf_text term,
		 const char *reason);

/* The first fault stands: the others follow from it. */
static void fault(struct walk *walk, int error, const char *format, ...)
{
	va_list arguments;

	if (walk->ranges->error)
		return;
	walk->ranges->error = error;
	va_start(arguments, format);
	vsnprintf(walk->ranges->fault, sizeof(walk->ranges->fault), format, arguments);
	va_end(arguments);
}

static void warn(struct walk *walk, const char *domain, struct mxdp_spf_text term,
		 const char *reason)
{
	struct mxdp_spf_ranges *ranges = walk->ranges;
	char shown[64];

	if (ranges->warning_count++ >= MXDP_SPF_RANGES_WARNINGS)
		return;
	mxdp_spf_printable(term, shown, sizeof(shown));
	snprintf(ranges->warnings[ranges->warning_count - 1], MXDP_SPF_RANGES_TEXT,
		 "%.200s: \"%s\" skipped: %s", domain, shown, reason);
}

/* The answer, or NULL when it is not known yet or DNS failed. */
static const struct mxdp_dns_answer *get(struct walk *walk, const char *name,
					 enum mxdp_dns_type type)
{
	const struct mxdp_dns_answer *answer = mxdp_spf_memo_get(walk->memo, name, type);

	if (!answer) {
		walk->missing = true;
		return NULL;
	}
	if (mxdp_dns_failed(answer->status)) {
		fault(walk, -EAGAIN, "%s of %.200s: %s", mxdp_dns_type_name(type), name,
		      mxdp_dns_status_name(answer->status));
		return NULL;
	}
	if (answer->status == MXDP_DNS_OK && answer->ttl < walk->ranges->ttl)
		walk->ranges->ttl = answer->ttl;
	return answer;
}

/* The array grows by doubling: at each power of two it is full. */
static bool make_room(struct mxdp_spf_ranges *ranges)
{
	size_t count = ranges->count;
	void *grown;

	if (count & (count - 1))
		return true;
	grown = realloc(ranges->prefixes, (count ? 2 * count : 1) * sizeof(*ranges->prefixes));
	if (grown)
		ranges->prefixes = grown;
	return grown;
}

static void add(struct walk *walk, const char *domain, const struct mxdp_spf_term *term,
		const uint8_t bytes[16], bool v4)
{
	uint8_t length = v4 ? term->length4 : term->length6;
	struct mxdp_address address;

	if (v4) {
		uint32_t network_order;

		memcpy(&network_order, bytes, sizeof(network_order));
		address = mxdp_address_from_v4(network_order);
	} else {
		address = mxdp_address_from_bytes(bytes);
	}
	if (length < (v4 ? MXDP_SPF_RANGES_WIDEST4 : MXDP_SPF_RANGES_WIDEST6)) {
		warn(walk, domain, term->text, "too wide to be believed");
		return;
	}
	/* No client comes from a mapped address; taken for IPv4 it would mean something else. */
	if (!v4 && mxdp_address_is_v4(&address)) {
		warn(walk, domain, term->text, "an IPv4-mapped network");
		return;
	}
	if (walk->ranges->count == MXDP_SPF_RANGES_PREFIXES) {
		fault(walk, -EINVAL, "more than %d prefixes", MXDP_SPF_RANGES_PREFIXES);
		return;
	}
	if (make_room(walk->ranges))
		walk->ranges->prefixes[walk->ranges->count++] = mxdp_prefix_of(&address, length);
	else
		fault(walk, -EAGAIN, "out of memory");
}

static void add_hosts(struct walk *walk, const char *domain, const struct mxdp_spf_term *term,
		      const char *name)
{
	static const enum mxdp_dns_type types[] = {MXDP_DNS_A, MXDP_DNS_AAAA};

	for (size_t i = 0; i < 2; i++) {
		const struct mxdp_dns_answer *answer = get(walk, name, types[i]);

		for (size_t j = 0; answer && j < answer->count; j++)
			add(walk, domain, term, (const uint8_t *)&answer->records[j],
			    types[i] == MXDP_DNS_A);
	}
}

static void add_mx(struct walk *walk, const char *domain, const struct mxdp_spf_term *term,
		   const char *name)
{
	const struct mxdp_dns_answer *answer = get(walk, name, MXDP_DNS_MX);

	if (answer && answer->count > MXDP_SPF_NAMES_MAX) {
		warn(walk, domain, term->text, "more than 10 MX hosts");
		return;
	}
	for (size_t i = 0; answer && i < answer->count; i++)
		add_hosts(walk, domain, term, answer->records[i].mx.name);
}

/* The literal name of a domain-spec, `domain` where none is given. False for one with macros. */
static bool literal(struct mxdp_spf_text spec, const char *domain, char name[MXDP_DNS_NAME])
{
	if (!spec.bytes) {
		snprintf(name, MXDP_DNS_NAME, "%s", domain);
		return true;
	}
	if (memchr(spec.bytes, '%', spec.length) || spec.length >= MXDP_DNS_NAME)
		return false;
	memcpy(name, spec.bytes, spec.length);
	name[spec.length] = '\0';
	return true;
}

static void walk_term(struct walk *walk, const char *domain, const struct mxdp_spf_term *term)
{
	char name[MXDP_DNS_NAME];

	if (term->qualifier != '+') {
		warn(walk, domain, term->text, "it permits nobody");
		return;
	}
	if (!literal(term->domain, domain, name)) {
		warn(walk, domain, term->text, "its macros depend on the message");
		return;
	}
	switch (term->mechanism) {
	case MXDP_SPF_INCLUDE:
		walk_domain(walk, name, false);
		break;
	case MXDP_SPF_A:
		add_hosts(walk, domain, term, name);
		break;
	case MXDP_SPF_MX:
		add_mx(walk, domain, term, name);
		break;
	case MXDP_SPF_IP4:
	case MXDP_SPF_IP6:
		add(walk, domain, term, term->network, term->mechanism == MXDP_SPF_IP4);
		break;
	default:
		warn(walk, domain, term->text, "it depends on the client");
	}
}

static void walk_record(struct walk *walk, const char *domain, const struct mxdp_spf_record *record)
{
	char name[MXDP_DNS_NAME];

	for (size_t i = 0; i < record->count; i++) {
		const struct mxdp_spf_term *term = &record->terms[i];

		if (term->mechanism != MXDP_SPF_ALL) {
			walk_term(walk, domain, term);
			continue;
		}
		if (term->qualifier == '+')
			fault(walk, -EINVAL, "%.200s permits every address (+all)", domain);
		return; /* nothing behind it counts, a redirect neither */
	}
	if (!record->redirect.bytes)
		return;
	if (literal(record->redirect, domain, name))
		walk_domain(walk, name, false);
	else
		warn(walk, domain, record->redirect, "its macros depend on the message");
}

/* True when this domain's record is still to be walked. */
static bool enter(struct walk *walk, const char *domain)
{
	for (size_t i = 0; i < walk->domain_count; i++)
		if (strcasecmp(walk->domains[i], domain) == 0)
			return false;
	if (walk->domain_count == MXDP_SPF_RANGES_DOMAINS) {
		fault(walk, -EINVAL, "more than %d records", MXDP_SPF_RANGES_DOMAINS);
		return false;
	}
	snprintf(walk->domains[walk->domain_count++], MXDP_DNS_NAME, "%.255s", domain);
	return true;
}

static void walk_domain(struct walk *walk, const char *domain, bool first)
{
	const struct mxdp_dns_answer *answer;
	struct mxdp_spf_record record;
	char why[MXDP_SPF_FAULT];
	struct mxdp_spf_text text;
	size_t found;

	if (!mxdp_spf_domain_valid(domain)) {
		fault(walk, first ? -ENOENT : -EINVAL, "\"%.200s\" is not a domain", domain);
		return;
	}
	if (!enter(walk, domain))
		return;
	answer = get(walk, domain, MXDP_DNS_TXT);
	if (!answer)
		return;
	found = mxdp_spf_record_select(answer, &text);
	if (found == 0)
		fault(walk, first ? -ENOENT : -EINVAL, "%.200s has no SPF record", domain);
	else if (found > 1)
		fault(walk, -EINVAL, "%.200s has %zu SPF records", domain, found);
	if (found != 1)
		return;
	if (mxdp_spf_record_parse(text, &record, why) < 0) {
		fault(walk, -EINVAL, "%.150s: %s", domain, why);
		return;
	}
	walk_record(walk, domain, &record);
	mxdp_spf_record_free(&record);
}

static int compare(const void *left, const void *right)
{
	const struct mxdp_prefix *a = left, *b = right;
	int order = memcmp(a->address.bytes, b->address.bytes, sizeof(a->address.bytes));

	return order ? order : (int)a->length - (int)b->length;
}

/* Sorted, a prefix stands behind every wider one that holds it. */
static void tidy(struct mxdp_spf_ranges *ranges)
{
	size_t kept = 0;

	if (ranges->count)
		qsort(ranges->prefixes, ranges->count, sizeof(*ranges->prefixes), compare);
	for (size_t i = 0; i < ranges->count; i++) {
		const struct mxdp_prefix *prefix = &ranges->prefixes[i];

		if (!kept || !mxdp_prefix_contains(&ranges->prefixes[kept - 1], &prefix->address))
			ranges->prefixes[kept++] = *prefix;
	}
	ranges->count = kept;
}

bool mxdp_spf_ranges_walk(const char *domain, struct mxdp_spf_memo *memo,
			  struct mxdp_spf_ranges *ranges)
{
	struct walk *walk = calloc(1, sizeof(*walk));

	*ranges = (struct mxdp_spf_ranges){.ttl = UINT32_MAX};
	if (!walk) {
		ranges->error = -EAGAIN;
		snprintf(ranges->fault, sizeof(ranges->fault), "out of memory");
		return true;
	}
	walk->memo = memo;
	walk->ranges = ranges;
	walk_domain(walk, domain, true);
	if (ranges->error)
		ranges->count = 0;
	tidy(ranges);
	if (walk->missing && !ranges->error) {
		free(walk);
		return false;
	}
	free(walk);
	return true;
}

void mxdp_spf_ranges_clear(struct mxdp_spf_ranges *ranges)
{
	free(ranges->prefixes);
	ranges->prefixes = NULL;
	ranges->count = 0;
}
