/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a term speaks about: macros expanded, the client's validated name (RFC 7208 7, 5.5). */
#include "state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* Far beyond any name that makes sense, near enough to bound the work a record can cause. */
#define EXPANSION_MAX 8192

static bool has_client(const struct mxdp_dns_answer *answer, const struct mxdp_address *client)
{
	bool v4 = mxdp_address_is_v4(client);
	uint32_t address = v4 ? mxdp_address_v4(client) : 0;

	for (size_t i = 0; i < answer->count; i++) {
		const struct mxdp_dns_record *record = &answer->records[i];

		if (v4 ? record->a.s_addr == address
		       : memcmp(&record->aaaa, client->bytes, 16) == 0)
			return true;
	}
	return false;
}

/* How well a validated name suits %{p} for `domain`: itself, a name below it, any other. */
static int rank(const char *name, const char *domain)
{
	size_t length = strlen(name), suffix = strlen(domain);

	if (length && name[length - 1] == '.')
		length--;
	if (suffix && domain[suffix - 1] == '.')
		suffix--;
	if (length < suffix || strncasecmp(name + length - suffix, domain, suffix) != 0)
		return 1;
	if (length == suffix)
		return 3;
	return name[length - suffix - 1] == '.' ? 2 : 1;
}

/* The PTR names of the client, or NULL when there are none or the run is to unwind. */
static const struct mxdp_dns_answer *client_names(struct mxdp_spf_state *state)
{
	const struct mxdp_address *client = &state->question->client;
	bool v4 = mxdp_address_is_v4(client);
	const struct mxdp_dns_answer *answer;
	char name[MXDP_DNS_NAME];

	if (mxdp_dns_reverse_name(client, v4 ? "in-addr.arpa" : "ip6.arpa", name) < 0)
		return NULL;
	answer = mxdp_spf_state_get(state, name, MXDP_DNS_PTR);
	return answer && answer->status == MXDP_DNS_OK ? answer : NULL;
}

/* %{p}: the client's name whose addresses include the client (5.5, 7.3), or "unknown". */
static const char *validated_name(struct mxdp_spf_state *state, const char *domain)
{
	enum mxdp_dns_type type =
		mxdp_address_is_v4(&state->question->client) ? MXDP_DNS_A : MXDP_DNS_AAAA;
	bool uncounted = state->voids_uncounted;
	const struct mxdp_dns_answer *names;
	const char *best = "unknown";
	int best_rank = 0;

	state->voids_uncounted = uncounted || state->validated;
	names = client_names(state);
	for (size_t i = 0; names && i < names->count && i < MXDP_SPF_NAMES_MAX; i++) {
		const char *name = names->records[i].name;
		const struct mxdp_dns_answer *hosts = mxdp_spf_state_get(state, name, type);

		/* All names are asked for before the run ends: one round trip, not ten. */
		if (!hosts || hosts->status != MXDP_DNS_OK ||
		    !has_client(hosts, &state->question->client))
			continue;
		if (rank(name, domain) > best_rank) {
			best = name;
			best_rank = rank(name, domain);
		}
	}
	state->voids_uncounted = uncounted;
	state->validated = true;
	return best;
}

int mxdp_spf_expand(struct mxdp_spf_state *state, struct mxdp_spf_text text, const char *domain,
		    size_t limit, char **out)
{
	const struct mxdp_spf_identity *identity = &state->identity;
	const char *receiver = state->question->receiver;
	struct mxdp_spf_macro_values values = {
		.sender = identity->sender,
		.local_part = identity->local_part,
		.sender_domain = identity->domain,
		.domain = domain,
		.address = identity->address,
		.validated = "unknown",
		.version = identity->version,
		.helo = identity->helo,
		.readable = identity->readable,
		.receiver = receiver && *receiver ? receiver : "unknown",
		.now = (int64_t)time(NULL),
	};

	if (mxdp_spf_macro_uses(text, 'p')) {
		values.validated = validated_name(state, domain);
		if (state->missing || state->voids_exceeded)
			return -EAGAIN;
	}
	return mxdp_spf_macro_expand(text, &values, limit, out);
}

int mxdp_spf_target(struct mxdp_spf_state *state, struct mxdp_spf_text spec, const char *domain,
		    char target[MXDP_SPF_TARGET])
{
	char *expanded, *start;
	size_t length;
	int error = mxdp_spf_expand(state, spec, domain, EXPANSION_MAX, &expanded);

	if (error)
		return error;
	length = strlen(expanded);
	if (length && expanded[length - 1] == '.')
		expanded[--length] = '\0';
	for (start = expanded; start && length >= MXDP_SPF_TARGET;) {
		start = strchr(start, '.');
		if (start)
			length = strlen(++start);
	}
	if (start)
		memcpy(target, start, length + 1);
	else
		target[0] = '\0'; /* one endless label: as invalid as the empty name */
	free(expanded);
	return 0;
}
