/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * join_again INTERFACE: puts another copy of the program, on the pinned maps, into the interface's
 * dispatcher: what a daemon leaves that is killed halfway through an upgrade.
 */
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <xdp/libxdp.h>

#include "mxdp.skel.h"
#include "userspace/datapath/private.h"

int main(int argc, char **argv)
{
	struct mxdp_bpf *skeleton;
	struct xdp_program *program;
	long error;

	if (argc != 2) {
		fprintf(stderr, "usage: join_again INTERFACE\n");
		return 2;
	}
	skeleton = mxdp_datapath_skeleton(MXDP_PIN_DIRECTORY, 4096);
	if (!skeleton)
		return 1;
	DECLARE_LIBXDP_OPTS(xdp_program_opts, options, .obj = skeleton->obj,
			    .prog_name = MXDP_PROGRAM_NAME);
	program = xdp_program__create(&options);
	error = libxdp_get_error(program);
	if (!error)
		error = xdp_program__attach(program, (int)if_nametoindex(argv[1]), XDP_MODE_NATIVE,
					    0);
	if (error)
		fprintf(stderr, "%s: %s\n", argv[1], strerror((int)-error));
	return error != 0;
}
