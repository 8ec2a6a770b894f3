/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libxdp's dispatcher, in which several XDP programs live on one interface. Since Linux 6.12 the
 * one that Debian's libxdp brings takes no program that changes packets: for that there is another,
 * the same in all but the replies.
 */
#ifndef MXDP_DATAPATH_DISPATCHER_H
#define MXDP_DATAPATH_DISPATCHER_H

#include "private.h"

/*
 * Puts a copy of the program, or of the one that is `read_only`, into the dispatcher of the
 * interface, which is made where there is none; its id goes to `*joined`. Returns 0 or a negative
 * errno, and nothing is attached then; -EOPNOTSUPP: the kernel has no dispatchers.
 */
int mxdp_dispatcher_join(const struct mxdp_datapath *datapath, const char *interface, bool native,
			 bool read_only, uint32_t *joined);

/* The tag of the read-only program as this kernel loads it. Returns 0 or a negative errno. */
int mxdp_dispatcher_read_only_tag(const struct mxdp_datapath *datapath,
				  unsigned char tag[BPF_TAG_SIZE]);

#endif
