/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several answers have in common: texts, evidence, cases, floods. */
#include "show.h"

#include "maps/maps.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define TEXT(name, text, what) what,
static const char *const reason_texts[] = {MXDP_REASONS(TEXT)};
static const char *const mode_texts[] = {MXDP_MODES(TEXT)};
#undef TEXT

const char *mxdp_show_reason_text(unsigned int reason)
{
	return reason < COUNT_OF(reason_texts) ? reason_texts[reason] : "?";
}

const char *mxdp_show_mode_text(unsigned int mode)
{
	return mode < COUNT_OF(mode_texts) ? mode_texts[mode] : "?";
}

json_t *mxdp_show_text(const char *text)
{
	json_t *string = json_string(text);

	return string ? string : json_string("?");
}

json_t *mxdp_show_evidence(const struct mxdp_evidence *evidence)
{
	char key[MXDP_PREFIX_TEXT];

	return json_pack("{s:o, s:s, s:s, s:s, s:f, s:I, s:I, s:o, s:s}", "source",
			 mxdp_show_text(evidence->source), "class",
			 mxdp_evidence_class_name(evidence->class), "state",
			 mxdp_evidence_state_name(evidence->state), "key",
			 mxdp_prefix_format(&evidence->key, key), "score", evidence->score,
			 "observed", (json_int_t)evidence->observed, "expires",
			 (json_int_t)evidence->expires, "reason", mxdp_show_text(evidence->reason),
			 "doubt", mxdp_evidence_doubt_text(evidence->doubt));
}

json_t *mxdp_show_case(const struct mxdp_case *known)
{
	const struct mxdp_decision *decision = &known->decision;
	char key[MXDP_PREFIX_TEXT];
	json_t *list = json_array();

	for (size_t i = 0; i < known->evidence_count; i++)
		json_array_append_new(list, mxdp_show_evidence(&known->evidence[i]));
	if (!known->decided)
		return json_pack("{s:b, s:o}", "decided", 0, "evidence", list);
	return json_pack("{s:b, s:s, s:s, s:f, s:o, s:s, s:I, s:I, s:i, s:o}", "decided", 1,
			 "action", mxdp_action_name(decision->action), "reason",
			 mxdp_reason_name(decision->reason), "score", decision->score, "text",
			 mxdp_show_text(decision->text), "key",
			 mxdp_prefix_format(&decision->key, key), "decided_at",
			 (json_int_t)known->decided_at, "expires", (json_int_t)decision->expires,
			 "took_ms", (int)known->took_ms, "evidence", list);
}

json_t *mxdp_show_flood(const struct mxdp_flood_view *flood)
{
	return json_pack("{s:b, s:I, s:I, s:I}", "on", flood->cpus != 0, "since",
			 flood->cpus ? (json_int_t)mxdp_boottime_to_unix(flood->since_ns) : 0,
			 "cpus", (json_int_t)flood->cpus, "floods", (json_int_t)flood->floods);
}
