/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way to a site's postmaster and abuse desk (RFC 5321 4.5.1, RFC 2142) for clients that are
 * refused. Such a client's RCPT is answered 451 by the packet path and told here: for an own domain
 * its verdict becomes a limited pass of an hour, in which the policy server lets it write to these
 * recipients alone and refuses all others by the text that it would have had anyway.
 */
#ifndef MXDP_CONTACTS_H
#define MXDP_CONTACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/maps.h"
#include "userspace/config/config.h"

#define MXDP_CONTACT_SECONDS   3600
#define MXDP_CONTACTS_MAX      256 /* passes at a time; beyond it nobody else gets one */
#define MXDP_CONTACT_TEXT      (MXDP_REPLY_TEXT_MAX + 8)
#define MXDP_CONTACT_BYTES_MAX 320 /* of a recipient's address */

struct mxdp_contacts;

struct mxdp_contacts_stats {
	size_t open;          /* passes now */
	uint64_t opened;      /* since the daemon's start */
	uint64_t turned_away; /* no place, or no policy server that is asked */
	bool consulted;       /* a mail server has asked about a recipient since the start */
};

/*
 * Takes over the passes that an earlier run left in the map. `config` is referenced. NULL when
 * memory is out.
 */
struct mxdp_contacts *mxdp_contacts_new(const struct mxdp_maps *maps, struct mxdp_config *config);
void mxdp_contacts_free(struct mxdp_contacts *contacts);
void mxdp_contacts_configure(struct mxdp_contacts *contacts, struct mxdp_config *config);

/*
 * A refused client named a recipient, as the record says, in a transaction. Opens a pass where it
 * is postmaster or abuse of an own domain, and a mail server is known to ask the policy server.
 */
void mxdp_contacts_hear(struct mxdp_contacts *contacts, const struct mxdp_dialogue *said);

/* The client was judged anew: its pass goes on if it is still refused, and ends if it is not. */
void mxdp_contacts_decided(struct mxdp_contacts *contacts, const struct mxdp_address *client,
			   enum mxdp_action action);

/* Ends the passes of all clients inside the prefix; their verdicts are left to the caller. */
void mxdp_contacts_forget(struct mxdp_contacts *contacts, const struct mxdp_prefix *prefix);

/* A mail server asks the policy server about recipients. */
void mxdp_contacts_consulted(struct mxdp_contacts *contacts);

/*
 * What a mail server is to be told of this client and recipient. True: the client has a pass, and
 * `refusal` is "" (the recipient is postmaster or abuse) or the reply, code and text, in the words
 * of the packet path. False: it has none, or `contacts` is NULL.
 */
bool mxdp_contacts_judge(struct mxdp_contacts *contacts, const struct mxdp_address *client,
			 const char *recipient, char refusal[MXDP_CONTACT_TEXT]);

/* All 0 for NULL. */
void mxdp_contacts_stats(const struct mxdp_contacts *contacts, struct mxdp_contacts_stats *stats);

#endif
