/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eval.h"

struct mxdp_spf_run {
	struct mxdp_spf_question question; /* its texts are owned */
	struct mxdp_spf_memo *memo;
	uv_timer_t timer; /* first the start, in the loop's next turn; then the end of patience */
	bool started;
	mxdp_spf_done done;
	void *context;
};

const char *mxdp_spf_code_name(enum mxdp_spf_code code)
{
	static const char *const names[] = {
		[MXDP_SPF_NONE] = "none",           [MXDP_SPF_NEUTRAL] = "neutral",
		[MXDP_SPF_PASS] = "pass",           [MXDP_SPF_FAIL] = "fail",
		[MXDP_SPF_SOFTFAIL] = "softfail",   [MXDP_SPF_TEMPERROR] = "temperror",
		[MXDP_SPF_PERMERROR] = "permerror",
	};

	return names[code];
}

static void free_texts(struct mxdp_spf_question *question)
{
	free((char *)question->helo);
	free((char *)question->sender);
	free((char *)question->receiver);
	free((char *)question->default_explanation);
}

/* What is longer than the limit is kept long enough to be seen as too long. */
static const char *copy_text(const char *text, bool *failed)
{
	char *copy = text ? strndup(text, 2 * MXDP_SPF_SENDER_BYTES) : NULL;

	if (text && !copy)
		*failed = true;
	return copy;
}

static bool copy_question(struct mxdp_spf_question *to, const struct mxdp_spf_question *from)
{
	bool failed = false;

	*to = *from;
	to->helo = copy_text(from->helo, &failed);
	to->sender = copy_text(from->sender, &failed);
	to->receiver = copy_text(from->receiver, &failed);
	to->default_explanation = copy_text(from->default_explanation, &failed);
	if (failed)
		free_texts(to);
	return !failed;
}

static void on_closed(uv_handle_t *handle)
{
	struct mxdp_spf_run *run = handle->data;

	free_texts(&run->question);
	free(run);
}

void mxdp_spf_cancel(struct mxdp_spf_run *run)
{
	mxdp_spf_memo_free(run->memo);
	run->memo = NULL;
	uv_close((uv_handle_t *)&run->timer, on_closed);
}

static void finish(struct mxdp_spf_run *run, const struct mxdp_spf_result *result)
{
	mxdp_spf_done done = run->done;
	void *context = run->context;

	mxdp_spf_cancel(run);
	done(context, result);
}

/* Runs the evaluation as often as it gets on without waiting. */
static void advance(void *context)
{
	struct mxdp_spf_run *run = context;
	struct mxdp_spf_result result;

	do {
		if (mxdp_spf_evaluate(&run->question, run->memo, &result)) {
			finish(run, &result);
			return;
		}
	} while (mxdp_spf_memo_ask(run->memo) == 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct mxdp_spf_run *run = timer->data;
	struct mxdp_spf_result result = {.code = MXDP_SPF_TEMPERROR};

	if (!run->started) {
		run->started = true;
		uv_timer_start(timer, on_timer, run->question.time_ms, 0);
		advance(run);
		return;
	}
	result.lookups = (unsigned int)mxdp_spf_memo_asked(run->memo);
	snprintf(result.problem, sizeof(result.problem), "no result within %u ms",
		 run->question.time_ms);
	finish(run, &result);
}

struct mxdp_spf_run *mxdp_spf_start(uv_loop_t *loop, const struct mxdp_spf_lookup *lookup,
				    const struct mxdp_spf_question *question, mxdp_spf_done done,
				    void *context)
{
	struct mxdp_spf_run *run = calloc(1, sizeof(*run));

	if (!run)
		return NULL;
	run->memo = mxdp_spf_memo_new(lookup, advance, run);
	if (!run->memo || !copy_question(&run->question, question)) {
		mxdp_spf_memo_free(run->memo);
		free(run);
		return NULL;
	}
	if (!run->question.time_ms)
		run->question.time_ms = MXDP_SPF_TIME_MS;
	run->done = done;
	run->context = context;
	run->timer.data = run;
	uv_timer_init(loop, &run->timer);
	uv_timer_start(&run->timer, on_timer, 0, 0);
	return run;
}
