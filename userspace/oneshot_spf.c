/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "oneshot.h"
#include "userspace/resolver/resolver.h"

/* A loop and a resolver for one question. */
struct oneshot {
	uv_loop_t loop;
	struct mxdp_resolver *resolver;
	struct mxdp_spf_lookup lookup;
	struct mxdp_spf_result *result;
	void (*show)(void *context, const struct mxdp_spf_ranges *ranges);
	void *context;
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
	if (mxdp_spf_start(&oneshot.loop, &oneshot.lookup, question, on_result, &oneshot)) {
		uv_run(&oneshot.loop, UV_RUN_DEFAULT);
	} else {
		snprintf(error, error_size, "out of memory");
		status = -ENOMEM;
	}
	end(&oneshot);
	return status;
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
	if (mxdp_spf_ranges_start(&oneshot.loop, &oneshot.lookup, domain, 0, on_ranges, &oneshot)) {
		uv_run(&oneshot.loop, UV_RUN_DEFAULT);
	} else {
		snprintf(error, error_size, "out of memory");
		status = -ENOMEM;
	}
	end(&oneshot);
	return status;
}
