/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking the program off interfaces, and the pins away: the way back to a host without mxdp. */
#include "private.h"

#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_link.h>
#include <linux/limits.h>
#include <xdp/libxdp.h>

#include "hook.h"
#include "pins.h"
#include "return_path.h"
#include "mxdp.skel.h"

static int detach_single(int ifindex, const struct mxdp_hook *hook)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, options,
		    .old_prog_fd = bpf_prog_get_fd_by_id(hook->program_id));
	uint32_t flags = hook->native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
	int error;

	if (options.old_prog_fd < 0)
		return -errno;
	error = bpf_xdp_detach(ifindex, flags | XDP_FLAGS_REPLACE, &options);
	close(options.old_prog_fd);
	return error;
}

static int detach_packet_path(const char *pin_directory, const char *interface, int ifindex,
			      uint32_t settings_id)
{
	struct mxdp_hook hook;
	char path[PATH_MAX];
	int error = mxdp_hook_read(pin_directory, interface, ifindex, settings_id, &hook);

	if (error)
		return error;
	switch (hook.state) {
	case MXDP_HOOK_OURS_BY_LINK:
		mxdp_hook_link_path(pin_directory, interface, path, sizeof(path));
		error = bpf_link_detach(hook.link_fd) ? -errno : 0;
		if (!error && unlink(path))
			error = -errno;
		break;
	case MXDP_HOOK_OURS_BY_DISPATCHER:
		error = mxdp_hook_leave_dispatcher(ifindex, settings_id, 0);
		break;
	case MXDP_HOOK_OURS_BY_NETLINK:
		error = detach_single(ifindex, &hook);
		break;
	default:
		error = -ENOENT;
	}
	mxdp_hook_close(&hook);
	return error;
}

int mxdp_datapath_detach_interface(const char *pin_directory, const char *interface, int ifindex,
				   uint32_t settings_id)
{
	int error = detach_packet_path(pin_directory, interface, ifindex, settings_id);
	int return_error = mxdp_return_path_detach(ifindex, settings_id);

	if (error == -ENOENT)
		return return_error;
	return error || return_error == -ENOENT ? error : return_error;
}

static void tell(void (*report)(const char *line), const char *name, const char *done, int error)
{
	char line[PATH_MAX + 64];

	if (!report)
		return;
	if (error)
		snprintf(line, sizeof(line), "%s: not %s: %s", name, done, strerror(-error));
	else
		snprintf(line, sizeof(line), "%s: %s", name, done);
	report(line);
}

static int remove_pins(const char *pin_directory, void (*report)(const char *line))
{
	DIR *directory = opendir(pin_directory);
	const struct dirent *entry;
	char path[PATH_MAX];
	int error = 0;

	if (!directory)
		return -errno;
	mxdp_pins_end(pin_directory);
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", pin_directory, entry->d_name);
		if (unlink(path) && !error)
			error = -errno;
	}
	closedir(directory);
	if (!error && rmdir(pin_directory))
		error = -errno;
	tell(report, pin_directory, "removed", error);
	return error;
}

/* A slip in the path must not cost what lies there: `--pins /etc`. */
static int look_for_pins(const char *path)
{
	struct mxdp_bpf *skeleton = mxdp_bpf__open();
	int error = skeleton ? mxdp_pins_are_in(skeleton->obj, path) : -errno;

	mxdp_bpf__destroy(skeleton);
	return error;
}

int mxdp_datapath_remove(const char *pin_directory, void (*report)(const char *line))
{
	uint32_t settings_id = mxdp_pins_map_id(pin_directory, "settings");
	struct if_nameindex *all;
	int first_error = 0, removed = 0, error;

	/* What fails is reported in our words; the libraries also remark on what is in order. */
	libbpf_set_print(NULL);
	libxdp_set_print(NULL);
	error = look_for_pins(pin_directory);
	if (error)
		return error;
	all = if_nameindex();
	/* Without the pinned map no program can be told for ours: leave interfaces alone. */
	for (struct if_nameindex *one = all; settings_id && one && one->if_index; one++) {
		error = mxdp_datapath_detach_interface(pin_directory, one->if_name,
						       (int)one->if_index, settings_id);
		if (error == -ENOENT)
			continue;
		removed++;
		if (error && !first_error)
			first_error = error;
		tell(report, one->if_name, "detached", error);
	}
	if (all)
		if_freenameindex(all);
	if (first_error)
		return first_error; /* the pins are what a second try needs */
	error = remove_pins(pin_directory, report);
	return error == -ENOENT && removed ? 0 : error;
}
