/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "never_block.h"

#include <errno.h>
#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "userspace/log.h"
#include "netlink_routes.h"

#define SETTLE_MS 200 /* route changes come in bursts */

struct mxdp_never_block {
	const struct mxdp_maps *maps;
	const struct mxdp_resolver *resolver;
	struct mxdp_config *config;
	struct mxdp_protected *list;
	size_t count, places;
	int changes;
	uv_poll_t poll;
	uv_timer_t settle;
	unsigned int open_handles;
};

const char *mxdp_protected_text(enum mxdp_protected_because because)
{
	static const char *const texts[] = {
		[MXDP_PROTECTED_LOOPBACK] = "loopback",
		[MXDP_PROTECTED_OWN] = "the gateway's own address",
		[MXDP_PROTECTED_GATEWAY] = "a default gateway",
		[MXDP_PROTECTED_RESOLVER] = "a resolver of the gateway",
		[MXDP_PROTECTED_CONFIGURED] = "named in never_block",
	};

	return texts[because];
}

static void add(struct mxdp_never_block *never_block, const struct mxdp_prefix *prefix,
		enum mxdp_protected_because because)
{
	struct mxdp_protected *entry;

	for (size_t i = 0; i < never_block->count; i++)
		if (never_block->list[i].prefix.length == prefix->length &&
		    mxdp_address_equal(&never_block->list[i].prefix.address, &prefix->address))
			return;
	if (never_block->count == never_block->places) {
		size_t places = never_block->places ? never_block->places * 2 : 32;

		entry = realloc(never_block->list, places * sizeof(*entry));
		if (!entry) {
			mxdp_log(MXDP_LOG_ERROR, "out of memory: a never-block address is missing");
			return;
		}
		never_block->list = entry;
		never_block->places = places;
	}
	entry = &never_block->list[never_block->count++];
	entry->prefix = *prefix;
	entry->because = because;
}

static void add_host(struct mxdp_never_block *never_block, const struct mxdp_address *address,
		     enum mxdp_protected_because because)
{
	struct mxdp_prefix host = mxdp_prefix_host(address);

	add(never_block, &host, because);
}

static void add_text(struct mxdp_never_block *never_block, const char *text,
		     enum mxdp_protected_because because)
{
	struct mxdp_prefix prefix;

	if (!mxdp_prefix_parse(text, &prefix))
		add(never_block, &prefix, because);
}

/* What cannot be looked up now is as it was. */
static void add_again(struct mxdp_never_block *never_block, const struct mxdp_protected *before,
		      size_t count, enum mxdp_protected_because because)
{
	for (size_t i = 0; i < count; i++)
		if (before[i].because == because)
			add(never_block, &before[i].prefix, because);
}

static int add_own(struct mxdp_never_block *never_block)
{
	struct ifaddrs *all;

	if (getifaddrs(&all))
		return -errno;
	for (struct ifaddrs *one = all; one; one = one->ifa_next) {
		struct mxdp_address address;

		if (one->ifa_addr && !mxdp_address_from_sockaddr(one->ifa_addr, &address))
			add_host(never_block, &address, MXDP_PROTECTED_OWN);
	}
	freeifaddrs(all);
	return 0;
}

static void add_gateway(void *context, const struct mxdp_address *gateway)
{
	add_host(context, gateway, MXDP_PROTECTED_GATEWAY);
}

/* From "192.0.2.53:53, [2001:db8::53]:53". */
static void add_resolvers(struct mxdp_never_block *never_block)
{
	char text[1024], *rest = text, *server;

	mxdp_resolver_servers(never_block->resolver, text, sizeof(text));
	while ((server = strsep(&rest, ", "))) {
		if (*server == '[')
			server[strcspn(server, "]")] = '\0', server++;
		else
			server[strcspn(server, ":")] = '\0';
		add_text(never_block, server, MXDP_PROTECTED_RESOLVER);
	}
}

static int publish(struct mxdp_never_block *never_block)
{
	struct mxdp_prefix *prefixes = calloc(never_block->count, sizeof(*prefixes));
	int error;

	if (!prefixes)
		return -ENOMEM;
	for (size_t i = 0; i < never_block->count; i++)
		prefixes[i] = never_block->list[i].prefix;
	error = mxdp_set_replace(never_block->maps, MXDP_SET_NEVER_BLOCK, prefixes,
				 never_block->count);
	free(prefixes);
	if (error)
		mxdp_log(MXDP_LOG_ERROR,
			 "the never-block map does not take its %zu entries: %s; the earlier ones "
			 "stay in force",
			 never_block->count, strerror(-error));
	return error;
}

