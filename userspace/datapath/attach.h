/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One interface on its way to being attached: shared by attach.c, which chooses the way, and the
 * two ways, attach_fresh.c and attach_over.c.
 */
#ifndef MXDP_DATAPATH_ATTACH_H
#define MXDP_DATAPATH_ATTACH_H

#include "hook.h"
#include "private.h"

struct mxdp_attempt {
	struct mxdp_datapath *datapath;
	const char *interface;
	int ifindex;
	uint32_t settings_id;
	bool beside;     /* leave room for others at any price */
	uint32_t joined; /* our program's id in the dispatcher, once it is there */
	struct mxdp_attachment result;
};

/* The flags of XDP's attach calls for a mode. */
uint32_t mxdp_attempt_flags(bool native);
/* Notes in the result that it is attached, and how. */
void mxdp_attempt_done(struct mxdp_attempt *attempt, const char *by, const char *since,
		       bool native);
/* Joins the dispatcher beside others, and if need be without replies. 0 or a negative errno. */
int mxdp_attempt_join(struct mxdp_attempt *attempt, bool native);

/* Where nothing hangs yet. Returns 0 or a negative errno. */
int mxdp_attach_fresh(struct mxdp_attempt *attempt, enum mxdp_attach_mode mode);
/*
 * Where an earlier run's program hangs: adopts it when it is the same code on the same maps, else
 * replaces it so that packets meet either the old or the new one. Returns 0 or a negative errno.
 */
int mxdp_attach_over_ours(struct mxdp_attempt *attempt, const struct mxdp_hook *hook);
/* Where a dispatcher holds others alone; logs what is wrong. Returns 0 or a negative errno. */
int mxdp_attach_join(struct mxdp_attempt *attempt, const struct mxdp_hook *hook);

#endif
