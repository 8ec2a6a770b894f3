/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attaching to interfaces. Where the kernel has it, by libxdp's dispatcher, so that we live beside
 * other XDP programs; else by a pinned bpf_link, else by netlink. What an earlier run left in force
 * is adopted when it is the same program, and otherwise replaced so that packets meet either the
 * old or the new one.
 */
#include "private.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_link.h>
#include <linux/limits.h>

#include "dispatcher.h"
#include "hook.h"
#include "pins.h"
#include "return_path.h"
#include "userspace/log.h"

/* One interface on its way to being attached. */
struct attempt {
	struct mxdp_datapath *datapath;
	const char *interface;
	int ifindex;
	uint32_t settings_id;
	bool beside;     /* leave room for others at any price */
	uint32_t joined; /* our program's id in the dispatcher, once it is there */
	struct mxdp_attachment result;
};

static uint32_t mode_flags(bool native)
{
	return native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
}

static void attached(struct attempt *attempt, const char *by, const char *since, bool native)
{
	attempt->result.by = by;
	attempt->result.since = since;
	attempt->result.native = native;
}

/* `read_only`: by the program that makes no replies. */
static int join_dispatcher(struct attempt *attempt, bool native, bool read_only)
{
	int error = mxdp_dispatcher_join(attempt->datapath, attempt->interface, native, read_only,
					 &attempt->joined);

	if (error)
		return error;
	attached(attempt, "dispatcher", "attached", native);
	attempt->result.read_only = read_only;
	return 0;
}

/* Beside others, and if need be without replies. */
static int join_at_any_price(struct attempt *attempt, bool native)
{
	int error = join_dispatcher(attempt, native, false);

	if (!error || error == -EOPNOTSUPP)
		return error;
	mxdp_log(MXDP_LOG_NOTICE,
		 "%s: the dispatcher takes no program that makes replies (%s): trying the one that "
		 "makes none",
		 attempt->interface, strerror(-error));
	return join_dispatcher(attempt, native, true);
}

static int attach_by_link(struct attempt *attempt, bool native)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = mode_flags(native));
	char path[PATH_MAX];
	int error, fd;

	fd = bpf_link_create(attempt->datapath->program, attempt->ifindex, BPF_XDP, &options);
	if (fd < 0)
		return -errno;
	mxdp_hook_link_path(attempt->datapath->pin_directory, attempt->interface, path,
			    sizeof(path));
	error = bpf_obj_pin(fd, path) ? -errno : 0;
	close(fd); /* unpinned, the link would end here and detach */
	if (error)
		mxdp_log(MXDP_LOG_ERROR, "cannot pin %s: %s", path, strerror(-error));
	else
		attached(attempt, "link", "attached", native);
	return error;
}

static int attach_by_netlink(struct attempt *attempt, bool native)
{
	int error = bpf_xdp_attach(attempt->ifindex, attempt->datapath->program,
				   mode_flags(native) | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);

	if (!error)
		attached(attempt, "netlink", "attached", native);
	return error;
}

static int attach_beside(struct attempt *attempt, bool native)
{
	int error = join_at_any_price(attempt, native);

	if (error == -EOPNOTSUPP)
		mxdp_log(MXDP_LOG_ERROR,
			 "%s: this kernel has no room for several XDP programs (no freplace), so "
			 "attach = beside cannot be had; attach = auto attaches alone",
			 attempt->interface);
	return error;
}

static int attach_in_mode(struct attempt *attempt, bool native)
{
	int error;

	if (attempt->beside)
		return attach_beside(attempt, native);
	if (!attempt->datapath->no_dispatcher) {
		error = join_dispatcher(attempt, native, false);
		if (!error)
			return 0;
		if (error == -EOPNOTSUPP)
			attempt->datapath->no_dispatcher = true;
		else
			mxdp_log(MXDP_LOG_NOTICE,
				 "%s: libxdp's dispatcher does not take the program (%s): "
				 "attaching alone, which leaves no room for another XDP program; "
				 "attach = beside leaves it, without replies",
				 attempt->interface, strerror(-error));
	}
	error = attach_by_link(attempt, native);
	if (error == -EINVAL) /* a kernel before 5.9 */
		error = attach_by_netlink(attempt, native);
	return error;
}

static int attach_fresh(struct attempt *attempt, enum mxdp_attach_mode mode)
{
	int error = -EOPNOTSUPP;

	if (mode != MXDP_ATTACH_GENERIC)
		error = attach_in_mode(attempt, true);
	if (!error || mode == MXDP_ATTACH_NATIVE)
		return error;
	if (mode == MXDP_ATTACH_AUTO)
		mxdp_log(MXDP_LOG_WARNING,
			 "%s: its driver has no native XDP (%s): using GENERIC mode, which costs "
			 "several times the CPU a packet; attach_mode = generic silences this",
			 attempt->interface, strerror(-error));
	attempt->datapath->no_dispatcher = false;
	return attach_in_mode(attempt, false);
}

/* Linux 6.12 takes no program that answers packets into the dispatcher of a libxdp before 1.5.5. */
static int join_neighbours(struct attempt *attempt, const struct mxdp_hook *hook)
{
	int error = join_at_any_price(attempt, hook->native);

	if (error)
		mxdp_log(MXDP_LOG_ERROR,
			 "%s: the dispatcher that holds %s does not take the program (%s): detach "
			 "them (`xdp-loader unload %s --all`) or update libxdp",
			 attempt->interface, hook->others[0] ? hook->others : "the old one",
			 strerror(-error), attempt->interface);
	return error;
}

