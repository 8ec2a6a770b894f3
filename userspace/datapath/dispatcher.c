/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dispatcher.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <linux/if_link.h>
#include <xdp/libxdp.h>

#include "hook.h"
#include "pins.h"
#include "userspace/log.h"
#include "mxdp.skel.h"

static int libxdp_to_log(enum libxdp_print_level level, const char *format, va_list arguments)
{
	char line[1024];

	(void)level;
	vsnprintf(line, sizeof(line), format, arguments);
	line[strcspn(line, "\n")] = '\0';
	mxdp_log(MXDP_LOG_DEBUG, "%s", line);
	return 0;
}

static uint32_t id_of(int program_fd)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	return bpf_obj_get_info_by_fd(program_fd, &info, &size) ? 0 : info.id;
}

/*
 * libxdp loads a program anew for each dispatcher, so it gets an object of its own that adopts the
 * pinned maps; of its programs only the wanted one is loaded.
 */
static struct mxdp_bpf *open_object(const struct mxdp_datapath *datapath, bool read_only)
{
	struct mxdp_bpf *skeleton =
		mxdp_datapath_skeleton(datapath->pin_directory, datapath->verdicts_max);

	if (!skeleton)
		return NULL;
	bpf_program__set_autoload(skeleton->progs.mxdp, !read_only);
	bpf_program__set_autoload(skeleton->progs.mxdp_read_only, read_only);
	return skeleton;
}

/*
 * Where the kernel has no freplace, libxdp attaches a single program by netlink, which a link does
 * better: it is taken off again.
 */
static int refuse_single(const struct mxdp_datapath *datapath, const char *interface, int ifindex)
{
	struct mxdp_hook hook;
	int error = mxdp_hook_read(datapath->pin_directory, interface, ifindex,
				   mxdp_pins_map_id(datapath->pin_directory, "settings"), &hook);

	if (error)
		return 0;
	if (hook.state == MXDP_HOOK_OURS_BY_NETLINK) {
		bpf_xdp_detach(ifindex, hook.native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE,
			       NULL);
		error = -EOPNOTSUPP;
	}
	mxdp_hook_close(&hook);
	return error;
}

int mxdp_dispatcher_join(const struct mxdp_datapath *datapath, const char *interface, bool native,
			 bool read_only, uint32_t *joined)
{
	int ifindex = (int)if_nametoindex(interface), error;
	struct mxdp_bpf *skeleton = open_object(datapath, read_only);
	struct xdp_program *program;

	if (!skeleton)
		return -errno;
	DECLARE_LIBXDP_OPTS(xdp_program_opts, options, .obj = skeleton->obj,
			    .prog_name = read_only ? MXDP_READ_ONLY_NAME : MXDP_PROGRAM_NAME);
	libxdp_set_print(libxdp_to_log);
	program = xdp_program__create(&options);
	error = (int)libxdp_get_error(program);
	if (error) {
		mxdp_bpf__destroy(skeleton);
		return error;
	}
	error = xdp_program__attach(program, ifindex, native ? XDP_MODE_NATIVE : XDP_MODE_SKB, 0);
	if (!error)
		error = refuse_single(datapath, interface, ifindex);
	if (!error)
		*joined = id_of(xdp_program__fd(program));
	xdp_program__close(program);
	mxdp_bpf__destroy(skeleton);
	return error;
}

int mxdp_dispatcher_read_only_tag(const struct mxdp_datapath *datapath,
				  unsigned char tag[BPF_TAG_SIZE])
{
	struct mxdp_bpf *skeleton = open_object(datapath, true);
	int error;

	if (!skeleton)
		return -errno;
	error = mxdp_bpf__load(skeleton);
	if (!error)
		error = mxdp_datapath_tag(bpf_program__fd(skeleton->progs.mxdp_read_only), tag);
	mxdp_bpf__destroy(skeleton);
	return error;
}
