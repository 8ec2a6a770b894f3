/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GET and POST /mode: in which mode the daemon works, and who chose it. */
#ifndef MXDP_API_MODE_H
#define MXDP_API_MODE_H

#include "request.h"

void mxdp_api_get_mode(struct mxdp_api_request *request);
void mxdp_api_post_mode(struct mxdp_api_request *request);

/* Adds the mode's fields to an answer. */
void mxdp_show_mode(const struct mxdp_api_world *world, json_t *answer);

#endif
