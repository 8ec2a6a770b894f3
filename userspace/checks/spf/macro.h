/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The macro language of SPF (RFC 7208 7): checking a macro-string against the grammar, and
 * expanding one that was checked.
 */
#ifndef MXDP_SPF_MACRO_H
#define MXDP_SPF_MACRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A part of a record; not NUL-terminated. */
struct mxdp_spf_text {
	const char *bytes;
	size_t length;
};

enum mxdp_spf_macro_place {
	MXDP_SPF_MACRO_STRING,      /* an unknown modifier's value */
	MXDP_SPF_MACRO_DOMAIN,      /* a domain-spec: ends in a top label or a macro */
	MXDP_SPF_MACRO_EXPLANATION, /* an explanation's text: spaces, and the letters c, r, t */
};

/* Returns NULL when the text is valid there, or a constant sentence that says what is wrong. */
const char *mxdp_spf_macro_fault(struct mxdp_spf_text text, enum mxdp_spf_macro_place place);

/* What the letters stand for. Texts are never NULL. */
struct mxdp_spf_macro_values {
	const char *sender;        /* s */
	const char *local_part;    /* l */
	const char *sender_domain; /* o */
	const char *domain;        /* d */
	const char *address;       /* i: dotted quad, or dotted nibbles for IPv6 */
	const char *validated;     /* p */
	const char *version;       /* v: "in-addr" or "ip6" */
	const char *helo;          /* h */
	const char *readable;      /* c: the address as people write it */
	const char *receiver;      /* r */
	int64_t now;               /* t: Unix seconds */
};

/* True when the text holds a macro of this letter (lower case), in either case. */
bool mxdp_spf_macro_uses(struct mxdp_spf_text text, char letter);

/*
 * Expands a valid text into a new string of at most `limit` bytes, which the caller frees. Returns
 * 0, -EMSGSIZE when the limit is passed, -EINVAL for a text that is not valid, or -ENOMEM.
 */
int mxdp_spf_macro_expand(struct mxdp_spf_text text, const struct mxdp_spf_macro_values *values,
			  size_t limit, char **out);

#endif
