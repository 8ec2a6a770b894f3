/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link_news.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <linux/rtnetlink.h>

#include "userspace/netlink/netlink.h"

struct mxdp_link_news {
	int socket;
	uv_poll_t poll;
	mxdp_link_news_fn fn;
	void *context;
};

static int tell(void *context, const struct nlmsghdr *message)
{
	const struct mxdp_link_news *news = context;
	const struct ifinfomsg *link = NLMSG_DATA(message);
	const struct rtattr *attribute = IFLA_RTA(link);
	int left = (int)IFLA_PAYLOAD(message);
	char name[IF_NAMESIZE];

	if (message->nlmsg_type != RTM_NEWLINK ||
	    message->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifinfomsg)))
		return 0;
	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
		if (attribute->rta_type != IFLA_IFNAME)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)RTA_PAYLOAD(attribute),
			 (const char *)RTA_DATA(attribute));
		news->fn(news->context, name, link->ifi_index);
		break;
	}
	return 0;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct mxdp_link_news *news = poll->data;

	(void)status, (void)events;
	mxdp_netlink_news_read(news->socket, tell, news);
}

int mxdp_link_news_new(uv_loop_t *loop, mxdp_link_news_fn fn, void *context,
		       struct mxdp_link_news **out)
{
	struct mxdp_link_news *news = calloc(1, sizeof(*news));
	int error;

	if (!news)
		return -ENOMEM;
	news->fn = fn;
	news->context = context;
	news->socket = mxdp_netlink_news_open(RTMGRP_LINK);
	error = news->socket < 0 ? news->socket : uv_poll_init(loop, &news->poll, news->socket);
	if (error) {
		if (news->socket >= 0)
			close(news->socket);
		free(news);
		return error;
	}
	news->poll.data = news;
	uv_poll_start(&news->poll, UV_READABLE, on_readable);
	*out = news;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void mxdp_link_news_free(struct mxdp_link_news *news)
{
	if (!news)
		return;
	uv_poll_stop(&news->poll);
	close(news->socket);
	uv_close((uv_handle_t *)&news->poll, on_closed);
}
