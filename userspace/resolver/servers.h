/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of name servers as the operator writes it: "192.0.2.53, 192.0.2.54:5353, ::1,
 * [2001:db8::53]:53".
 */
#ifndef MXDP_RESOLVER_SERVERS_H
#define MXDP_RESOLVER_SERVERS_H

#include <ares.h>
#include <stddef.h>

/* Makes `channel` use the servers of `text`. Returns 0, -EINVAL or -ENOMEM: nothing changed. */
int mxdp_servers_set(ares_channel channel, const char *text);

/*
 * How many nameserver lines of a resolv.conf c-ares passes over in silence: no address, or one with
 * a scope (fe80::1%eth0, as routers announce them). The first is copied to `text`.
 */
size_t mxdp_servers_unusable(const char *path, char *text, size_t size);

/* Writes the servers in use, each with its port, cut to `size`. */
void mxdp_servers_format(ares_channel channel, char *text, size_t size);

#endif
