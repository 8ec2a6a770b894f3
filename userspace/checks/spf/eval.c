/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "eval.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "record.h"
#include "state.h"

static void set_problem(struct mxdp_spf_state *state, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void set_problem(struct mxdp_spf_state *state, const char *format, ...)
{
	char text[sizeof(state->result->problem)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	mxdp_spf_printable((struct mxdp_spf_text){text, strlen(text)}, state->result->problem,
			   sizeof(state->result->problem));
}

const struct mxdp_dns_answer *mxdp_spf_state_get(struct mxdp_spf_state *state, const char *name,
						 enum mxdp_dns_type type)
{
	const struct mxdp_dns_answer *answer;

	if (state->voids_exceeded)
		return NULL;
	answer = mxdp_spf_memo_get(state->memo, name, type);
	if (!answer) {
		state->missing = true;
		return NULL;
	}
	if (answer->status != MXDP_DNS_NODATA && answer->status != MXDP_DNS_NXDOMAIN)
		return answer;
	/* 4.6.4 counts what mechanisms ask; a TXT record that is missing is judged by itself. */
	if (state->voids_uncounted || type == MXDP_DNS_TXT)
		return answer;
	if (++state->result->voids > MXDP_SPF_VOIDS_MAX) {
		state->voids_exceeded = true;
		set_problem(state, "more than %d lookups without an answer", MXDP_SPF_VOIDS_MAX);
		return NULL;
	}
	return answer;
}

static const struct mxdp_dns_answer *source_get(void *context, const char *name,
						enum mxdp_dns_type type)
{
	struct mxdp_spf_state *state = context;

	/* After the first gap nothing of this run counts: what follows only costs time. */
	return state->missing ? NULL : mxdp_spf_state_get(state, name, type);
}

static void source_expect(void *context, const char *name, enum mxdp_dns_type type)
{
	struct mxdp_spf_state *state = context;

	mxdp_spf_memo_get(state->memo, name, type);
}

static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	unsigned int bytes = bits / 8, rest = bits % 8;

	if (memcmp(a, b, bytes) != 0)
		return false;
	return !rest || ((a[bytes] ^ b[bytes]) & (0xff << (8 - rest)) & 0xff) == 0;
}

static bool network_match(const struct mxdp_spf_term *term, const struct mxdp_address *client)
{
	if (term->mechanism == MXDP_SPF_IP4)
		return mxdp_address_is_v4(client) &&
		       bits_equal(client->bytes + 12, term->network, term->length4);
	return !mxdp_address_is_v4(client) &&
	       bits_equal(client->bytes, term->network, term->length6);
}

static bool count_term(struct mxdp_spf_state *state)
{
	if (++state->result->terms <= MXDP_SPF_TERMS_MAX)
		return true;
	set_problem(state, "more than %d terms that need DNS", MXDP_SPF_TERMS_MAX);
	return false;
}

/* Expands a target and says, as a match, what an error on the way means; MATCH for none. */
static enum mxdp_spf_match find_target(struct mxdp_spf_state *state, struct mxdp_spf_text spec,
				       const char *domain, char target[MXDP_SPF_TARGET])
{
	int error;

	if (!spec.bytes) {
		snprintf(target, MXDP_SPF_TARGET, "%s", domain);
		return MXDP_SPF_MATCH;
	}
	error = mxdp_spf_target(state, spec, domain, target);
	if (!error)
		return MXDP_SPF_MATCH;
	if (error == -EMSGSIZE) {
		set_problem(state, "\"%.*s\" expands to an endless name",
			    (int)(spec.length < 64 ? spec.length : 64), spec.bytes);
		return MXDP_SPF_MATCH_PERMERROR;
	}
	if (error == -ENOMEM)
		set_problem(state, "out of memory");
	return state->voids_exceeded ? MXDP_SPF_MATCH_PERMERROR : MXDP_SPF_MATCH_TEMPERROR;
}

static enum mxdp_spf_code check_host(struct mxdp_spf_state *state, const char *domain, bool top);

/* The table of RFC 7208 5.2. */
static enum mxdp_spf_match include(struct mxdp_spf_state *state, const char *target)
{
	switch (check_host(state, target, false)) {
	case MXDP_SPF_PASS:
		return MXDP_SPF_MATCH;
	case MXDP_SPF_NEUTRAL:
	case MXDP_SPF_FAIL:
	case MXDP_SPF_SOFTFAIL:
		return MXDP_SPF_NO_MATCH;
	case MXDP_SPF_TEMPERROR:
		return MXDP_SPF_MATCH_TEMPERROR;
	default:
		return MXDP_SPF_MATCH_PERMERROR;
	}
}

/* RFC 8616 4: a local part that is not ASCII is no label, so terms with it match nothing. */
static bool needs_ascii(const struct mxdp_spf_state *state, struct mxdp_spf_text spec)
{
	const char *at = state->identity.local_part;

	if (!spec.bytes)
		return false;
	while (*at && !(*at & 0x80))
		at++;
	return *at && (mxdp_spf_macro_uses(spec, 'l') || mxdp_spf_macro_uses(spec, 's'));
}

static enum mxdp_spf_match match_by_dns(struct mxdp_spf_state *state,
					const struct mxdp_spf_term *term, const char *domain)
{
	const struct mxdp_spf_source source = {
		.get = source_get, .expect = source_expect, .context = state};
	char target[MXDP_SPF_TARGET], problem[MXDP_SPF_FAULT];
	enum mxdp_spf_match match;

	if (!count_term(state))
		return MXDP_SPF_MATCH_PERMERROR;
	if (needs_ascii(state, term->domain))
		return MXDP_SPF_NO_MATCH;
	match = find_target(state, term->domain, domain, target);
	if (match != MXDP_SPF_MATCH)
		return match;
	if (term->mechanism == MXDP_SPF_INCLUDE)
		return include(state, target);
	/* 4.8 leaves names that DNS cannot carry open; they match nothing. */
	if (!mxdp_spf_name_valid(target))
		return MXDP_SPF_NO_MATCH;
	match = mxdp_spf_mechanism_match(term, target, &state->question->client, &source, problem);
	if (!state->voids_exceeded &&
	    (match == MXDP_SPF_MATCH_TEMPERROR || match == MXDP_SPF_MATCH_PERMERROR))
		set_problem(state, "%s", problem);
	return match;
}

static enum mxdp_spf_match match_term(struct mxdp_spf_state *state,
				      const struct mxdp_spf_term *term, const char *domain)
{
	enum mxdp_spf_match match;

	switch (term->mechanism) {
	case MXDP_SPF_ALL:
		return MXDP_SPF_MATCH;
	case MXDP_SPF_IP4:
	case MXDP_SPF_IP6:
		return network_match(term, &state->question->client) ? MXDP_SPF_MATCH
								     : MXDP_SPF_NO_MATCH;
	default:
		match = match_by_dns(state, term, domain);
		if (state->missing)
			return MXDP_SPF_MATCH_TEMPERROR;
		return state->voids_exceeded ? MXDP_SPF_MATCH_PERMERROR : match;
	}
}

static enum mxdp_spf_code qualified(char qualifier)
{
	switch (qualifier) {
	case '-':
		return MXDP_SPF_FAIL;
	case '~':
		return MXDP_SPF_SOFTFAIL;
	case '?':
		return MXDP_SPF_NEUTRAL;
	default:
		return MXDP_SPF_PASS;
	}
}

/* Remembers what matched in the record that decides; an included record never does (5.2, 6.2). */
static void note_match(struct mxdp_spf_state *state, const struct mxdp_spf_record *record,
		       const struct mxdp_spf_term *term, const char *domain)
{
	struct mxdp_spf_result *result = state->result;
	struct mxdp_spf_text matched = {"default", sizeof("default") - 1};

	if (term)
		matched = term->text;
	mxdp_spf_printable(matched, result->mechanism, sizeof(result->mechanism));
	mxdp_spf_printable((struct mxdp_spf_text){domain, strlen(domain)}, result->domain,
			   sizeof(result->domain));
	snprintf(state->domain, sizeof(state->domain), "%s", domain);
	state->explanation = record->explanation;
}

/* Goes through a record's mechanisms. `*matched` says whether one decided. */
static enum mxdp_spf_code run_record(struct mxdp_spf_state *state,
				     const struct mxdp_spf_record *record, const char *domain,
				     bool top, bool *matched)
{
	*matched = true;
	for (size_t i = 0; i < record->count; i++) {
		const struct mxdp_spf_term *term = &record->terms[i];

		switch (match_term(state, term, domain)) {
		case MXDP_SPF_NO_MATCH:
			continue;
		case MXDP_SPF_MATCH:
			if (top)
				note_match(state, record, term, domain);
			return qualified(term->qualifier);
		case MXDP_SPF_MATCH_TEMPERROR:
			return MXDP_SPF_TEMPERROR;
		case MXDP_SPF_MATCH_PERMERROR:
			return MXDP_SPF_PERMERROR;
		}
	}
	*matched = false;
	if (top)
		note_match(state, record, NULL, domain);
	return MXDP_SPF_NEUTRAL;
}

/* 4.4 and 4.5: fetches and selects. Returns PASS with the record's text, or the result. */
static enum mxdp_spf_code fetch(struct mxdp_spf_state *state, const char *domain,
				struct mxdp_spf_text *text)
{
	const struct mxdp_dns_answer *answer;
	size_t count;

	if (!mxdp_spf_domain_valid(domain)) {
		set_problem(state, "\"%.100s\" is not a domain", domain);
		return MXDP_SPF_NONE;
	}
	answer = mxdp_spf_state_get(state, domain, MXDP_DNS_TXT);
	if (!answer)
		return MXDP_SPF_TEMPERROR;
	if (mxdp_dns_failed(answer->status)) {
		set_problem(state, "TXT of %.200s: %s", domain,
			    mxdp_dns_status_name(answer->status));
		return MXDP_SPF_TEMPERROR;
	}
	count = mxdp_spf_record_select(answer, text);
	if (count == 0)
		set_problem(state, "%.200s has no SPF record", domain);
	else if (count > 1)
		set_problem(state, "%.200s has %zu SPF records", domain, count);
	if (count > 1)
		return MXDP_SPF_PERMERROR;
	return count ? MXDP_SPF_PASS : MXDP_SPF_NONE;
}

/*
 * Runs the record of `domain`. Where it redirects, the code means nothing and the new domain is
 * written to `next`, which is empty otherwise.
 */
static enum mxdp_spf_code check_domain(struct mxdp_spf_state *state, const char *domain, bool top,
				       char next[MXDP_SPF_TARGET])
{
	char fault[MXDP_SPF_FAULT];
	struct mxdp_spf_record record;
	struct mxdp_spf_text text;
	enum mxdp_spf_code code = fetch(state, domain, &text);
	enum mxdp_spf_match target;
	bool matched;
	int error;

	next[0] = '\0';
	if (code != MXDP_SPF_PASS)
		return code;
	error = mxdp_spf_record_parse(text, &record, fault);
	if (error) {
		set_problem(state, "%.90s: %s", domain, error == -ENOMEM ? "out of memory" : fault);
		return error == -ENOMEM ? MXDP_SPF_TEMPERROR : MXDP_SPF_PERMERROR;
	}
	code = run_record(state, &record, domain, top, &matched);
	if (!matched && record.redirect.bytes) {
		target = count_term(state) ? find_target(state, record.redirect, domain, next)
					   : MXDP_SPF_MATCH_PERMERROR;
		if (target == MXDP_SPF_MATCH && !mxdp_spf_domain_valid(next)) {
			set_problem(state, "redirect to \"%.100s\": not a domain", next);
			target = MXDP_SPF_MATCH_PERMERROR;
		}
		if (target != MXDP_SPF_MATCH) {
			next[0] = '\0';
			code = target == MXDP_SPF_MATCH_PERMERROR ? MXDP_SPF_PERMERROR
								  : MXDP_SPF_TEMPERROR;
		}
	}
	mxdp_spf_record_free(&record);
	return code;
}

static enum mxdp_spf_code check_host(struct mxdp_spf_state *state, const char *domain, bool top)
{
	char here[MXDP_SPF_TARGET], next[MXDP_SPF_TARGET];
	enum mxdp_spf_code code = check_domain(state, domain, top, next);

	/* Each redirect counts as a term, which bounds this loop. */
	while (next[0]) {
		memcpy(here, next, sizeof(here));
		code = check_domain(state, here, top, next);
		if (code == MXDP_SPF_NONE)
			code = MXDP_SPF_PERMERROR; /* 6.1 */
	}
	return code;
}

/* Without its final dot, so that %{d} can be put in front of something. */
static void copy_domain(char *to, size_t size, const char *domain)
{
	size_t length = strlen(domain);

	if (length && domain[length - 1] == '.')
		length--;
	snprintf(to, size, "%.*s", (int)length, domain);
}

bool mxdp_spf_evaluate(const struct mxdp_spf_question *question, struct mxdp_spf_memo *memo,
		       struct mxdp_spf_result *result)
{
	struct mxdp_spf_state state = {.question = question, .memo = memo, .result = result};
	char domain[sizeof(state.identity.sender)];

	*result = (struct mxdp_spf_result){.code = MXDP_SPF_NONE};
	if (!mxdp_spf_identity_of(question, &state.identity)) {
		set_problem(&state, "the sender or HELO is longer than %d bytes",
			    MXDP_SPF_SENDER_BYTES);
		return true;
	}
	copy_domain(domain, sizeof(domain), state.identity.domain);
	result->code = check_host(&state, domain, true);
	if (result->code == MXDP_SPF_FAIL)
		mxdp_spf_explain(&state);
	if (result->code != MXDP_SPF_NONE && result->code != MXDP_SPF_TEMPERROR &&
	    result->code != MXDP_SPF_PERMERROR)
		result->problem[0] = '\0';
	else
		result->mechanism[0] = '\0';
	result->lookups = (unsigned int)mxdp_spf_memo_asked(memo);
	return !state.missing;
}
