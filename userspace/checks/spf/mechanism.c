/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mechanism.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <arpa/nameser.h>
#include <spf2/spf.h>

#include "spf.h"

/* One mechanism under way: what the resolver hook works with. */
struct query {
	SPF_dns_server_t dns;
	const struct mxdp_spf_term *term;
	const struct mxdp_address *client;
	const struct mxdp_spf_source *source;
	bool any_length;     /* "/0": every address of the client's family matches */
	SPF_dns_rr_t *spare; /* a failure to hand out when memory is out: NULL would abort */
	char *problem;
	bool temporary, permanent;
};

static enum mxdp_dns_type address_type(const struct mxdp_address *client)
{
	return mxdp_address_is_v4(client) ? MXDP_DNS_A : MXDP_DNS_AAAA;
}

/* The hook's way of saying that there is no answer: libspf2 then ends the mechanism. */
static SPF_dns_rr_t *give_up(struct query *query)
{
	SPF_dns_rr_t *rr = SPF_dns_rr_new_init(&query->dns, NULL, ns_t_any, 0, TRY_AGAIN);

	if (!rr) {
		rr = query->spare;
		query->spare = NULL;
	}
	return rr;
}

static bool set_address(const struct query *query, const struct mxdp_dns_record *record,
			enum mxdp_dns_type type, SPF_dns_rr_data_t *data)
{
	/* libspf2 takes a length of zero for none: it gets the client itself to compare with. */
	if (query->any_length && query->term->mechanism != MXDP_SPF_EXISTS) {
		if (type == MXDP_DNS_A)
			data->a.s_addr = mxdp_address_v4(query->client);
		else
			memcpy(&data->aaaa, query->client->bytes, 16);
		return true;
	}
	if (type == MXDP_DNS_A)
		data->a = record->a;
	else
		data->aaaa = record->aaaa;
	return true;
}

static bool set_record(const struct query *query, SPF_dns_rr_t *rr, int index,
		       const struct mxdp_dns_record *record, enum mxdp_dns_type type)
{
	const char *name = type == MXDP_DNS_MX ? record->mx.name : record->name;
	bool address = type == MXDP_DNS_A || type == MXDP_DNS_AAAA;
	size_t size = address ? sizeof(SPF_dns_rr_data_t) : strlen(name) + 1;

	if (SPF_dns_rr_buf_realloc(rr, index, size) != SPF_E_SUCCESS)
		return false;
	if (address)
		return set_address(query, record, type, rr->rr[index]);
	memcpy(rr->rr[index]->ptr, name, size);
	return true;
}

static SPF_dns_rr_t *convert(struct query *query, const char *name,
			     const struct mxdp_dns_answer *answer, enum mxdp_dns_type type,
			     size_t count)
{
	SPF_dns_rr_t *rr;

	rr = SPF_dns_rr_new_init(&query->dns, name, (ns_type)type, 0,
				 count ? NETDB_SUCCESS : NO_DATA);
	if (!rr)
		return give_up(query);
	for (size_t i = 0; i < count; i++) {
		if (!set_record(query, rr, (int)i, &answer->records[i], type)) {
			SPF_dns_rr_free(rr);
			return give_up(query);
		}
		rr->num_rr++;
	}
	return rr;
}

/* All hosts of an MX or PTR answer will be looked at: their questions can go out together. */
static void expect_hosts(const struct query *query, const struct mxdp_dns_answer *answer,
			 enum mxdp_dns_type type, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct mxdp_dns_record *record = &answer->records[i];

		query->source->expect(query->source->context,
				      type == MXDP_DNS_MX ? record->mx.name : record->name,
				      address_type(query->client));
	}
}

static SPF_dns_rr_t *fail(struct query *query, const char *name, enum mxdp_dns_type type,
			  const struct mxdp_dns_answer *answer)
{
	char shown[64];

	/* 5.5: an error of the PTR lookup is no match, one of a host's lookup skips that host. */
	if (query->term->mechanism == MXDP_SPF_PTR)
		return convert(query, name, answer, type, 0);
	query->temporary = true;
	mxdp_spf_printable((struct mxdp_spf_text){name, strlen(name)}, shown, sizeof(shown));
	snprintf(query->problem, MXDP_SPF_FAULT, "%s of %s: %s", mxdp_dns_type_name(type), shown,
		 mxdp_dns_status_name(answer->status));
	return give_up(query);
}

static SPF_dns_rr_t *lookup(SPF_dns_server_t *dns, const char *name, ns_type rr_type, int cache)
{
	struct query *query = dns->hook;
	enum mxdp_dns_type type = (enum mxdp_dns_type)rr_type;
	const struct mxdp_dns_answer *answer;
	size_t count;

	(void)cache;
	if (!name)
		name = "";
	answer = query->source->get(query->source->context, name, type);
	if (!answer)
		return give_up(query);
	if (mxdp_dns_failed(answer->status))
		return fail(query, name, type, answer);
	count = answer->count;
	if (count > MXDP_SPF_NAMES_MAX && type == MXDP_DNS_MX) {
		query->permanent = true;
		snprintf(query->problem, MXDP_SPF_FAULT, "more than %d MX hosts",
			 MXDP_SPF_NAMES_MAX);
		return give_up(query);
	}
	if (count > MXDP_SPF_NAMES_MAX && type == MXDP_DNS_PTR)
		count = MXDP_SPF_NAMES_MAX; /* 4.6.4: the others are ignored */
	if (type == MXDP_DNS_MX || type == MXDP_DNS_PTR)
		expect_hosts(query, answer, type, count);
	return convert(query, name, answer, type, count);
}

