/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of the replies that the packet path makes: the operator's template, filled in, checked
 * for length and for bytes that SMTP allows, in the form of the map reply_texts. Pure functions.
 */
#ifndef MXDP_REPLIES_TEXTS_H
#define MXDP_REPLIES_TEXTS_H

#include "maps/replies.h"

/*
 * What the operator says. `text` may hold {reason}, {url}, {contact} and {address}, the last once
 * at most, `url` also {address}; each may be empty. Without `text` the usual one is made of what
 * there is.
 */
struct mxdp_reply_template {
	const char *name; /* the gateway's, as in its greeting */
	const char *text;
	const char *url;
	const char *contact;
};

#define MXDP_REPLY_FAULT 160

/* The reply `index` < MXDP_REPLIES_END. Returns 0, or -EINVAL with a sentence in `fault`. */
int mxdp_reply_common(const struct mxdp_reply_template *template, unsigned int index,
		      struct mxdp_reply_text *text, char fault[MXDP_REPLY_FAULT]);

/*
 * The refusal `which` < MXDP_REFUSALS for a reason (a list's name). Returns 0, or -EINVAL with a
 * sentence in `fault`: too long with an IPv6 address in it, or not printable ASCII.
 */
int mxdp_reply_refusal(const struct mxdp_reply_template *template, const char *reason,
		       unsigned int which, struct mxdp_reply_text *text,
		       char fault[MXDP_REPLY_FAULT]);

#endif