/* The same code on the same maps hangs there already: nothing to do. */
static bool adopt(struct attempt *attempt, const struct mxdp_hook *hook, const char *by)
{
	unsigned char tag[BPF_TAG_SIZE];
	int error = hook->read_only ? mxdp_dispatcher_read_only_tag(attempt->datapath, tag)
				    : mxdp_datapath_tag(attempt->datapath->program, tag);

	if (error || !mxdp_datapath_is_ours(hook->program_id, attempt->settings_id, tag))
		return false;
	attached(attempt, by, "adopted", hook->native);
	attempt->result.read_only = hook->read_only;
	return true;
}

/*
 * Both programs run for a moment; each packet is judged by one or two equal judges, never none.
 * A start that was killed in that moment has left both: the next one clears them up here.
 */
static int replace_in_dispatcher(struct attempt *attempt, const struct mxdp_hook *hook)
{
	int error = join_neighbours(attempt, hook);

	if (!error && !attempt->joined)
		error = -ENOENT; /* without its id the new one would leave with the old */
	if (!error)
		error = mxdp_hook_leave_dispatcher(attempt->ifindex, 0, attempt->joined);
	if (!error)
		attached(attempt, "dispatcher", "replaced", hook->native);
	return error;
}

static int replace_by_link(struct attempt *attempt, const struct mxdp_hook *hook)
{
	if (bpf_link_update(hook->link_fd, attempt->datapath->program, NULL))
		return -errno;
	attached(attempt, "link", "replaced", hook->native);
	return 0;
}

static int replace_by_netlink(struct attempt *attempt, const struct mxdp_hook *hook)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, options,
		    .old_prog_fd = bpf_prog_get_fd_by_id(hook->program_id));
	int error;

	if (options.old_prog_fd < 0)
		return -errno;
	error = bpf_xdp_attach(attempt->ifindex, attempt->datapath->program,
			       mode_flags(hook->native) | XDP_FLAGS_REPLACE, &options);
	close(options.old_prog_fd);
	if (!error)
		attached(attempt, "netlink", "replaced", hook->native);
	return error;
}

/* Once the neighbours have left, the program that makes replies may fit again. */
static int take_over_dispatcher(struct attempt *attempt, const struct mxdp_hook *hook)
{
	bool fits_again = hook->read_only && !hook->others[0] && !attempt->beside;

	if (hook->copies == 1 && !fits_again && adopt(attempt, hook, "dispatcher"))
		return 0;
	return replace_in_dispatcher(attempt, hook);
}

static int attach_over(struct attempt *attempt, const struct mxdp_hook *hook,
		       enum mxdp_attach_mode mode)
{
	switch (hook->state) {
	case MXDP_HOOK_OURS_BY_LINK:
		return adopt(attempt, hook, "link") ? 0 : replace_by_link(attempt, hook);
	case MXDP_HOOK_OURS_BY_DISPATCHER:
		return take_over_dispatcher(attempt, hook);
	case MXDP_HOOK_OURS_BY_NETLINK:
		return adopt(attempt, hook, "netlink") ? 0 : replace_by_netlink(attempt, hook);
	case MXDP_HOOK_FOREIGN_DISPATCHER:
		return join_neighbours(attempt, hook);
	case MXDP_HOOK_FOREIGN_SINGLE:
		mxdp_log(MXDP_LOG_ERROR,
			 "%s is occupied by the XDP program %s (id %u), which leaves no room for "
			 "another: detach it with `ip link set dev %s xdp off`, or load it by "
			 "libxdp's dispatcher (xdp-loader)",
			 attempt->interface, hook->others, hook->program_id, attempt->interface);
		return -EBUSY;
	case MXDP_HOOK_FREE:
		break;
	}
	return attach_fresh(attempt, mode);
}

/* Takes our program off, so that it can be attached in another way. */
static int leave(struct attempt *attempt, struct mxdp_hook *hook)
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
		bpf_xdp_detach(attempt->ifindex, mode_flags(hook->native), NULL);
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
static int leave_for_another_way(struct attempt *attempt, struct mxdp_hook *hook,
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

static int attach_interface(struct mxdp_datapath *datapath, const char *interface,
			    const struct mxdp_config *config, uint32_t settings_id)
{
	struct attempt attempt = {
		.datapath = datapath,
		.interface = interface,
		.settings_id = settings_id,
		.beside = config->attach == MXDP_ATTACH_BESIDE,
	};
	struct mxdp_hook hook;
	int error;

	attempt.ifindex = (int)if_nametoindex(interface);
	if (!attempt.ifindex) {
		mxdp_log(MXDP_LOG_ERROR,
			 "there is no interface %s: `ip link` lists them; correct `interfaces` in "
			 "the configuration",
			 interface);
		return -ENODEV;
	}
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
	for (size_t i = 0; i < config->interface_count && i < MXDP_INTERFACES_MAX; i++) {
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
	error = mxdp_datapath_tell_replies(datapath);
	return first_error ? first_error : error;
}

size_t mxdp_datapath_attachments(const struct mxdp_datapath *datapath,
				 const struct mxdp_attachment **attachments)
{
	*attachments = datapath->attachments;
	return datapath->attachment_count;
}
