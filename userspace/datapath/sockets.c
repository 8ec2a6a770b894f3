/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sockets.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "private.h"
#include "userspace/log.h"
#include "mxdp.skel.h"
#include "socket.skel.h"

/* The program works on the maps of the packet path; what has no namesake there is its own. */
static int share_maps(const struct mxdp_datapath *datapath, struct socket_bpf *skeleton)
{
	struct bpf_map *map;
	int error = 0;

	bpf_object__for_each_map(map, skeleton->obj)
	{
		const struct bpf_map *shared =
			bpf_object__find_map_by_name(datapath->skeleton->obj, bpf_map__name(map));

		if (shared && !bpf_map__is_internal(map))
			error = bpf_map__reuse_fd(map, bpf_map__fd(shared));
		if (error)
			return error;
	}
	return 0;
}

static int start(struct mxdp_datapath *datapath, struct socket_bpf *skeleton)
{
	struct stat network;
	int error;

	if (stat("/proc/self/ns/net", &network))
		return -errno;
	skeleton->rodata->own_network = (__u32)network.st_ino;
	error = share_maps(datapath, skeleton);
	if (!error)
		error = socket_bpf__load(skeleton);
	return error ? error : socket_bpf__attach(skeleton);
}

static int watch_sockets(struct mxdp_datapath *datapath)
{
	struct socket_bpf *skeleton = socket_bpf__open();
	int error;

	if (!skeleton)
		return -errno;
	error = start(datapath, skeleton);
	if (error)
		socket_bpf__destroy(skeleton);
	else
		datapath->sockets = skeleton;
	return error;
}

/* Tried again at each attaching, but the log has it once. */
static void cannot_watch(struct mxdp_datapath *datapath, int error)
{
	const char *reason = "the kernel takes no program that watches sockets (it needs BTF, and "
			     "CAP_PERFMON); see the daemon's log";

	if (datapath->not_watched != reason)
		mxdp_log(MXDP_LOG_NOTICE,
			 "handshakes of this machine's own mail server prove nothing: %s (%s); "
			 "screening goes on without it, and socket_proof = no silences this",
			 reason, strerror(-error));
	datapath->not_watched = reason;
}

void mxdp_sockets_watch(struct mxdp_datapath *datapath, bool watch)
{
	int error;

	if (!watch) {
		mxdp_sockets_unload(datapath);
		datapath->not_watched = "socket_proof = no";
		return;
	}
	error = datapath->sockets ? 0 : watch_sockets(datapath);
	if (error)
		cannot_watch(datapath, error);
	else
		datapath->not_watched = NULL;
}

void mxdp_sockets_unload(struct mxdp_datapath *datapath)
{
	socket_bpf__destroy(datapath->sockets);
	datapath->sockets = NULL;
}

const char *mxdp_datapath_not_watched(const struct mxdp_datapath *datapath)
{
	return datapath->not_watched;
}
