/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hangs on an interface's XDP hook: read before anything is attached, replaced or removed. */
#ifndef MXDP_DATAPATH_HOOK_H
#define MXDP_DATAPATH_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mxdp_hook_state {
	MXDP_HOOK_FREE,
	MXDP_HOOK_OURS_BY_LINK,       /* our program, by our pinned bpf_link */
	MXDP_HOOK_OURS_BY_DISPATCHER, /* our program, in libxdp's dispatcher */
	MXDP_HOOK_OURS_BY_NETLINK,    /* our program, alone */
	MXDP_HOOK_FOREIGN_DISPATCHER, /* a dispatcher without us: we may join */
	MXDP_HOOK_FOREIGN_SINGLE,     /* another program that leaves no room */
};

struct mxdp_hook {
	enum mxdp_hook_state state;
	uint32_t program_id; /* ours, or the foreign single one */
	unsigned int copies; /* of ours in the dispatcher: two where an upgrade was cut short */
	int link_fd;         /* with OURS_BY_LINK, else -1 */
	bool native;
	bool read_only;   /* ours is the one that makes no replies */
	char others[128]; /* names of other programs there, or "" */
};

/*
 * Reads the hook of an interface. `settings_id` tells our program from that of another mxdp (see
 * mxdp_datapath_is_ours). A link pin whose interface is gone is removed. Returns 0 or a negative
 * errno; mxdp_hook_close() afterwards.
 */
int mxdp_hook_read(const char *pin_directory, const char *interface, int ifindex,
		   uint32_t settings_id, struct mxdp_hook *hook);
void mxdp_hook_close(struct mxdp_hook *hook);

/* The path of an interface's link pin. */
void mxdp_hook_link_path(const char *pin_directory, const char *interface, char *path, size_t size);

/*
 * Takes our program, each copy of it, out of the dispatcher of an interface, except the one with
 * the id `keep` (0: none is kept); `settings_id` as above, 0 for any. Returns 0, -ENOENT when there
 * was nothing to take, or a negative errno.
 */
int mxdp_hook_leave_dispatcher(int ifindex, uint32_t settings_id, uint32_t keep);

#endif
