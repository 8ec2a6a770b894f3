/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether every interface still has the program: others may attach, replace and remove there too.
 */
#include "private.h"

#include <net/if.h>
#include <string.h>
#include <linux/if_link.h>

#include "hook.h"
#include "pins.h"
#include "return_path.h"

/*
 * The id of the program on the hook changes with whatever happens there, so that one cheap query
 * does for the usual case that nothing did. A dispatcher's changes with each neighbour.
 */
static bool still_attached(struct mxdp_datapath *datapath, size_t i)
{
	struct mxdp_attachment *attachment = &datapath->attachments[i];
	struct mxdp_hook hook;
	uint32_t id = 0;
	int flags = attachment->native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
	bool ours;

	if ((int)if_nametoindex(attachment->interface) != attachment->ifindex ||
	    bpf_xdp_query_id(attachment->ifindex, flags, &id) || !id)
		return false;
	if (id == datapath->hook_ids[i])
		return true;
	if (mxdp_hook_read(datapath->pin_directory, attachment->interface, attachment->ifindex,
			   mxdp_pins_map_id(datapath->pin_directory, "settings"), &hook))
		return false;
	ours = hook.state == MXDP_HOOK_OURS_BY_LINK || hook.state == MXDP_HOOK_OURS_BY_NETLINK ||
	       hook.state == MXDP_HOOK_OURS_BY_DISPATCHER;
	if (ours) {
		datapath->hook_ids[i] = id;
		memcpy(attachment->others, hook.others, sizeof(attachment->others));
	}
	mxdp_hook_close(&hook);
	return ours;
}

/* One that could not be attached is not missed. */
static bool return_path_hangs(const struct mxdp_datapath *datapath,
			      const struct mxdp_attachment *attachment)
{
	return attachment->not_read ||
	       mxdp_return_path_hangs(attachment->ifindex,
				      mxdp_pins_map_id(datapath->pin_directory, "settings"));
}

/* An interface that is not there can't be attached to; it is in order again when it comes back. */
static bool in_order(struct mxdp_datapath *datapath, const char *interface)
{
	for (size_t i = 0; i < datapath->attachment_count; i++)
		if (!strcmp(datapath->attachments[i].interface, interface))
			return still_attached(datapath, i) &&
			       return_path_hangs(datapath, &datapath->attachments[i]);
	return !if_nametoindex(interface);
}

bool mxdp_datapath_intact(struct mxdp_datapath *datapath, const struct mxdp_config *config)
{
	for (size_t i = 0; i < config->interface_count; i++)
		if (!in_order(datapath, config->interfaces[i]))
			return false;
	return true;
}
