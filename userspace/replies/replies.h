/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the packet path needs to answer refused clients: texts by the configuration, secrets that
 * are replaced in time. The dialogue itself is the packet path's (bpf/dialogue.h).
 */
#ifndef MXDP_REPLIES_H_USER
#define MXDP_REPLIES_H_USER

#include <uv.h>

#include "maps/maps.h"
#include "userspace/config/config.h"

struct mxdp_replies;

/* Writes secrets and texts. Returns 0, or a negative errno after logging it. */
int mxdp_replies_new(uv_loop_t *loop, const struct mxdp_maps *maps,
		     const struct mxdp_config *config, struct mxdp_replies **out);
void mxdp_replies_free(struct mxdp_replies *replies);

/* From now on, these texts. Returns 0 or a negative errno. */
int mxdp_replies_configure(struct mxdp_replies *replies, const struct mxdp_config *config);

/* The number of the text that names the list `source` (as it is shown); 0: the one for all. */
uint16_t mxdp_replies_number(const struct mxdp_config *config, const char *source);

/* Likewise of a feed whose action is a reply. */
uint16_t mxdp_replies_number_of_feed(const struct mxdp_config *config,
				     const struct mxdp_feed_setting *feed);

/* What a mail administrator should mend about the replies, in words, or NULL. */
const char *mxdp_replies_warning(const struct mxdp_config *config);

#endif
