/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attaching to interfaces. Where the kernel has it, by libxdp's dispatcher, so that we live beside
 * other XDP programs; else by a pinned bpf_link, else by netlink. What an earlier run left in force
 * is adopted when it is the same program, and otherwise replaced so that packets meet either the
 * old or the new one.
 */
#include "attach.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/limits.h>

#include "link.h"
#include "pins.h"
#include "return_path.h"
#include "sockets.h"
#include "userspace/log.h"

#define FAULT_TEXT 256

static int complain_occupied(const struct mxdp_attempt *attempt, const struct mxdp_hook *hook)
{
	if (mxdp_datapath_is_ours(hook->program_id, 0, NULL))
		mxdp_log(MXDP_LOG_ERROR,
			 "%s is screened by another mxdp, whose pins are not in %s: end it with "
			 "`mxdp detach --pins DIRECTORY` or, when it has none, with `ip link set "
			 "dev %s xdp off`",
			 attempt->interface, attempt->datapath->pin_directory, attempt->interface);
	else
		mxdp_log(MXDP_LOG_ERROR,
			 "%s is occupied by the XDP program %s (id %u), which leaves no room for "
			 "another: detach it with `ip link set dev %s xdp off`, or load it by "
			 "libxdp's dispatcher (xdp-loader)",
			 attempt->interface, hook->others, hook->program_id, attempt->interface);
	return -EBUSY;
}

static int attach_over(struct mxdp_attempt *attempt, const struct mxdp_hook *hook,
		       enum mxdp_attach_mode mode)
{
	switch (hook->state) {
	case MXDP_HOOK_OURS_BY_LINK:
	case MXDP_HOOK_OURS_BY_DISPATCHER:
	case MXDP_HOOK_OURS_BY_NETLINK:
		return mxdp_attach_over_ours(attempt, hook);
	case MXDP_HOOK_FOREIGN_DISPATCHER:
		return mxdp_attach_join(attempt, hook);
	case MXDP_HOOK_FOREIGN_SINGLE:
		return complain_occupied(attempt, hook);
	case MXDP_HOOK_FREE:
		break;
	}
	return mxdp_attach_fresh(attempt, mode);
}

/* Takes our program off, so that it can be attached in another way. */
static int leave(struct mxdp_attempt *attempt, struct mxdp_hook *hook)
{
	char path[PATH_MAX];

	switch (hook->state) {
	case MXDP_HOOK_OURS_BY_LINK:
		mxdp_hook_link_path(attempt->datapath->pin_directory, attempt->interface, path,
				    sizeof(path));
		unlink(path);
		mxdp_hook_close(hook);
		break;
	case MXDP_HOOK_OURS_BY_NETLINK:
		bpf_xdp_detach(attempt->ifindex, mxdp_attempt_flags(hook->native), NULL);
		break;
	case MXDP_HOOK_OURS_BY_DISPATCHER:
		if (hook->others[0]) {
			mxdp_log(MXDP_LOG_ERROR,
				 "%s: the dispatcher holds %s too, so its mode can't be changed: "
				 "detach them first or set attach_mode = auto",
				 attempt->interface, hook->others);
			return -EBUSY;
		}
		mxdp_hook_leave_dispatcher(attempt->ifindex, 0, 0);
		break;
	default:
		return 0;
	}
	hook->state = MXDP_HOOK_FREE;
	return 0;
}

/* The operator asked for another mode, or for room beside us: that takes a fresh attachment. */
static int leave_for_another_way(struct mxdp_attempt *attempt, struct mxdp_hook *hook,
				 enum mxdp_attach_mode mode)
{
	bool alone =
		hook->state == MXDP_HOOK_OURS_BY_LINK || hook->state == MXDP_HOOK_OURS_BY_NETLINK;
	bool ours = alone || hook->state == MXDP_HOOK_OURS_BY_DISPATCHER;
	bool native = mode == MXDP_ATTACH_NATIVE;

	if (ours && mode != MXDP_ATTACH_AUTO && hook->native != native)
		mxdp_log(MXDP_LOG_WARNING,
			 "%s: changing from %s to %s mode; the interface is unprotected for a "
			 "moment",
			 attempt->interface, hook->native ? "native" : "generic",
			 native ? "native" : "generic");
	else if (alone && attempt->beside)
		mxdp_log(MXDP_LOG_WARNING,
			 "%s: making room for other XDP programs; the interface is unprotected for "
			 "a moment",
			 attempt->interface);
	else
		return 0;
	return leave(attempt, hook);
}

