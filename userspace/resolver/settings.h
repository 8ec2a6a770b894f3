/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the resolver's settings mean: nothing here asks or keeps anything. */
#ifndef MXDP_RESOLVER_SETTINGS_H
#define MXDP_RESOLVER_SETTINGS_H

#include "resolver.h"

/* How long an answer may be remembered, in seconds; 0: not at all. */
uint32_t mxdp_resolver_ttl(const struct mxdp_resolver_settings *settings,
			   const struct mxdp_dns_answer *answer);

/* Whether they are the same, the servers apart. */
bool mxdp_resolver_settings_equal(const struct mxdp_resolver_settings *one,
				  const struct mxdp_resolver_settings *other);

#endif
