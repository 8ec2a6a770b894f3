/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clients that heuristics and limits spare: the senders that a provider names in its SPF record
 * (`spf_allow`), and a partner's SPF ranges and MX hosts (`partner`). The ranges are asked for
 * anew when their TTL is over, and kept equal in the map exempt4/6. A refresh that fails keeps
 * what was known, with an alarm. An exemption beats neither a denial nor a list.
 */
#ifndef MXDP_EXEMPT_H
#define MXDP_EXEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "maps/maps.h"
#include "userspace/checks/spf/lookup.h"
#include "userspace/config/config.h"

#define MXDP_EXEMPT_TEXT 280 /* "example.org's SPF", with its NUL */

struct mxdp_exempt;

/* One domain's SPF or MX as `mxdp status` shows it. */
struct mxdp_exempt_source {
	char text[MXDP_EXEMPT_TEXT];
	size_t prefixes;
	bool tried;   /* asked and answered, or failed, at least once */
	bool failing; /* the latest refresh failed: the prefixes are older */
};

/*
 * Begins to ask at once; the map keeps what it holds from an earlier run until every source was
 * tried. `maps` may be NULL. The lookup's context must outlive this. Returns 0 or -ENOMEM.
 */
int mxdp_exempt_new(uv_loop_t *loop, const struct mxdp_maps *maps,
		    const struct mxdp_spf_lookup *lookup, const struct mxdp_config *config,
		    struct mxdp_exempt **out);
/* Free it before what the lookup asks; handles close in the loop's next turns. */
void mxdp_exempt_free(struct mxdp_exempt *exempt);
/* Domains that stay keep their ranges. Returns 0 or -ENOMEM. */
int mxdp_exempt_configure(struct mxdp_exempt *exempt, const struct mxdp_config *config);
/* Asks for everything anew now, unless it is being asked for. */
void mxdp_exempt_refresh(struct mxdp_exempt *exempt);

/* Whether a client is exempt, and by what ("gmail.com's SPF"). A NULL exempt holds nobody. */
bool mxdp_exempt_match(const struct mxdp_exempt *exempt, const struct mxdp_address *client,
		       char text[MXDP_EXEMPT_TEXT]);

/* Source number `index`; false behind the last. */
bool mxdp_exempt_source(const struct mxdp_exempt *exempt, size_t index,
			struct mxdp_exempt_source *out);

#endif
