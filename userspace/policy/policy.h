/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy server for Postfix (check_policy_service, SMTPD_POLICY_README), on a unix socket, a
 * TCP port or both. Every request brings HELO and sender to the screener; the answer is DUNNO,
 * PREPEND Received-SPF, DEFER_IF_PERMIT or REJECT as the configuration says. Whatever goes wrong,
 * the answer is DUNNO: mail flows.
 *
 * Bounded: connections, bytes of a request, the time a half-sent one may take.
 */
#ifndef MXDP_POLICY_H
#define MXDP_POLICY_H

#include <uv.h>

#include "userspace/config/config.h"
#include "userspace/contacts/contacts.h"
#include "userspace/greylist/greylist.h"
#include "userspace/history/history.h"
#include "userspace/never_block/never_block.h"
#include "userspace/resolver/resolver.h"
#include "userspace/rules/rules.h"
#include "userspace/screener/screener.h"

#define MXDP_POLICY_CONNECTIONS_MAX 1000

/* What an answer comes from. Everything stays owned by the daemon. */
struct mxdp_policy_world {
	struct mxdp_resolver *resolver;
	struct mxdp_screener *screener;
	struct mxdp_rules *rules;
	struct mxdp_never_block *never_block;
	struct mxdp_contacts *contacts; /* NULL: nobody is let in to these alone */
	struct mxdp_history
		*history; /* each request is a line of the journal; NULL: there is none */
	struct mxdp_greylist *greylist; /* NULL: there is none */
	const struct mxdp_config *(*config)(void *context);
	void *context;
};

struct mxdp_policy_stats {
	uint64_t requests; /* answered */
	uint64_t deferred, rejected;
	uint64_t malformed; /* hung up on */
	uint64_t left;      /* the mail server did not wait for the answer */
	unsigned int connections;
};

struct mxdp_policy_server;

/*
 * Listens where the configuration says; nowhere: `*out` is NULL. Returns 0 or a negative errno
 * after logging.
 */
int mxdp_policy_server_new(uv_loop_t *loop, const struct mxdp_policy_world *world,
			   const struct mxdp_policy_service *settings,
			   struct mxdp_policy_server **out);
/*
 * Closes every connection; handles close in the loop's next turns. The screener must be freed
 * before these.
 */
void mxdp_policy_server_free(struct mxdp_policy_server *server);
/* All 0 for a NULL server. */
void mxdp_policy_server_stats(const struct mxdp_policy_server *server,
			      struct mxdp_policy_stats *stats);

#endif
