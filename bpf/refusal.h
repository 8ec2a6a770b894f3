/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a verdict's action means here and now: soft mode makes every refusal a temporary one, and
 * where no reply can be made, permanent refusals are drops and temporary ones pass.
 */
#ifndef MXDP_BPF_REFUSAL_H
#define MXDP_BPF_REFUSAL_H

#include "feed.h"
#include "lookup.h"

/* How a client is answered. */
struct refusal {
	__u8 action;   /* REJECT, TEMPFAIL, TARPIT or GREYLIST; else it is not */
	__u8 at;       /* enum mxdp_reply_at */
	__u16 text;    /* number of the reply text; narrow, as the chain of frames is long */
	bool contacts; /* mail to postmaster and abuse will pass */
	bool known;    /* the client has a verdict */
};

static __always_inline enum mxdp_action action_in_force(const struct mxdp_settings *settings,
							enum mxdp_action action)
{
	bool refuses = action == MXDP_ACTION_REJECT || action == MXDP_ACTION_TARPIT ||
		       action == MXDP_ACTION_DROP;

	return refuses && settings->mode == MXDP_MODE_SOFT ? MXDP_ACTION_TEMPFAIL : action;
}

static __always_inline bool is_answered(enum mxdp_action action)
{
	return action == MXDP_ACTION_REJECT || action == MXDP_ACTION_TEMPFAIL ||
	       action == MXDP_ACTION_TARPIT || action == MXDP_ACTION_GREYLIST;
}

/* Whether the interface that the packet came in by can send a reply. */
static __always_inline bool can_reply(const struct connection *connection,
				      const struct mxdp_settings *settings)
{
	for (int i = 0; i < MXDP_REPLY_INTERFACES_MAX && settings->reply_interfaces[i]; i++)
		if (settings->reply_interfaces[i] == connection->ifindex)
			return true;
	return false;
}

static __always_inline void read_refusal(const struct mxdp_settings *settings,
					 enum mxdp_action action, __u32 text, enum mxdp_reply_at at,
					 struct refusal *refusal)
{
	refusal->action = action_in_force(settings, action);
	refusal->contacts = settings->contacts;
	refusal->text = text;
	refusal->at = at;
	if (refusal->action == MXDP_ACTION_GREYLIST) {
		refusal->text = MXDP_TEXT_GREYLIST;
		refusal->at = settings->greylist_at;
	}
	if (refusal->at == MXDP_REPLY_AT_DEFAULT)
		refusal->at = refusal->action == MXDP_ACTION_REJECT ? settings->reject_at
								    : settings->tempfail_at;
}

/* How this client is answered at this moment, by what is strongest. False: it is not. */
static __always_inline bool find_refusal(const struct connection *connection,
					 const struct mxdp_settings *settings,
					 struct refusal *refusal)
{
	struct mxdp_verdict *verdict;
	struct listing listing;
	__u32 bits;

	if (connection->port_class != MXDP_PORT_MX || find_rule(connection) ||
	    find_never_block(connection))
		return false;
	listing = listing_of_client(connection);
	verdict = find_verdict(connection, &bits);
	refusal->known = verdict && verdict->action != MXDP_ACTION_NONE;
	if (listing.action != MXDP_ACTION_DROP && refusal->known)
		read_refusal(settings, verdict->action, verdict->text, verdict->reply_at, refusal);
	else
		read_refusal(settings, listing.action, listing.text, MXDP_REPLY_AT_DEFAULT,
			     refusal);
	return is_answered(refusal->action);
}

#endif
