/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_host() of RFC 7208 4: one run over what a memo of DNS answers knows. It is pure but for the
 * memo: the same answers give the same result.
 */
#ifndef MXDP_SPF_EVAL_H
#define MXDP_SPF_EVAL_H

#include "spf.h"

/*
 * Returns true with the result when no answer was missing. Otherwise the missing questions are
 * noted in the memo, `result` means nothing, and the run is to be repeated when they are answered.
 */
bool mxdp_spf_evaluate(const struct mxdp_spf_question *question, struct mxdp_spf_memo *memo,
		       struct mxdp_spf_result *result);

#endif
