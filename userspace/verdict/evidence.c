/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "evidence.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const class_names[] = {
#define CLASS_NAME(name, text, rejects) [MXDP_EVIDENCE_##name] = text,
	MXDP_EVIDENCE_CLASSES(CLASS_NAME)
#undef CLASS_NAME
};

static const char *const state_names[] = {
	[MXDP_EVIDENCE_ANSWERED] = "answered",
	[MXDP_EVIDENCE_NOTHING] = "nothing",
	[MXDP_EVIDENCE_FAILED] = "failed",
};

const char *mxdp_evidence_class_name(enum mxdp_evidence_class class)
{
	if ((unsigned int)class >= MXDP_EVIDENCE_CLASS_COUNT)
		return "?";
	return class_names[class];
}

const char *mxdp_evidence_state_name(enum mxdp_evidence_state state)
{
	if ((unsigned int)state >= sizeof(state_names) / sizeof(state_names[0]))
		return "?";
	return state_names[state];
}

const char *mxdp_evidence_doubt_name(enum mxdp_evidence_doubt doubt)
{
#define DOUBT_NAME(name, stored, text) stored,
	static const char *const names[] = {MXDP_EVIDENCE_DOUBTS(DOUBT_NAME)};
#undef DOUBT_NAME

	return (unsigned int)doubt < MXDP_DOUBT_COUNT ? names[doubt] : "?";
}

const char *mxdp_evidence_doubt_text(enum mxdp_evidence_doubt doubt)
{
#define DOUBT_TEXT(name, stored, text) text,
	static const char *const texts[] = {MXDP_EVIDENCE_DOUBTS(DOUBT_TEXT)};
#undef DOUBT_TEXT

	return (unsigned int)doubt < MXDP_DOUBT_COUNT ? texts[doubt] : "?";
}

/* `wanted` is the length that the text would have had without the bound. */
static void make_presentable(char *text, size_t size, size_t wanted)
{
	for (char *byte = text; *byte != '\0'; byte++) {
		if (*byte < 0x20 || *byte > 0x7e)
			*byte = '?';
	}
	if (wanted >= size)
		memcpy(text + size - sizeof("..."), "...", sizeof("..."));
}

void mxdp_evidence_set_source(struct mxdp_evidence *evidence, const char *text)
{
	int wanted = snprintf(evidence->source, sizeof(evidence->source), "%s", text);

	make_presentable(evidence->source, sizeof(evidence->source), wanted < 0 ? 0 : wanted);
}

void mxdp_evidence_set_reason(struct mxdp_evidence *evidence, const char *format, ...)
{
	va_list arguments;
	int wanted;

	va_start(arguments, format);
	wanted = vsnprintf(evidence->reason, sizeof(evidence->reason), format, arguments);
	va_end(arguments);
	make_presentable(evidence->reason, sizeof(evidence->reason), wanted < 0 ? 0 : wanted);
}
