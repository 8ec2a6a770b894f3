/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines that clients say on the wire (RFC 5321 4.1.1), read strictly: what is not exactly a
 * command with its argument is nothing. A pure function of bytes that may be anything.
 */
#ifndef MXDP_SAID_LINE_H
#define MXDP_SAID_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "maps/replies.h"

/* An argument, with its NUL: a domain, or a path without angle brackets and source route. */
#define MXDP_SAID_ARGUMENT 321

/*
 * Reads a whole line, CR LF or LF included, that is said to be of `kind`: HELO (HELO or EHLO), MAIL
 * or RCPT. `argument` becomes the domain, or the address; "" is the null sender. Control characters
 * are never in it. Returns 0, or -EINVAL: `argument` is "" then.
 */
int mxdp_said_read(enum mxdp_utterance kind, const uint8_t *line, size_t length,
		   char argument[MXDP_SAID_ARGUMENT]);

/* The domain of an address, in lower case; "" for the null sender. */
void mxdp_said_domain(const char *address, char domain[MXDP_SAID_ARGUMENT]);

#endif
