/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "entries.h"

#include <errno.h>
#include <stdio.h>

#include "userspace/config/reply_filter.h"

#define MAPPED_NIBBLES "0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"

static const struct {
	const char *name; /* reversed, as it is asked */
	const char *shown;
	bool listed;
} entries[MXDP_DNSBL_ENTRIES] = {
	[MXDP_DNSBL_LISTED4] = {"2.0.0.127", "127.0.0.2", true},
	[MXDP_DNSBL_DENIED4] = {"1.0.0.127", "127.0.0.1", false},
	[MXDP_DNSBL_LISTED6] = {"2." MAPPED_NIBBLES, "::ffff:7f00:2", true},
	[MXDP_DNSBL_DENIED6] = {"1." MAPPED_NIBBLES, "::ffff:7f00:1", false},
};

int mxdp_dnsbl_entry_question(enum mxdp_dnsbl_entry entry, const char *zone,
			      char question[MXDP_DNS_NAME])
{
	int length = snprintf(question, MXDP_DNS_NAME, "%s.%s", entries[entry].name, zone);

	return length > 0 && length < MXDP_DNS_NAME ? 0 : -ENAMETOOLONG;
}

/* The first reply that no list may give, or NULL. */
static const char *reply_fault(const struct mxdp_dns_answer *answer)
{
	for (size_t i = 0; i < answer->count; i++) {
		const char *fault = mxdp_dnsbl_reply_fault(answer->records[i].a);

		if (fault)
			return fault;
	}
	return NULL;
}

int mxdp_dnsbl_entry_judge(enum mxdp_dnsbl_entry entry, const struct mxdp_dns_answer *answer,
			   char fault[MXDP_ZONE_FAULT])
{
	const char *reply = reply_fault(answer);

	if (mxdp_dns_failed(answer->status) || answer->status == MXDP_DNS_BADNAME) {
		snprintf(fault, MXDP_ZONE_FAULT, "no answer about %s: %s", entries[entry].shown,
			 mxdp_dns_status_name(answer->status));
		return -EAGAIN;
	}
	if (reply) {
		snprintf(fault, MXDP_ZONE_FAULT, "%s", reply);
		return -EINVAL;
	}
	if (entries[entry].listed == (answer->status == MXDP_DNS_OK))
		return 0;
	snprintf(fault, MXDP_ZONE_FAULT,
		 entries[entry].listed ? "it does not list %s, as every list must: it is dead or "
					 "empty, or its name is wrong"
				       : "it lists %s, as no list may: it lists everybody",
		 entries[entry].shown);
	return -EINVAL;
}
