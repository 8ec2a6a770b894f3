/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attaching where the program of an earlier run hangs, or those of others in a dispatcher
 * (attach.h). */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_link.h>

#include "attach.h"
#include "dispatcher.h"
#include "userspace/log.h"

/* Linux 6.12 takes no program that answers packets into the dispatcher of a libxdp before 1.5.5. */
int mxdp_attach_join(struct mxdp_attempt *attempt, const struct mxdp_hook *hook)
{
	int error = mxdp_attempt_join(attempt, hook->native);

	if (error)
		mxdp_log(MXDP_LOG_ERROR,
			 "%s: the dispatcher that holds %s does not take the program (%s): detach "
			 "them (`xdp-loader unload %s --all`) or update libxdp",
			 attempt->interface, hook->others[0] ? hook->others : "the old one",
			 strerror(-error), attempt->interface);
	return error;
}

/* The same code on the same maps hangs there already: nothing to do. */
static bool adopt(struct mxdp_attempt *attempt, const struct mxdp_hook *hook, const char *by)
{
	unsigned char tag[BPF_TAG_SIZE];
	int error = hook->read_only ? mxdp_dispatcher_read_only_tag(attempt->datapath, tag)
				    : mxdp_datapath_tag(attempt->datapath->program, tag);

	if (error || !mxdp_datapath_is_ours(hook->program_id, attempt->settings_id, tag))
		return false;
	mxdp_attempt_done(attempt, by, "adopted", hook->native);
	attempt->result.read_only = hook->read_only;
	return true;
}

/*
 * Both programs run for a moment; each packet is judged by one or two equal judges, never none.
 * A start that was killed in that moment has left both: the next one clears them up here.
 */
static int replace_in_dispatcher(struct mxdp_attempt *attempt, const struct mxdp_hook *hook)
{
	int error = mxdp_attach_join(attempt, hook);

	if (!error && !attempt->joined)
		error = -ENOENT; /* without its id the new one would leave with the old */
	if (!error)
		error = mxdp_hook_leave_dispatcher(attempt->ifindex, 0, attempt->joined);
	if (!error)
		mxdp_attempt_done(attempt, "dispatcher", "replaced", hook->native);
	return error;
}

static int replace_by_link(struct mxdp_attempt *attempt, const struct mxdp_hook *hook)
{
	if (bpf_link_update(hook->link_fd, attempt->datapath->program, NULL))
		return -errno;
	mxdp_attempt_done(attempt, "link", "replaced", hook->native);
	return 0;
}

static int replace_by_netlink(struct mxdp_attempt *attempt, const struct mxdp_hook *hook)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, options,
		    .old_prog_fd = bpf_prog_get_fd_by_id(hook->program_id));
	int error;

	if (options.old_prog_fd < 0)
		return -errno;
	error = bpf_xdp_attach(attempt->ifindex, attempt->datapath->program,
			       mxdp_attempt_flags(hook->native) | XDP_FLAGS_REPLACE, &options);
	close(options.old_prog_fd);
	if (!error)
		mxdp_attempt_done(attempt, "netlink", "replaced", hook->native);
	return error;
}

/* Once the neighbours have left, the program that makes replies may fit again. */
static int take_over_dispatcher(struct mxdp_attempt *attempt, const struct mxdp_hook *hook)
{
	bool fits_again = hook->read_only && !hook->others[0] && !attempt->beside;

	if (hook->copies == 1 && !fits_again && adopt(attempt, hook, "dispatcher"))
		return 0;
	return replace_in_dispatcher(attempt, hook);
}

int mxdp_attach_over_ours(struct mxdp_attempt *attempt, const struct mxdp_hook *hook)
{
	switch (hook->state) {
	case MXDP_HOOK_OURS_BY_LINK:
		return adopt(attempt, hook, "link") ? 0 : replace_by_link(attempt, hook);
	case MXDP_HOOK_OURS_BY_DISPATCHER:
		return take_over_dispatcher(attempt, hook);
	case MXDP_HOOK_OURS_BY_NETLINK:
		return adopt(attempt, hook, "netlink") ? 0 : replace_by_netlink(attempt, hook);
	default:
		return -EINVAL;
	}
}
