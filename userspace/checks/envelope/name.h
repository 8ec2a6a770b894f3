/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names by which SMTP clients speak of hosts: domains (RFC 5321 2.3.5) and address literals
 * (4.1.3). Pure functions of hostile text.
 */
#ifndef MXDP_ENVELOPE_NAME_H
#define MXDP_ENVELOPE_NAME_H

#include "maps/address.h"

/*
 * What is wrong with a domain, as words that follow "is" ("an address without brackets" ...), or
 * NULL. A final dot and underscores are let pass: they are wrong, and common.
 */
const char *mxdp_smtp_domain_fault(const char *domain);

/* Reads "[192.0.2.1]" or "[IPv6:2001:db8::1]". Returns 0 or -EINVAL. */
int mxdp_smtp_literal_parse(const char *text, struct mxdp_address *address);

#endif
