/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPF and MX for the CLI, without a daemon (oneshot.h). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "oneshot.h"
#include "userspace/resolver/resolver.h"

#define MX_MAX 16 /* of a domain; the others are left out */

/* A loop and a resolver for one question. */
struct oneshot {
	uv_loop_t loop;
	struct mxdp_resolver *resolver;
	struct mxdp_spf_lookup lookup;
	struct mxdp_spf_result *result;
	void (*show)(void *context, const struct mxdp_spf_ranges *ranges);
	void (*each)(void *context, const struct mxdp_address *address);
	void *context;
	unsigned int outstanding; /* questions */
};

static int begin(struct oneshot *oneshot, const char *resolver, char *error, size_t error_size)
{
	struct mxdp_resolver_settings settings = mxdp_resolver_defaults();
	int result = uv_loop_init(&oneshot->loop);

	settings.servers = resolver;
	if (result) {
		snprintf(error, error_size, "no event loop: %s", strerror(-result));
		return result;
	}
	result = mxdp_resolver_new(&oneshot->loop, &settings, &oneshot->resolver);
	if (result == -EINVAL)
		snprintf(error, error_size, "\"%s\" is no resolver; write IP or IP:PORT",
			 resolver ? resolver : "");
	else if (result)
		snprintf(error, error_size, "the resolver could not start: %s", strerror(-result));
	if (result)
		uv_loop_close(&oneshot->loop);
	else
		oneshot->lookup = mxdp_spf_lookup_resolver(oneshot->resolver);
	return result;
}

static void end(struct oneshot *oneshot)
{
	mxdp_resolver_free(oneshot->resolver);
	uv_run(&oneshot->loop, UV_RUN_DEFAULT); /* handles close */
	uv_loop_close(&oneshot->loop);
}

/* Waits for what was started (NULL: it could not be), and ends. */
static int run(struct oneshot *oneshot, const void *started, char *error, size_t error_size)
{
	if (started)
		uv_run(&oneshot->loop, UV_RUN_DEFAULT);
	else
		snprintf(error, error_size, "out of memory");
	end(oneshot);
	return started ? 0 : -ENOMEM;
}

static void on_result(void *context, const struct mxdp_spf_result *result)
{
	struct oneshot *oneshot = context;

	*oneshot->result = *result;
	uv_stop(&oneshot->loop);
}

int mxdp_oneshot_spf(const char *resolver, const struct mxdp_spf_question *question,
		     struct mxdp_spf_result *result, char *error, size_t error_size)
{
	struct oneshot oneshot = {.result = result};
	int status = begin(&oneshot, resolver, error, error_size);

	if (status)
		return status;
	return run(&oneshot,
		   mxdp_spf_start(&oneshot.loop, &oneshot.lookup, question, on_result, &oneshot),
		   error, error_size);
}

static void on_ranges(void *context, const struct mxdp_spf_ranges *ranges)
{
	struct oneshot *oneshot = context;

	oneshot->show(oneshot->context, ranges);
	uv_stop(&oneshot->loop);
}

int mxdp_oneshot_spf_ranges(const char *resolver, const char *domain,
			    void (*show)(void *context, const struct mxdp_spf_ranges *ranges),
			    void *context, char *error, size_t error_size)
{
	struct oneshot oneshot = {.show = show, .context = context};
	int status = begin(&oneshot, resolver, error, error_size);

	if (status)
		return status;
	return run(&oneshot,
		   mxdp_spf_ranges_start(&oneshot.loop, &oneshot.lookup, domain, 0, on_ranges,
					 &oneshot),
		   error, error_size);
}

/* ---- MX ---- */

static void one_less(struct oneshot *oneshot)
{
	if (--oneshot->outstanding == 0)
		uv_stop(&oneshot->loop);
}

static void on_address(void *context, const struct mxdp_dns_answer *answer)
{
	struct oneshot *oneshot = context;
	struct mxdp_address address;

	for (size_t i = 0; answer->status == MXDP_DNS_OK && i < answer->count; i++) {
		if (answer->type == MXDP_DNS_A)
			address = mxdp_address_from_v4(answer->records[i].a.s_addr);
		else
			address = mxdp_address_from_bytes(answer->records[i].aaaa.s6_addr);
		oneshot->each(oneshot->context, &address);
	}
	one_less(oneshot);
}

static void ask_addresses(struct oneshot *oneshot, const char *name)
{
	static const enum mxdp_dns_type types[] = {MXDP_DNS_A, MXDP_DNS_AAAA};

	for (int i = 0; i < 2; i++)
		if (mxdp_resolver_query(oneshot->resolver, name, types[i], on_address, oneshot))
			oneshot->outstanding++;
}

/* Context is the domain's own name too: without an MX it receives its mail itself (RFC 5321 5.1).
 */
struct mx_question {
	struct oneshot oneshot;
	const char *domain;
};

static void on_mx(void *context, const struct mxdp_dns_answer *answer)
{
	struct mx_question *question = context;

	for (size_t i = 0; i < answer->count && i < MX_MAX; i++)
		ask_addresses(&question->oneshot, answer->records[i].mx.name);
	if (answer->status == MXDP_DNS_NODATA)
		ask_addresses(&question->oneshot, question->domain);
	one_less(&question->oneshot);
}

int mxdp_oneshot_mx(const char *resolver, const char *domain,
		    void (*each)(void *context, const struct mxdp_address *address), void *context,
		    char *error, size_t error_size)
{
	struct mx_question question = {.oneshot = {.each = each, .context = context},
				       .domain = domain};
	struct oneshot *oneshot = &question.oneshot;
	int status = begin(oneshot, resolver, error, error_size);

	if (status)
		return status;
	if (mxdp_resolver_query(oneshot->resolver, domain, MXDP_DNS_MX, on_mx, &question)) {
		oneshot->outstanding++;
		uv_run(&oneshot->loop, UV_RUN_DEFAULT);
	} else {
		snprintf(error, error_size, "out of memory");
		status = -ENOMEM;
	}
	end(oneshot);
	return status;
}