static int refresh(struct mxdp_never_block *never_block)
{
	const struct mxdp_config *config = never_block->config;
	struct mxdp_protected *before = never_block->list;
	const size_t count = never_block->count;
	int error;

	never_block->list = NULL;
	never_block->count = never_block->places = 0;
	add_text(never_block, "127.0.0.0/8", MXDP_PROTECTED_LOOPBACK);
	add_text(never_block, "::1", MXDP_PROTECTED_LOOPBACK);
	error = add_own(never_block);
	if (error) {
		mxdp_log(MXDP_LOG_ERROR, "cannot list own addresses: %s; those known stay",
			 strerror(-error));
		add_again(never_block, before, count, MXDP_PROTECTED_OWN);
	}
	error = mxdp_default_gateways(add_gateway, never_block);
	if (error) {
		mxdp_log(MXDP_LOG_WARNING, "cannot list default gateways: %s; those known stay",
			 strerror(-error));
		add_again(never_block, before, count, MXDP_PROTECTED_GATEWAY);
	}
	free(before);
	add_resolvers(never_block);
	for (size_t i = 0; i < config->never_block_count; i++)
		add(never_block, &config->never_block[i], MXDP_PROTECTED_CONFIGURED);
	return publish(never_block);
}

static void on_settled(uv_timer_t *timer)
{
	refresh(timer->data);
}

static void on_change(uv_poll_t *poll, int status, int events)
{
	struct mxdp_never_block *never_block = poll->data;

	(void)status;
	(void)events;
	mxdp_route_changes_drain(never_block->changes);
	uv_timer_start(&never_block->settle, on_settled, SETTLE_MS, 0);
}

static int watch(struct mxdp_never_block *never_block, uv_loop_t *loop)
{
	int error;

	never_block->changes = mxdp_route_changes_open();
	if (never_block->changes < 0)
		return never_block->changes;
	error = uv_poll_init(loop, &never_block->poll, never_block->changes);
	if (error)
		return error;
	uv_timer_init(loop, &never_block->settle);
	never_block->open_handles = 2;
	never_block->poll.data = never_block->settle.data = never_block;
	return uv_poll_start(&never_block->poll, UV_READABLE, on_change);
}

int mxdp_never_block_new(uv_loop_t *loop, const struct mxdp_maps *maps,
			 const struct mxdp_resolver *resolver, struct mxdp_config *config,
			 struct mxdp_never_block **out)
{
	struct mxdp_never_block *never_block = calloc(1, sizeof(*never_block));
	int error;

	if (!never_block)
		return -ENOMEM;
	never_block->maps = maps;
	never_block->resolver = resolver;
	never_block->config = mxdp_config_ref(config);
	error = watch(never_block, loop);
	if (!error)
		error = refresh(never_block);
	if (error) {
		mxdp_never_block_free(never_block);
		return error;
	}
	*out = never_block;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	struct mxdp_never_block *never_block = handle->data;

	if (--never_block->open_handles == 0)
		free(never_block);
}

void mxdp_never_block_free(struct mxdp_never_block *never_block)
{
	if (!never_block)
		return;
	mxdp_config_unref(never_block->config);
	free(never_block->list);
	if (!never_block->open_handles) {
		if (never_block->changes >= 0)
			close(never_block->changes);
		free(never_block);
		return;
	}
	uv_close((uv_handle_t *)&never_block->poll, on_closed);
	uv_close((uv_handle_t *)&never_block->settle, on_closed);
	close(never_block->changes);
}

int mxdp_never_block_configure(struct mxdp_never_block *never_block,
			       const struct mxdp_resolver *resolver, struct mxdp_config *config)
{
	mxdp_config_ref(config);
	mxdp_config_unref(never_block->config);
	never_block->config = config;
	never_block->resolver = resolver;
	return refresh(never_block);
}

size_t mxdp_never_block_list(const struct mxdp_never_block *never_block,
			     const struct mxdp_protected **list)
{
	*list = never_block->list;
	return never_block->count;
}
