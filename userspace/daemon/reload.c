/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration read again: each module follows it, or nothing changes. */
#include "parts.h"
#include "privileges.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "userspace/log.h"

static int apply(struct daemon *daemon, struct mxdp_config *config)
{
	int error = mxdp_resolver_configure(daemon->resolver, &config->resolver);

	if (!error)
		error = mxdp_replies_configure(daemon->replies, config);
	if (!error)
		error = mxdp_datapath_configure(daemon->datapath, config);
	if (!error)
		error = mxdp_never_block_configure(daemon->never_block, daemon->resolver, config);
	if (!error)
		error = mxdp_exempt_configure(daemon->exempt, config);
	if (error)
		return error;
	mxdp_exempt_refresh(daemon->exempt);
	mxdp_feeds_configure(daemon->feeds, config);
	mxdp_greylist_configure(daemon->greylist, config);
	mxdp_screener_configure(daemon->screener, config);
	mxdp_contacts_configure(daemon->contacts, config);
	mxdp_history_configure(daemon->history, config->journal_keep);
	mxdp_log_open(config->log_level);
	return mxdp_datapath_attach(daemon->datapath, config);
}

/* A configuration that cannot be attached is as bad as one that cannot be read. */
static int unfit_interface(const struct mxdp_config *config, char *fault, size_t size)
{
	char why[MXDP_CONFIG_ERROR / 2];
	int error = 0;

	for (size_t i = 0; i < config->interface_count && !error; i++)
		error = mxdp_datapath_suits(config->interfaces[i], why, sizeof(why));
	if (error)
		snprintf(fault, size, "%s: %s", config->path, why);
	return error;
}

static int read_again(struct daemon *daemon, char *text, size_t size)
{
	char fault[MXDP_CONFIG_ERROR] = "";
	struct mxdp_config *config = NULL;
	const char *restart;
	int error = mxdp_config_load(daemon->config->path, &config, fault);

	if (!error)
		error = unfit_interface(config, fault, sizeof(fault));
	if (error) {
		mxdp_config_unref(config);
		snprintf(text, size, "%s (the running configuration stays in force)", fault);
		mxdp_log(MXDP_LOG_ERROR, "%s", text);
		return error;
	}
	restart = mxdp_config_needs_restart(daemon->config, config);
	daemon_carry_mode(daemon, config);
	error = apply(daemon, config);
	snprintf(text, size, "%s read again%s%s%s%s", config->path,
		 restart ? "; a restart is needed for " : "", restart ? restart : "",
		 error ? "; not all of it could be applied: " : "", error ? strerror(-error) : "");
	mxdp_config_unref(daemon->config);
	daemon->config = config;
	mxdp_log(error ? MXDP_LOG_ERROR : MXDP_LOG_NOTICE, "%s", text);
	return error;
}

int daemon_reload(void *context, char *text, size_t size)
{
	int error;

	daemon_privileges_raise();
	error = read_again(context, text, size);
	daemon_privileges_lower();
	return error;
}

const struct mxdp_config *daemon_config(void *context)
{
	const struct daemon *daemon = context;

	return daemon->config;
}
