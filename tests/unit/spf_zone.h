/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A DNS zone in memory behind the lookup interface that SPF uses in production, for tests. Owners
 * are compared without case, CNAMEs followed (a loop is no data), a name that nobody owns does not
 * exist, and every name below "error." times out. Answers come in a later turn of the loop.
 */
#ifndef MXDP_TEST_SPF_ZONE_H
#define MXDP_TEST_SPF_ZONE_H

#include <uv.h>

#include "userspace/checks/spf/lookup.h"

#define SPF_ZONE_CNAME 5
#define SPF_ZONE_ANY   255

struct spf_zone;

struct spf_zone *spf_zone_new(uv_loop_t *loop);
/* Runs the loop until its own handle is closed. */
void spf_zone_free(struct spf_zone *zone);
void spf_zone_clear(struct spf_zone *zone);

/* `value` is an address, a name, or for MX "PREFERENCE NAME". Aborts the test on a bad value. */
void spf_zone_add(struct spf_zone *zone, const char *owner, int type, const char *value);
void spf_zone_add_txt(struct spf_zone *zone, const char *owner, const char *bytes, size_t length);
/* Questions of this type time out there; SPF_ZONE_ANY: all that nothing else is known of. */
void spf_zone_add_timeout(struct spf_zone *zone, const char *owner, int type);

/* Adds lines of "OWNER TYPE VALUE"; "OWNER FAIL" makes the owner's DNS time out. */
void spf_zone_load(struct spf_zone *zone, const char *lines);

struct mxdp_spf_lookup spf_zone_lookup(struct spf_zone *zone);

/* Looks a name up at once; the answer is valid until the next call. */
const struct mxdp_dns_answer *spf_zone_resolve(struct spf_zone *zone, const char *name,
					       enum mxdp_dns_type type);
/* How many questions were asked. */
size_t spf_zone_asked(const struct spf_zone *zone);

#endif
