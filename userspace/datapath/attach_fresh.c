/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attaching where nothing of ours hangs yet: by the dispatcher, a link, or netlink (attach.h). */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_link.h>
#include <linux/limits.h>

#include "attach.h"
#include "dispatcher.h"
#include "userspace/log.h"

uint32_t mxdp_attempt_flags(bool native)
{
	return native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
}

void mxdp_attempt_done(struct mxdp_attempt *attempt, const char *by, const char *since, bool native)
{
	attempt->result.by = by;
	attempt->result.since = since;
	attempt->result.native = native;
}

/* `read_only`: by the program that makes no replies. */
static int join_dispatcher(struct mxdp_attempt *attempt, bool native, bool read_only)
{
	int error = mxdp_dispatcher_join(attempt->datapath, attempt->interface, native, read_only,
					 &attempt->joined);

	if (error)
		return error;
	mxdp_attempt_done(attempt, "dispatcher", "attached", native);
	attempt->result.read_only = read_only;
	return 0;
}

/* Beside others, and if need be without replies. */
int mxdp_attempt_join(struct mxdp_attempt *attempt, bool native)
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

static int attach_by_link(struct mxdp_attempt *attempt, bool native)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = mxdp_attempt_flags(native));
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
		mxdp_attempt_done(attempt, "link", "attached", native);
	return error;
}

static int attach_by_netlink(struct mxdp_attempt *attempt, bool native)
{
	int error = bpf_xdp_attach(attempt->ifindex, attempt->datapath->program,
				   mxdp_attempt_flags(native) | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);

	if (!error)
		mxdp_attempt_done(attempt, "netlink", "attached", native);
	return error;
}

static int attach_beside(struct mxdp_attempt *attempt, bool native)
{
	int error = mxdp_attempt_join(attempt, native);

	if (error == -EOPNOTSUPP)
		mxdp_log(MXDP_LOG_ERROR,
			 "%s: this kernel has no room for several XDP programs (no freplace), so "
			 "attach = beside cannot be had; attach = auto attaches alone",
			 attempt->interface);
	return error;
}

static int attach_in_mode(struct mxdp_attempt *attempt, bool native)
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

int mxdp_attach_fresh(struct mxdp_attempt *attempt, enum mxdp_attach_mode mode)
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