int mxdp_datapath_suits(const char *interface, char *fault, size_t size)
{
	const int ifindex = (int)if_nametoindex(interface);
	char name[IF_NAMESIZE];
	struct mxdp_link link;

	if (!ifindex) {
		snprintf(fault, size, "there is no interface %s (`ip link` lists them)", interface);
		return -ENODEV;
	}
	/* By one name alone pins, news and what is no longer configured find each other. */
	if (if_indextoname((unsigned int)ifindex, name) && strcmp(name, interface) != 0) {
		snprintf(fault, size, "%s is another name of %s: write %s", interface, name, name);
		return -EINVAL;
	}
	/* Read as Ethernet, half of an address would be taken for a protocol. */
	if (!mxdp_link_read(ifindex, MXDP_NETNS_OWN, &link) && !link.ethernet) {
		snprintf(fault, size,
			 "%s carries no Ethernet frames (a tunnel, PPP or the like) and cannot be "
			 "screened: screen on the next host, where its clients arrive in such "
			 "frames",
			 interface);
		return -EAFNOSUPPORT;
	}
	return 0;
}

static int attach_interface(struct mxdp_datapath *datapath, const char *interface,
			    const struct mxdp_config *config, uint32_t settings_id)
{
	struct mxdp_attempt attempt = {
		.datapath = datapath,
		.interface = interface,
		.settings_id = settings_id,
		.beside = config->attach == MXDP_ATTACH_BESIDE,
	};
	char fault[FAULT_TEXT];
	struct mxdp_hook hook;
	int error;

	error = mxdp_datapath_suits(interface, fault, sizeof(fault));
	if (error) {
		mxdp_log(MXDP_LOG_ERROR, "%s; correct `interfaces` in the configuration", fault);
		return error;
	}
	attempt.ifindex = (int)if_nametoindex(interface);
	error = mxdp_hook_read(datapath->pin_directory, interface, attempt.ifindex, settings_id,
			       &hook);
	if (!error) {
		error = leave_for_another_way(&attempt, &hook, config->attach_mode);
		if (!error)
			error = attach_over(&attempt, &hook, config->attach_mode);
		mxdp_hook_close(&hook);
	}
	if (error) {
		if (error != -EBUSY)
			mxdp_log(MXDP_LOG_ERROR, "cannot attach to %s: %s", interface,
				 strerror(-error));
		return error;
	}
	attempt.result.ifindex = attempt.ifindex;
	snprintf(attempt.result.interface, sizeof(attempt.result.interface), "%s", interface);
	snprintf(attempt.result.others, sizeof(attempt.result.others), "%s", hook.others);
	mxdp_datapath_look_for_replies(&attempt.result);
	datapath->hook_ids[datapath->attachment_count] = 0;
	datapath->attachments[datapath->attachment_count++] = attempt.result;
	mxdp_log(MXDP_LOG_NOTICE, "%s: %s, %s mode, by %s%s%s", interface, attempt.result.since,
		 attempt.result.native ? "native" : "GENERIC", attempt.result.by,
		 hook.others[0] ? ", beside " : "", hook.others);
	return 0;
}

static bool configured(const struct mxdp_config *config, const char *interface)
{
	for (size_t i = 0; i < config->interface_count; i++)
		if (!strcmp(config->interfaces[i], interface))
			return true;
	return false;
}

/* Beside the packet path, where what clients say is to be read. */
static void attach_return_paths(struct mxdp_datapath *datapath, const struct mxdp_config *config,
				uint32_t settings_id)
{
	datapath->reads_wire = config->wire_evidence;
	for (size_t i = 0; i < datapath->attachment_count; i++) {
		struct mxdp_attachment *at = &datapath->attachments[i];

		if (config->wire_evidence) {
			at->not_read = mxdp_return_path_attach(datapath, at->interface, at->ifindex,
							       settings_id);
			continue;
		}
		mxdp_return_path_detach(at->ifindex, 0); /* an earlier version's, too */
		at->not_read = "wire_evidence = no";
	}
}

int mxdp_datapath_attach(struct mxdp_datapath *datapath, const struct mxdp_config *config)
{
	uint32_t settings_id = mxdp_pins_map_id(datapath->pin_directory, "settings");
	struct if_nameindex *all = if_nameindex();
	int first_error = 0, error;

	datapath->attachment_count = 0;
	for (size_t i = 0; i < config->interface_count; i++) {
		error = attach_interface(datapath, config->interfaces[i], config, settings_id);
		if (error && !first_error)
			first_error = error;
	}
	for (struct if_nameindex *one = all; one && one->if_index; one++)
		if (!configured(config, one->if_name) &&
		    !mxdp_datapath_detach_interface(datapath->pin_directory, one->if_name,
						    (int)one->if_index, settings_id))
			mxdp_log(MXDP_LOG_NOTICE, "%s: detached, it is no longer configured",
				 one->if_name);
	if (all)
		if_freenameindex(all);
	attach_return_paths(datapath, config, settings_id);
	mxdp_sockets_watch(datapath, config->socket_proof);
	error = mxdp_datapath_tell_replies(datapath);
	return first_error ? first_error : error;
}

size_t mxdp_datapath_attachments(const struct mxdp_datapath *datapath,
				 const struct mxdp_attachment **attachments)
{
	*attachments = datapath->attachments;
	return datapath->attachment_count;
}
