/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of what the greylist's file keeps (greylist.h). */
#include "greylist.h"

const char *mxdp_greylist_kind_name(enum mxdp_greylist_kind kind)
{
#define KIND_NAME(name, text) text,
	static const char *const names[] = {MXDP_GREYLIST_KINDS(KIND_NAME)};
#undef KIND_NAME

	return kind < MXDP_GREYLIST_KIND_COUNT ? names[kind] : "?";
}
