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
#include <xdp/libxdp.h>

#include "hook.h"
#include "pins.h"
#include "return_path.h"
#include "userspace/log.h"
#include "mxdp.skel.h"

#define SECTION "xdp.frags"

/* One interface on its way to being attached. */
struct attempt {
	struct mxdp_datapath *datapath;
	const char *interface;
	int ifindex;
	uint32_t settings_id;
	uint32_t joined; /* our program's id in the dispatcher, once it is there */
	struct mxdp_attachment result;
};

static int libxdp_to_log(enum libxdp_print_level level, const char *format, va_list arguments)
{
	char line[1024];

	(void)level;
	vsnprintf(line, sizeof(line), format, arguments);
	line[strcspn(line, "\n")] = '\0';
	mxdp_log(MXDP_LOG_DEBUG, "%s", line);
	return 0;
}

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

static uint32_t id_of(int program_fd)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	return bpf_obj_get_info_by_fd(program_fd, &info, &size) ? 0 : info.id;
}

/*
 * libxdp loads a program anew for each dispatcher, so it gets an object of its own that adopts the
 * pinned maps. Where the kernel has no freplace, libxdp attaches a single program by netlink, which
 * a link does better: -EOPNOTSUPP then, and nothing is left attached.
 */
static int join_dispatcher(struct attempt *attempt, bool native)
{
	struct mxdp_datapath *datapath = attempt->datapath;
	enum xdp_attach_mode mode = native ? XDP_MODE_NATIVE : XDP_MODE_SKB;
	struct mxdp_bpf *skeleton;
	struct xdp_program *program;
	struct mxdp_hook hook;
	int error;

	skeleton = mxdp_datapath_skeleton(datapath->pin_directory, datapath->verdicts_max);
	if (!skeleton)
		return -errno;
	program = xdp_program__from_bpf_obj(skeleton->obj, SECTION);
	error = libxdp_get_error(program);
	if (error) {
		mxdp_bpf__destroy(skeleton);
		return error;
	}
	error = xdp_program__attach(program, attempt->ifindex, mode, 0);
	if (!error && !mxdp_hook_read(datapath->pin_directory, attempt->interface, attempt->ifindex,
				      attempt->settings_id, &hook)) {
		if (hook.state == MXDP_HOOK_OURS_BY_NETLINK) {
			bpf_xdp_detach(attempt->ifindex, mode_flags(native), NULL);
			error = -EOPNOTSUPP;
		}
		mxdp_hook_close(&hook);
	}
	if (!error) {
		attempt->joined = id_of(xdp_program__fd(program));
		attached(attempt, "dispatcher", "attached", native);
	}
	xdp_program__close(program);
	mxdp_bpf__destroy(skeleton);
	return error;
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

static int attach_in_mode(struct attempt *attempt, bool native)
{
	int error;

	if (!attempt->datapath->no_dispatcher) {
		error = join_dispatcher(attempt, native);
		if (!error)
			return 0;
		if (error == -EOPNOTSUPP)
			attempt->datapath->no_dispatcher = true;
		else
			mxdp_log(
				MXDP_LOG_NOTICE,
				"%s: libxdp's dispatcher does not take the program (%s): attaching "
				"alone, which leaves no room for another XDP program",
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
	int error = join_dispatcher(attempt, hook->native);

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

	if (mxdp_datapath_tag(attempt->datapath->program, tag) ||
	    !mxdp_datapath_is_ours(hook->program_id, attempt->settings_id, tag))
		return false;
	attached(attempt, by, "adopted", hook->native);
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

static int attach_over(struct attempt *attempt, const struct mxdp_hook *hook,
		       enum mxdp_attach_mode mode)
{
	switch (hook->state) {
	case MXDP_HOOK_OURS_BY_LINK:
		return adopt(attempt, hook, "link") ? 0 : replace_by_link(attempt, hook);
	case MXDP_HOOK_OURS_BY_DISPATCHER:
		return hook->copies == 1 && adopt(attempt, hook, "dispatcher")
			       ? 0
			       : replace_in_dispatcher(attempt, hook);
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

/* The operator asked for the other mode: only a fresh attachment can change it. */
static int leave_for_other_mode(struct attempt *attempt, struct mxdp_hook *hook,
				enum mxdp_attach_mode mode)
{
	bool wanted = mode == MXDP_ATTACH_NATIVE;
	char path[PATH_MAX];

	if (mode == MXDP_ATTACH_AUTO || hook->native == wanted || hook->state == MXDP_HOOK_FREE)
		return 0;
	mxdp_log(MXDP_LOG_WARNING,
		 "%s: changing from %s to %s mode; the interface is unprotected for a moment",
		 attempt->interface, hook->native ? "native" : "generic",
		 wanted ? "native" : "generic");
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

static int attach_interface(struct mxdp_datapath *datapath, const char *interface,
			    enum mxdp_attach_mode mode, uint32_t settings_id)
{
	struct attempt attempt = {
		.datapath = datapath, .interface = interface, .settings_id = settings_id};
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
		error = leave_for_other_mode(&attempt, &hook, mode);
		if (!error)
			error = attach_over(&attempt, &hook, mode);
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

	libxdp_set_print(libxdp_to_log);
	datapath->attachment_count = 0;
	for (size_t i = 0; i < config->interface_count && i < MXDP_INTERFACES_MAX; i++) {
		error = attach_interface(datapath, config->interfaces[i], config->attach_mode,
					 settings_id);
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
