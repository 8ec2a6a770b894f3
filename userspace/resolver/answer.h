/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers of the resolver: read from a DNS message, shared between the cache and everybody who
 * asked by counting references. The message is hostile: whatever does not parse to the last record
 * counts as a failure of the server, never as half an answer.
 */
#ifndef MXDP_RESOLVER_ANSWER_H
#define MXDP_RESOLVER_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "resolver.h"

#define MXDP_DNS_RECORDS_MAX 256 /* of one answer; what exceeds it is left out */

struct mxdp_shared_answer {
	unsigned int references;
	struct mxdp_dns_answer answer;
};

/* An answer without records, with one reference; NULL when memory is out. */
struct mxdp_shared_answer *mxdp_answer_new(enum mxdp_dns_type type, enum mxdp_dns_status status);

/*
 * Reads a response to a question for `type`. CNAMEs are followed (RFC 1034 3.6.2). The answer's TTL
 * is the shortest on the way to its records, or of a negative answer what its SOA says (RFC 2308 5;
 * 0 without one); not clamped. Returns one reference; NULL only when memory is out.
 */
struct mxdp_shared_answer *mxdp_answer_read(enum mxdp_dns_type type, const uint8_t *bytes,
					    size_t length);

struct mxdp_shared_answer *mxdp_answer_ref(struct mxdp_shared_answer *shared);
void mxdp_answer_unref(struct mxdp_shared_answer *shared);

#endif
