/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "warnings.h"

#include <inttypes.h>
#include <stdio.h>

#define EXAMPLES_TEXT (MXDP_FEED_EXAMPLES * (MXDP_PREFIX_TEXT + 24))

/* "10.0.0.0/8 (line 4), 192.168.1.7 (line 9)" */
static const char *examples_of(const struct mxdp_feed_finding *finding, char text[EXAMPLES_TEXT])
{
	char prefix[MXDP_PREFIX_TEXT];
	size_t used = 0;

	for (size_t i = 0; i < finding->count && i < MXDP_FEED_EXAMPLES; i++)
		used += (size_t)snprintf(text + used, EXAMPLES_TEXT - used,
					 "%s%s (line %" PRIu32 ")", i ? ", " : "",
					 mxdp_prefix_format(&finding->examples[i].prefix, prefix),
					 finding->examples[i].line);
	return text;
}

static const char *warn(const struct mxdp_feed_finding *finding, const char *what,
			const char *outcome, char text[MXDP_FEED_WARNING])
{
	char examples[EXAMPLES_TEXT];

	text[0] = '\0';
	if (finding->count)
		snprintf(text, MXDP_FEED_WARNING, "%" PRIu64 " entr%s %s, %s%s; %s", finding->count,
			 finding->count == 1 ? "y names" : "ies name", what,
			 finding->count > MXDP_FEED_EXAMPLES ? "such as " : "",
			 examples_of(finding, examples), outcome);
	return text;
}

const char *mxdp_feed_warn_protected(const struct mxdp_feed_finding *finding,
				     char text[MXDP_FEED_WARNING])
{
	return warn(finding, "never-block addresses", "these addresses are left out", text);
}

const char *mxdp_feed_warn_local(const struct mxdp_feed_finding *finding,
				 char text[MXDP_FEED_WARNING])
{
	return warn(finding, "private networks or networks of this machine",
		    "your own clients may be refused: name them in never_block, or `mxdp allow` "
		    "them",
		    text);
}
