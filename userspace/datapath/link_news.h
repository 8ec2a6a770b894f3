/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's news of interfaces (rtnetlink's link group), so that one that is made anew need not
 * wait for the next look at all of them.
 */
#ifndef MXDP_LINK_NEWS_H
#define MXDP_LINK_NEWS_H

#include <uv.h>

struct mxdp_link_news;

/*
 * Calls `fn` for each interface that is new or has changed, its own programs included, from the
 * loop. News may be lost when there are many. Returns 0 or a negative errno.
 */
typedef void (*mxdp_link_news_fn)(void *context, const char *interface, int ifindex);
int mxdp_link_news_new(uv_loop_t *loop, mxdp_link_news_fn fn, void *context,
		       struct mxdp_link_news **out);
void mxdp_link_news_free(struct mxdp_link_news *news);

#endif
