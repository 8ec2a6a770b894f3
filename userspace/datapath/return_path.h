/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The return path's program on the way out of the interfaces (clsact egress): what lets the packet
 * path read the commands of clients that it lets through. It hangs at a place of its own among the
 * filters of that hook, disturbs none of them, and stays when the daemon stops.
 */
#ifndef MXDP_DATAPATH_RETURN_PATH_H
#define MXDP_DATAPATH_RETURN_PATH_H

#include <stdbool.h>
#include <stdint.h>

struct mxdp_datapath;

/*
 * Attaches the program, or adopts or replaces what hangs there of an earlier run. Returns NULL, or
 * why not, in words, after logging: screening does not depend on it.
 */
const char *mxdp_return_path_attach(struct mxdp_datapath *datapath, const char *interface,
				    int ifindex, uint32_t settings_id);

/* Whether our program hangs there. `settings_id` as for mxdp_datapath_is_ours(). */
bool mxdp_return_path_hangs(int ifindex, uint32_t settings_id);

/*
 * Takes our program off, and the clsact qdisc too where nothing else hangs in it. Returns 0,
 * -ENOENT where it does not hang, or a negative errno.
 */
int mxdp_return_path_detach(int ifindex, uint32_t settings_id);

#endif
