/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hook.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_link.h>
#include <linux/limits.h>
#include <xdp/libxdp.h>

#include "private.h"

#define DISPATCHER_PLACES 10 /* of libxdp's dispatcher */

void mxdp_hook_link_path(const char *pin_directory, const char *interface, char *path, size_t size)
{
	/* An interface name may hold any byte but '/' and space; bpffs refuses dots. */
	int end = snprintf(path, size, "%s/link_%s", pin_directory, interface);

	for (char *c = path + end - strlen(interface); end > 0 && *c; c++)
		if (*c == '.')
			*c = '+';
}

static void add_name(struct mxdp_hook *hook, const char *name)
{
	size_t used = strlen(hook->others);

	snprintf(hook->others + used, sizeof(hook->others) - used, "%s%s", used ? ", " : "", name);
}

/* Our pinned link, if it still holds this interface; an interface that went away empties it. */
static bool read_link(const char *pin_directory, const char *interface, int ifindex,
		      struct mxdp_hook *hook)
{
	struct bpf_link_info info = {};
	__u32 size = sizeof(info);
	char path[PATH_MAX];
	int fd;

	mxdp_hook_link_path(pin_directory, interface, path, sizeof(path));
	fd = bpf_obj_get(path);
	if (fd < 0)
		return false;
	if (bpf_obj_get_info_by_fd(fd, &info, &size) || info.xdp.ifindex != (__u32)ifindex) {
		close(fd);
		unlink(path);
		return false;
	}
	hook->state = MXDP_HOOK_OURS_BY_LINK;
	hook->program_id = info.prog_id;
	hook->link_fd = fd;
	return true;
}

/*
 * Whatever is called mxdp there counts as ours, on whatever maps: one whose pins somebody removed
 * would go on judging by maps that nobody writes.
 */
static void read_dispatcher(struct xdp_multiprog *programs, struct mxdp_hook *hook)
{
	struct xdp_program *program = NULL;

	hook->state = MXDP_HOOK_FOREIGN_DISPATCHER;
	while ((program = xdp_multiprog__next_prog(program, programs))) {
		uint32_t id = xdp_program__id(program);

		if (mxdp_datapath_is_ours(id, 0, NULL)) {
			hook->state = MXDP_HOOK_OURS_BY_DISPATCHER;
			hook->program_id = id;
			hook->read_only = mxdp_datapath_is_read_only(id);
			hook->copies++;
		} else {
			add_name(hook, xdp_program__name(program));
		}
	}
}

static void read_single(struct xdp_multiprog *programs, uint32_t settings_id,
			struct mxdp_hook *hook)
{
	struct xdp_program *program = xdp_multiprog__main_prog(programs);

	hook->program_id = program ? xdp_program__id(program) : 0;
	if (mxdp_datapath_is_ours(hook->program_id, settings_id, NULL)) {
		hook->state = MXDP_HOOK_OURS_BY_NETLINK;
		return;
	}
	hook->state = MXDP_HOOK_FOREIGN_SINGLE;
	add_name(hook, program ? xdp_program__name(program) : "a program without a name");
}

int mxdp_hook_read(const char *pin_directory, const char *interface, int ifindex,
		   uint32_t settings_id, struct mxdp_hook *hook)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	struct xdp_multiprog *programs;
	int error;

	*hook = (struct mxdp_hook){.state = MXDP_HOOK_FREE, .link_fd = -1};
	error = bpf_xdp_query(ifindex, 0, &query);
	if (error)
		return error;
	hook->native = query.attach_mode == XDP_ATTACHED_DRV;
	if (read_link(pin_directory, interface, ifindex, hook) ||
	    query.attach_mode == XDP_ATTACHED_NONE)
		return 0;

	programs = xdp_multiprog__get_from_ifindex(ifindex);
	error = libxdp_get_error(programs);
	if (error)
		return error;
	if (xdp_multiprog__is_legacy(programs))
		read_single(programs, settings_id, hook);
	else
		read_dispatcher(programs, hook);
	xdp_multiprog__close(programs);
	return 0;
}

void mxdp_hook_close(struct mxdp_hook *hook)
{
	if (hook->link_fd >= 0)
		close(hook->link_fd);
	hook->link_fd = -1;
}

int mxdp_hook_leave_dispatcher(int ifindex, uint32_t settings_id, uint32_t keep)
{
	struct xdp_multiprog *programs = xdp_multiprog__get_from_ifindex(ifindex);
	struct xdp_program *program = NULL, *leaving[DISPATCHER_PLACES];
	int error = libxdp_get_error(programs);
	size_t count = 0;

	if (error)
		return error;
	while ((program = xdp_multiprog__next_prog(program, programs))) {
		uint32_t id = xdp_program__id(program);

		if (id != keep && count < DISPATCHER_PLACES &&
		    mxdp_datapath_is_ours(id, settings_id, NULL))
			leaving[count++] = program;
	}
	error = count ? xdp_program__detach_multi(leaving, count, ifindex,
						  xdp_multiprog__attach_mode(programs), 0)
		      : -ENOENT;
	xdp_multiprog__close(programs);
	return error;
}
