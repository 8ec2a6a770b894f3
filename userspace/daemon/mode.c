/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mode in force: the configuration's, or the operator's choice, which is kept. */
#include "parts.h"

#include <stdio.h>
#include <string.h>

#include "userspace/log.h"

void daemon_log_mode(const struct daemon *daemon)
{
	const struct mxdp_config *config = daemon->config;

	mxdp_log(MXDP_LOG_NOTICE, "mode %s, by %s%s%s", mxdp_mode_name(config->mode),
		 daemon->mode.by,
		 daemon->mode.made ? "; the configuration's, which `mxdp mode configured` brings "
				     "back, is "
				   : "",
		 daemon->mode.made ? mxdp_mode_name(config->configured_mode) : "");
}

void daemon_restore_mode(struct daemon *daemon)
{
	daemon->mode = mxdp_mode_restore(daemon->store);
	mxdp_mode_apply(&daemon->mode, daemon->config);
}

void daemon_carry_mode(struct daemon *daemon, struct mxdp_config *config)
{
	if (!daemon->mode.made && config->configured_mode != daemon->config->configured_mode)
		daemon->mode = mxdp_mode_of_configuration();
	mxdp_mode_apply(&daemon->mode, config);
}

int daemon_set_mode(void *context, const struct mxdp_mode_choice *choice, char *text, size_t size)
{
	struct daemon *daemon = context;
	struct mxdp_mode_choice before = daemon->mode;
	int error;

	daemon->mode = choice->made ? *choice : mxdp_mode_of_configuration();
	mxdp_mode_apply(&daemon->mode, daemon->config);
	error = mxdp_datapath_set_mode(daemon->datapath, daemon->config->mode);
	if (error) {
		daemon->mode = before;
		mxdp_mode_apply(&daemon->mode, daemon->config);
		snprintf(text, size, "the mode cannot be written to the map \"settings\": %s",
			 strerror(-error));
		return error;
	}
	mxdp_log(MXDP_LOG_NOTICE, "operator: mode %s, asked for by %s",
		 choice->made ? mxdp_mode_name(choice->mode) : "as configured", choice->by);
	daemon_log_mode(daemon);
	error = mxdp_mode_keep(daemon->store, choice);
	if (error)
		snprintf(text, size,
			 "in force, but not kept over a restart: %s; the daemon's log says more",
			 strerror(-error));
	return 0;
}
