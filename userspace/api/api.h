/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's face: HTTP/JSON by libmicrohttpd on a unix socket, inside the event loop
 * (docs/api.md lists the requests). It holds no state of its own beyond the open connections.
 */
#ifndef MXDP_API_H
#define MXDP_API_H

#include <uv.h>

#include "userspace/config/config.h"
#include "userspace/contacts/contacts.h"
#include "userspace/datapath/datapath.h"
#include "userspace/exempt/exempt.h"
#include "userspace/feeds/feeds.h"
#include "userspace/greylist/greylist.h"
#include "userspace/history/history.h"
#include "userspace/mode/mode.h"
#include "userspace/never_block/never_block.h"
#include "userspace/policy/policy.h"
#include "userspace/replies/opened.h"
#include "userspace/resolver/resolver.h"
#include "userspace/rules/rules.h"
#include "userspace/screener/screener.h"
#include "userspace/said/said.h"

/* What the API may show and do. Everything stays owned by the daemon. */
struct mxdp_api_world {
	struct mxdp_datapath *datapath;
	struct mxdp_resolver *resolver;
	struct mxdp_screener *screener;
	struct mxdp_rules *rules;
	struct mxdp_never_block *never_block;
	struct mxdp_exempt *exempt;
	struct mxdp_contacts *contacts;
	struct mxdp_opened *opened;
	struct mxdp_feeds *feeds;
	struct mxdp_greylist *greylist;
	struct mxdp_history *history;      /* NULL: there is none */
	struct mxdp_policy_server *policy; /* NULL: it is off */
	struct mxdp_said *said;
	int64_t started; /* Unix seconds */
	const struct mxdp_mode_choice *mode;
	const struct mxdp_config *(*config)(void *context);
	/*
	 * Brings a mode into force. Returns 0, perhaps with a warning, or a negative errno with the
	 * fault, in `text`.
	 */
	int (*set_mode)(void *context, const struct mxdp_mode_choice *choice, char *text,
			size_t size);
	/* Returns 0 with a note, or a negative errno with the fault, in `text`. */
	int (*reload)(void *context, char *text, size_t size);
	/* Called after the answer was sent: detaches, removes the pins, stops the daemon. */
	void (*detach)(void *context);
	void *context;
};

struct mxdp_api;

/*
 * Binds `socket_path` (0660, `group` if given), replacing a dead daemon's socket. Returns 0 or a
 * negative errno after logging.
 */
int mxdp_api_new(uv_loop_t *loop, const struct mxdp_api_world *world, const char *socket_path,
		 const char *group, struct mxdp_api **out);
/*
 * Ends every connection and removes the socket. Free the screener first: a check that runs for a
 * request would still answer into it. Handles close in the loop's next turns.
 */
void mxdp_api_free(struct mxdp_api *api);

/*
 * Sends one event to everybody who watches: a record of the packet path, a flood's beginning or
 * end, a decision, a message that was seen.
 */
void mxdp_api_publish_event(struct mxdp_api *api, const struct mxdp_event *event);
void mxdp_api_publish_flood(struct mxdp_api *api, const struct mxdp_flood_view *flood);
void mxdp_api_publish_decision(struct mxdp_api *api, const struct mxdp_case *decided);
void mxdp_api_publish_message(struct mxdp_api *api, const struct mxdp_said_message *message);

#endif
