/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of Postfix's policy delegation protocol: lines name=value, ended by an empty line
 * (SMTPD_POLICY_README). A pure function of bytes that may be anything.
 */
#ifndef MXDP_POLICY_PARSE_H
#define MXDP_POLICY_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/address.h"

#define MXDP_POLICY_REQUEST_MAX 16384 /* bytes; Postfix sends about 1 KB */

/* What we use of a request. A value that does not fit is left out, as if it were not known. */
struct mxdp_policy_request {
	bool has_client;
	struct mxdp_address client;
	bool authenticated; /* by SASL: one of the site's own users */
	bool at_recipient;  /* protocol state RCPT */
	char helo[256];
	char sender[321]; /* without angle brackets; "" is the null sender, or not known */
	char recipient[321];
	char instance[64]; /* the same for all recipients of a message */
};

/*
 * Reads the first request of `bytes`. Returns how many bytes it takes, 0 when its end has not come
 * yet, or -EINVAL, -E2BIG with a constant sentence in `*fault`. Lines may end in LF or CR LF.
 */
int mxdp_policy_parse(const char *bytes, size_t length, struct mxdp_policy_request *request,
		      const char **fault);

#endif
