/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A DNS server on loopback that answers from a test zone, and a resolver that asks it. */
#ifndef MXDP_TEST_SPF_WIRE_H
#define MXDP_TEST_SPF_WIRE_H

#include "tests/unit/spf_zone.h"

struct wire;

/* NULL when it cannot be started. */
struct wire *wire_new(uv_loop_t *loop, struct spf_zone *zone);
void wire_free(struct wire *wire);
/* "127.0.0.1:PORT" */
const char *wire_address(const struct wire *wire);
/* With a resolver that has cached nothing from now on. 0 or a negative errno. */
int wire_forget(struct wire *wire);
struct mxdp_resolver *wire_resolver(const struct wire *wire);

#endif