/* Unreachable: no record handed to libspf2 has an include, a redirect or an exp. */
static SPF_errcode_t no_record(SPF_server_t *server, SPF_request_t *request,
			       SPF_response_t *response, SPF_record_t **record)
{
	(void)server;
	(void)request;
	(void)response;
	*record = NULL;
	return SPF_E_NOT_SPF;
}

static SPF_errcode_t no_explanation(SPF_server_t *server, const char *domain, char **text,
				    size_t *size)
{
	(void)server;
	(void)domain;
	(void)text;
	(void)size;
	return SPF_E_NOT_SPF;
}

static void write_record(struct query *query, char *record, size_t size)
{
	const struct mxdp_spf_term *term = query->term;
	bool v4 = mxdp_address_is_v4(query->client);
	const char *name = term->mechanism == MXDP_SPF_MX ? "mx" : "a";
	uint8_t length = v4 ? term->length4 : term->length6;

	if (term->mechanism == MXDP_SPF_EXISTS)
		snprintf(record, size, "v=spf1 exists:%%{d}");
	else if (term->mechanism == MXDP_SPF_PTR)
		snprintf(record, size, "v=spf1 ptr");
	else if (length == 0)
		snprintf(record, size, "v=spf1 %s", name);
	else
		snprintf(record, size, "v=spf1 %s%s%u", name, v4 ? "/" : "//", length);
	query->any_length = length == 0;
}

/*
 * What SPF_server_new_dns() does, without its abort() on a host name of 64 characters and without
 * compiling a default explanation that nobody reads.
 */
static bool set_server(SPF_server_t *server, SPF_dns_server_t *dns)
{
	static char unknown[] = "unknown";
	SPF_response_t *faults = NULL;
	SPF_errcode_t error;

	*server = (SPF_server_t){.resolver = dns,
				 .rec_dom = unknown,
				 .max_dns_mech = 1,
				 .max_dns_ptr = MXDP_SPF_NAMES_MAX,
				 .max_dns_mx = MXDP_SPF_NAMES_MAX};
	error = SPF_server_set_explanation(server, "-", &faults);
	if (faults)
		SPF_response_free(faults);
	return error == SPF_E_SUCCESS;
}

/* Only fixed texts go in beside the target: libspf2 makes comments of them that nobody reads. */
static bool prepare(SPF_request_t *request, const struct mxdp_address *client, const char *target)
{
	struct in6_addr address6;
	struct in_addr address4;

	if (mxdp_address_is_v4(client)) {
		address4.s_addr = mxdp_address_v4(client);
		SPF_request_set_ipv4(request, address4);
	} else {
		memcpy(&address6, client->bytes, sizeof(address6));
		SPF_request_set_ipv6(request, address6);
	}
	request->cur_dom = target;
	return SPF_request_set_helo_dom(request, "client.invalid") == SPF_E_SUCCESS;
}

static enum mxdp_spf_match interpret(struct query *query, SPF_server_t *server,
				     SPF_request_t *request)
{
	SPF_response_t *response = SPF_response_new(request);
	enum mxdp_spf_match match = MXDP_SPF_MATCH_TEMPERROR;
	SPF_record_t *record = NULL;
	char text[32];

	if (!response)
		return match;
	write_record(query, text, sizeof(text));
	if (SPF_record_compile(server, response, &record, text) == SPF_E_SUCCESS && record) {
		response->spf_record_exp = record;
		SPF_record_interpret(record, request, response, 0);
		if (query->permanent)
			match = MXDP_SPF_MATCH_PERMERROR;
		else if (SPF_response_result(response) == SPF_RESULT_PASS)
			match = MXDP_SPF_MATCH;
		else if (SPF_response_result(response) == SPF_RESULT_NEUTRAL)
			match = MXDP_SPF_NO_MATCH;
		else if (!query->temporary)
			snprintf(query->problem, MXDP_SPF_FAULT, "libspf2: %s",
				 SPF_strerror(SPF_response_errcode(response)));
	}
	if (record)
		SPF_record_free(record);
	SPF_response_free(response);
	return match;
}

enum mxdp_spf_match mxdp_spf_mechanism_match(const struct mxdp_spf_term *term, const char *target,
					     const struct mxdp_address *client,
					     const struct mxdp_spf_source *source,
					     char problem[MXDP_SPF_FAULT])
{
	struct query query = {.dns = {.lookup = lookup,
				      .get_spf = no_record,
				      .get_exp = no_explanation,
				      .name = "mxdp"},
			      .term = term,
			      .client = client,
			      .source = source,
			      .problem = problem};
	enum mxdp_spf_match match = MXDP_SPF_MATCH_TEMPERROR;
	SPF_request_t *request;
	SPF_server_t server;

	snprintf(problem, MXDP_SPF_FAULT, "out of memory");
	query.dns.hook = &query;
	query.spare = SPF_dns_rr_new_init(&query.dns, NULL, ns_t_any, 0, TRY_AGAIN);
	if (set_server(&server, &query.dns)) {
		request = SPF_request_new(&server);
		if (request && query.spare && prepare(request, client, target))
			match = interpret(&query, &server, request);
		if (request)
			SPF_request_free(request);
		SPF_macro_free(server.explanation);
	}
	if (query.spare)
		SPF_dns_rr_free(query.spare);
	return match;
}
