/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The values that mxdp.conf may hold, from text: durations, numbers, names of interfaces and zones,
 * prefixes, servers. Pure functions of the text. On failure they return -EINVAL and point `*fault`
 * to a constant sentence, "what is wrong; what to write instead".
 */
#ifndef MXDP_CONFIG_VALUES_H
#define MXDP_CONFIG_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "maps/address.h"

/* "500ms", "2.5s", "15m", "1h", "30d" or "2w", in milliseconds. A unit is required. */
int mxdp_value_duration(const char *text, double *milliseconds, const char **fault);

/* A plain decimal number, "-2", "0.5"; neither hexadecimal nor "inf" nor "1e3". */
int mxdp_value_number(const char *text, double *number, const char **fault);

/* yes, no, on, off, true or false. */
int mxdp_value_boolean(const char *text, bool *value, const char **fault);

/* A TCP port, 1..65535, in host order. */
int mxdp_value_port(const char *text, uint16_t *port, const char **fault);

/* ADDRESS or ADDRESS/LENGTH without host bits. */
int mxdp_value_prefix(const char *text, struct mxdp_prefix *prefix, const char **fault);

/* IP, IP:PORT or [IP6]:PORT of a DNS server. */
int mxdp_value_server(const char *text, const char **fault);

/* A network interface's name, as the kernel takes it. */
int mxdp_value_interface(const char *text, const char **fault);

/* An absolute path without "..". */
int mxdp_value_path(const char *text, const char **fault);

/* An absolute path that fits into a unix socket's address. */
int mxdp_value_socket(const char *text, const char **fault);

/* IP:PORT or [IP6]:PORT to listen on. */
int mxdp_value_listen(const char *text, const char **fault);

/* The name of a DNSBL's zone: at least two labels of letters, digits, "-" and "_". */
int mxdp_value_zone(const char *text, const char **fault);

/*
 * The zone with what looks like a customer's key replaced by "xxxx", in lower case: the label
 * before a Spamhaus DQS list (KEY.zen.dq.spamhaus.net), and any label of 16 or more characters with
 * a digit among them. NULL when memory is out; the caller frees it.
 */
char *mxdp_value_zone_masked(const char *zone);

#endif
