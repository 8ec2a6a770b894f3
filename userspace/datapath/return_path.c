/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "return_path.h"

#include <errno.h>
#include <string.h>

#include "clsact.h"
#include "private.h"
#include "userspace/log.h"
#include "return_path.skel.h"

/* Our place among the filters. */
#define HANDLE   0x6d78 /* "mx" */
#define PRIORITY 25

/* libbpf remarks on what the kernel refuses, also where that is an answer like any other. */
static libbpf_print_fn_t be_silent(void)
{
	return libbpf_set_print(NULL);
}

static struct bpf_tc_hook hook_of(int ifindex)
{
	return (struct bpf_tc_hook){
		.sz = sizeof(struct bpf_tc_hook),
		.ifindex = ifindex,
		.attach_point = BPF_TC_EGRESS,
	};
}

/* The id of what hangs at our place, ours or not; 0: nothing. */
static uint32_t occupant(int ifindex)
{
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = HANDLE, .priority = PRIORITY);
	const struct bpf_tc_hook hook = hook_of(ifindex);
	libbpf_print_fn_t print = be_silent();
	int error = bpf_tc_query(&hook, &options);

	libbpf_set_print(print);
	return error ? 0 : options.prog_id;
}

bool mxdp_return_path_hangs(int ifindex, uint32_t settings_id)
{
	uint32_t id = occupant(ifindex);

	return id && mxdp_datapath_is_return_path(id, settings_id, NULL);
}

/* The program works on the maps of the packet path. */
static int load(struct mxdp_datapath *datapath)
{
	struct return_path_bpf *skeleton = return_path_bpf__open();
	int error;

	if (!skeleton)
		return -errno;
	error = bpf_map__reuse_fd(skeleton->maps.settings, datapath->maps.settings);
	if (!error)
		error = bpf_map__reuse_fd(skeleton->maps.counters, datapath->maps.counters);
	if (!error)
		error = bpf_map__reuse_fd(skeleton->maps.connections, datapath->maps.connections);
	if (!error)
		error = return_path_bpf__load(skeleton);
	if (error)
		return_path_bpf__destroy(skeleton);
	else
		datapath->return_path = skeleton;
	return error;
}

void mxdp_return_path_unload(struct mxdp_datapath *datapath)
{
	return_path_bpf__destroy(datapath->return_path);
	datapath->return_path = NULL;
}

static int make_hook(int ifindex)
{
	struct bpf_tc_hook hook = hook_of(ifindex);
	libbpf_print_fn_t print = be_silent();
	int error = bpf_tc_hook_create(&hook);

	libbpf_set_print(print);
	return error == -EEXIST ? 0 : error;
}

static int put_in_place(int ifindex, int program, bool replace)
{
	LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = program, .handle = HANDLE,
		    .priority = PRIORITY, .flags = replace ? BPF_TC_F_REPLACE : 0);
	const struct bpf_tc_hook hook = hook_of(ifindex);

	return bpf_tc_attach(&hook, &options);
}

static int attach(struct mxdp_datapath *datapath, int ifindex, uint32_t settings_id)
{
	unsigned char tag[BPF_TAG_SIZE];
	uint32_t id = occupant(ifindex);
	int program, error;

	if (id && !mxdp_datapath_is_return_path(id, 0, NULL))
		return -EBUSY;
	error = datapath->return_path ? 0 : load(datapath);
	if (error)
		return error;
	program = bpf_program__fd(datapath->return_path->progs.mxdp_return);
	error = mxdp_datapath_tag(program, tag);
	if (error || (id && mxdp_datapath_is_return_path(id, settings_id, tag)))
		return error;
	error = make_hook(ifindex);
	if (!error)
		error = put_in_place(ifindex, program, id != 0);
	return error == -EEXIST ? -EBUSY : error; /* one that is no eBPF program has no id */
}

const char *mxdp_return_path_attach(struct mxdp_datapath *datapath, const char *interface,
				    int ifindex, uint32_t settings_id)
{
	int error = attach(datapath, ifindex, settings_id);
	const char *reason = "the program for the return path cannot be attached; see the "
			     "daemon's log";

	if (!error)
		return NULL;
	if (error == -EBUSY)
		reason = "another program has our place among the egress filters: `tc filter show "
			 "dev INTERFACE egress` names it (pref 25)";
	mxdp_log(MXDP_LOG_WARNING,
		 "%s: what clients say is only shown, as it proves no address: %s (%s); screening "
		 "goes on without it, and wire_evidence = no silences this",
		 interface, reason, strerror(-error));
	return reason;
}

int mxdp_return_path_detach(int ifindex, uint32_t settings_id)
{
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = HANDLE, .priority = PRIORITY);
	struct bpf_tc_hook hook = hook_of(ifindex);
	int error;

	if (!mxdp_return_path_hangs(ifindex, settings_id))
		return -ENOENT;
	error = bpf_tc_detach(&hook, &options);
	if (!error && mxdp_clsact_is_empty(ifindex)) {
		hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
		error = bpf_tc_hook_destroy(&hook);
	}
	return error;
}
