/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What API requests say, checked: query arguments and JSON bodies. Pure functions of their text,
 * which may be anything. Each returns 0 or a negative errno with one sentence in `fault` that
 * names the argument and the way out; the fault is printable ASCII whatever the text was.
 */
#ifndef MXDP_API_PARSE_H
#define MXDP_API_PARSE_H

#include <stddef.h>
#include <stdint.h>

#include "maps/address.h"
#include "userspace/rules/rules.h"
#include "userspace/verdict/evidence.h"

#define MXDP_API_FAULT          256
#define MXDP_API_ECHO           60  /* bytes of a request that a fault repeats */
#define MXDP_API_LIMIT          100 /* entries answered when the request names no limit */
#define MXDP_API_LIMIT_MAX      10000
#define MXDP_API_TTL_MAX        315360000 /* ten years, in seconds */
#define MXDP_API_REPORT_TTL     86400
#define MXDP_API_REPORT_TTL_MAX 2592000 /* 30 days, in seconds */
#define MXDP_API_SCORE_MAX      1000
#define MXDP_API_NAME           33 /* longest name of a program or person, with its NUL */

/* Writes a fault, what is not printable ASCII as "?", and returns `error`. */
int mxdp_api_fault(int error, char fault[MXDP_API_FAULT], const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Arguments of a query (parse.c): a missing one is NULL, and a fault where it is needed. */
int mxdp_api_parse_address(const char *text, struct mxdp_address *address,
			   char fault[MXDP_API_FAULT]);
/* -EDOM: host bits are set, and the fault proposes the network. */
int mxdp_api_parse_prefix(const char *text, struct mxdp_prefix *prefix, char fault[MXDP_API_FAULT]);
/* An action's number; MXDP_ACTION_COUNT, any action, when there is no such argument. */
int mxdp_api_parse_action(const char *text, unsigned int *action, char fault[MXDP_API_FAULT]);
/* 1 .. MXDP_API_LIMIT_MAX; MXDP_API_LIMIT when there is no such argument. */
int mxdp_api_parse_limit(const char *text, size_t *limit, char fault[MXDP_API_FAULT]);

/* Unix seconds; 0, the beginning of time, when there is no such argument. */
int mxdp_api_parse_since(const char *text, int64_t *since, char fault[MXDP_API_FAULT]);
/* A domain to search for: letters, digits, "-", "_" and dots, at most 253 characters. */
int mxdp_api_parse_domain(const char *text, char fault[MXDP_API_FAULT]);

/*
 * Bodies (parse_body.c), first that of POST /rules. `now` (Unix seconds) becomes the rule's
 * `created`; a ttl of 0, null or none means for good.
 */
int mxdp_api_parse_rule(const char *body, size_t length, int64_t now,
			struct mxdp_operator_rule *rule, char fault[MXDP_API_FAULT]);

/*
 * The body of POST /reports: evidence of the class REPORT about one host, observed `now`. Without a
 * ttl it holds for a day, without a source it is "report".
 */
int mxdp_api_parse_report(const char *body, size_t length, int64_t now,
			  struct mxdp_evidence *report, char fault[MXDP_API_FAULT]);

/*
 * The body of POST /mode: the mode and who asks, "" when it does not say. "configured" takes the
 * choice back: `*made` is false then.
 */
int mxdp_api_parse_mode(const char *body, size_t length, bool *made, enum mxdp_mode *mode,
			char name[MXDP_API_NAME], char fault[MXDP_API_FAULT]);

#endif
