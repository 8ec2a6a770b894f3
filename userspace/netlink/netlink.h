/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking the kernel by netlink(7), and hearing its news: sockets, patience and the end of an
 * answer. What a message holds is its readers' affair.
 */
#ifndef MXDP_NETLINK_H
#define MXDP_NETLINK_H

#include <linux/netlink.h>

/* A message that is no error and no end of a dump. Anything but 0 ends the reading. */
typedef int (*mxdp_netlink_fn)(void *context, const struct nlmsghdr *message);

/*
 * Sends a request by NETLINK_ROUTE or NETLINK_GENERIC and calls `each` for each message of the
 * answer, which is one or, to a dump, any number. Waits for it, 2 s at most. Returns 0, what `each`
 * has ended it with, or a negative errno: the kernel's, -EAGAIN without an answer in time, -EBADMSG
 * for one that cannot be read.
 */
int mxdp_netlink_ask(int protocol, const struct nlmsghdr *request, mxdp_netlink_fn each,
		     void *context);

/*
 * A non-blocking socket that becomes readable when the kernel has news for rtnetlink's groups
 * (RTMGRP_...), or a negative errno. The caller closes it.
 */
int mxdp_netlink_news_open(unsigned int groups);
/*
 * Takes what has come, but for what a flood of news leaves to the next turn, and calls `each` (may
 * be NULL) for it. News may have been lost when there was much.
 */
void mxdp_netlink_news_read(int fd, mxdp_netlink_fn each, void *context);

#endif
