/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Postfix is told about a message: a pure function of what was found and of the settings,
 * tested by a table.
 */
#ifndef MXDP_POLICY_ANSWER_H
#define MXDP_POLICY_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/actions.h"
#include "userspace/config/config.h"
#include "userspace/checks/spf/spf.h"

#define MXDP_POLICY_ANSWER (MXDP_SPF_RECEIVED + 64)

struct mxdp_policy_findings {
	enum mxdp_mode mode;
	bool exempt;                       /* an allow rule, the never-block set, or an own user */
	bool denied;                       /* a deny rule */
	enum mxdp_action action;           /* of the judgement; NONE when there was none */
	bool certain;                      /* it may be a refusal for good */
	const char *client;                /* as text */
	const char *text;                  /* the judgement in words */
	unsigned int come_back;            /* seconds: it is greylisted; 0: it is not */
	const struct mxdp_spf_result *spf; /* NULL: not asked */
	const char *received_spf;          /* the header to add, or NULL */
};

/* Writes "action=...\n\n" and returns its length. */
size_t mxdp_policy_answer(const struct mxdp_policy_findings *findings,
			  const struct mxdp_policy_service *settings,
			  char answer[MXDP_POLICY_ANSWER]);

#endif
