/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses that no check, feed or flood may ever block: the gateway's own, its default gateways,
 * its resolvers, loopback, and what the configuration adds. Watches the kernel's address and route
 * tables and keeps the map never_block4/6 equal to what it finds.
 */
#ifndef MXDP_NEVER_BLOCK_H
#define MXDP_NEVER_BLOCK_H

#include <stddef.h>
#include <uv.h>

#include "maps/maps.h"
#include "userspace/config/config.h"
#include "userspace/resolver/resolver.h"

enum mxdp_protected_because {
	MXDP_PROTECTED_LOOPBACK,
	MXDP_PROTECTED_OWN,
	MXDP_PROTECTED_GATEWAY,
	MXDP_PROTECTED_RESOLVER,
	MXDP_PROTECTED_CONFIGURED,
};

struct mxdp_protected {
	struct mxdp_prefix prefix;
	enum mxdp_protected_because because;
};

struct mxdp_never_block;

/*
 * Fills the map before it returns, then follows changes. The resolver is asked for its servers
 * whenever the list is made anew. Returns 0 or a negative errno.
 */
int mxdp_never_block_new(uv_loop_t *loop, const struct mxdp_maps *maps,
			 const struct mxdp_resolver *resolver, struct mxdp_config *config,
			 struct mxdp_never_block **out);
void mxdp_never_block_free(struct mxdp_never_block *never_block);
int mxdp_never_block_configure(struct mxdp_never_block *never_block,
			       const struct mxdp_resolver *resolver, struct mxdp_config *config);

/* How many, and where: valid until the loop's next turn. */
size_t mxdp_never_block_list(const struct mxdp_never_block *never_block,
			     const struct mxdp_protected **list);
/* "the gateway's own address", "a default gateway" ... */
const char *mxdp_protected_text(enum mxdp_protected_because because);

#endif
