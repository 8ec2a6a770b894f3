/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "oneshot.h"

#include <stdio.h>
#include <string.h>

#include "userspace/checks/dnsbl/zones.h"
#include "userspace/datapath/datapath.h"
#include "userspace/log.h"

struct showing {
	void (*show)(void *context, const struct mxdp_case *result);
	void *context;
	uv_loop_t *loop;
};

static void on_case(void *context, const struct mxdp_case *result)
{
	struct showing *showing = context;

	showing->show(showing->context, result);
	uv_stop(showing->loop);
}

/* The daemon's zones have been probed when it judges: the same is shown here. */
static void await_probes(uv_loop_t *loop, const struct mxdp_zones *zones)
{
	struct mxdp_zone_health health;

	for (size_t i = 0; mxdp_zones_health(zones, i, &health) == 0;)
		if (health.probing && !health.last)
			uv_run(loop, UV_RUN_ONCE);
		else
			i++;
}

static int check(uv_loop_t *loop, struct mxdp_config *config, const struct mxdp_address *client,
		 struct showing *showing)
{
	struct mxdp_resolver *resolver = NULL;
	struct mxdp_screener *screener = NULL;
	int error = mxdp_resolver_new(loop, &config->resolver, &resolver);

	if (!error)
		error = mxdp_screener_new(loop, resolver, NULL, config, &screener);
	if (!error)
		await_probes(loop, mxdp_screener_zones(screener));
	if (!error)
		error = mxdp_screener_check(screener, client, false, on_case, showing);
	if (!error)
		uv_run(loop, UV_RUN_DEFAULT);
	mxdp_screener_free(screener);
	mxdp_resolver_free(resolver);
	uv_run(loop, UV_RUN_DEFAULT); /* handles close */
	return error;
}

int mxdp_oneshot_check(const char *config_path, const char *resolver,
		       const struct mxdp_address *client,
		       void (*show)(void *context, const struct mxdp_case *result), void *context,
		       char *error, size_t error_size)
{
	char fault[MXDP_CONFIG_ERROR] = "";
	struct mxdp_config *config = NULL;
	struct showing showing = {.show = show, .context = context};
	uv_loop_t loop;
	int result = mxdp_config_load(config_path, &config, fault);

	if (result) {
		snprintf(error, error_size, "%s", fault);
		return result;
	}
	if (resolver)
		config->resolver.servers = resolver;
	result = uv_loop_init(&loop);
	if (!result) {
		showing.loop = &loop;
		result = check(&loop, config, client, &showing);
		uv_loop_close(&loop);
	}
	if (result)
		snprintf(error, error_size, "the checks could not start: %s", strerror(-result));
	mxdp_config_unref(config);
	return result;
}

int mxdp_oneshot_detach(const char *pin_directory, void (*report)(const char *line))
{
	mxdp_log_open(MXDP_LOG_WARNING);
	return mxdp_datapath_remove(pin_directory, report);
}
