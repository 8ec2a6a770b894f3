/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration on its way into the packet path. */
#include "private.h"

#include <string.h>

static void fill_reply_interfaces(const struct mxdp_datapath *datapath,
				  struct mxdp_settings *settings)
{
	size_t count = 0;

	memset(settings->reply_interfaces, 0, sizeof(settings->reply_interfaces));
	for (size_t i = 0; i < datapath->attachment_count; i++)
		if (!datapath->attachments[i].no_replies)
			settings->reply_interfaces[count++] =
				(uint32_t)datapath->attachments[i].ifindex;
}

/*
 * What the configuration does not say, but others have written, stays; at the start only where
 * replies can be made, so that a dialogue under way goes on over a restart.
 */
static void keep_others(const struct mxdp_datapath *datapath, struct mxdp_settings *settings)
{
	struct mxdp_settings before;

	if (mxdp_settings_read(&datapath->maps, &before))
		return;
	memcpy(settings->reply_interfaces, before.reply_interfaces,
	       sizeof(settings->reply_interfaces));
	settings->wire_evidence &= before.wire_evidence;
	if (datapath->attachment_count)
		settings->feeds_first = before.feeds_first;
}

int mxdp_datapath_tell_replies(const struct mxdp_datapath *datapath)
{
	struct mxdp_settings settings;
	int error = mxdp_settings_read(&datapath->maps, &settings);

	if (error)
		return error;
	fill_reply_interfaces(datapath, &settings);
	settings.wire_evidence = datapath->reads_wire;
	return mxdp_settings_write(&datapath->maps, &settings);
}

int mxdp_datapath_set_mode(struct mxdp_datapath *datapath, enum mxdp_mode mode)
{
	struct mxdp_settings settings;
	int error = mxdp_settings_read(&datapath->maps, &settings);

	if (error)
		return error;
	settings.mode = mode;
	return mxdp_settings_write(&datapath->maps, &settings);
}

int mxdp_datapath_configure(struct mxdp_datapath *datapath, const struct mxdp_config *config)
{
	const struct mxdp_maps *maps = &datapath->maps;
	struct mxdp_settings settings;
	int error;

	mxdp_config_settings(config, &settings);
	keep_others(datapath, &settings);
	/* A first destination must be in the set before the filter reads it, and a last one in
	 * it until the filter is off: settings come second when it grows, first when it ends. */
	if (config->destination_count) {
		error = mxdp_set_replace(maps, MXDP_SET_DESTINATIONS, config->destinations,
					 config->destination_count);
		return error ? error : mxdp_settings_write(maps, &settings);
	}
	error = mxdp_settings_write(maps, &settings);
	return error ? error : mxdp_set_replace(maps, MXDP_SET_DESTINATIONS, NULL, 0);
}
