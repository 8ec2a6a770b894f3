/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this folder share: the modules that the daemon is made of. modules.c makes
 * them, reload.c brings a configuration into force, mode.c a mode, routine.c does what is done all
 * the time.
 */
#ifndef MXDP_DAEMON_PARTS_H
#define MXDP_DAEMON_PARTS_H

#include <uv.h>

#include "maps/verdict_sweep.h"
#include "pace.h"
#include "userspace/api/api.h"
#include "userspace/config/config.h"
#include "userspace/contacts/contacts.h"
#include "userspace/datapath/datapath.h"
#include "userspace/datapath/link_news.h"
#include "userspace/exempt/exempt.h"
#include "userspace/feeds/feeds.h"
#include "userspace/flood/flood.h"
#include "userspace/greylist/greylist.h"
#include "userspace/history/history.h"
#include "userspace/mode/mode.h"
#include "userspace/never_block/never_block.h"
#include "userspace/policy/policy.h"
#include "userspace/replies/dialogue.h"
#include "userspace/replies/opened.h"
#include "userspace/replies/replies.h"
#include "userspace/resolver/resolver.h"
#include "userspace/rules/rules.h"
#include "userspace/screener/screener.h"
#include "userspace/store/store.h"
#include "userspace/said/said.h"

enum { SIGNAL_TERM, SIGNAL_INT, SIGNAL_HUP, SIGNALS };

struct daemon {
	uv_loop_t loop;
	struct mxdp_config *config;
	struct mxdp_store *store;
	struct mxdp_mode_choice mode;
	struct mxdp_history *history;
	struct mxdp_datapath *datapath;
	const struct mxdp_maps *maps;
	struct mxdp_resolver *resolver;
	struct mxdp_never_block *never_block;
	struct mxdp_rules *rules;
	struct mxdp_exempt *exempt;
	struct mxdp_greylist *greylist;
	struct mxdp_screener *screener;
	struct mxdp_replies *replies;
	struct mxdp_dialogues *dialogues;
	struct mxdp_opened *opened;
	struct mxdp_contacts *contacts;
	struct mxdp_said *said;
	struct mxdp_feeds *feeds;
	struct mxdp_api *api;
	struct mxdp_policy_server *policy;
	uv_signal_t signals[SIGNALS];
	uv_timer_t heartbeat, upkeep;
	struct mxdp_link_news *link_news;
	int ifindex_tried; /* the last new interface that was attached to, or tried */
	uint64_t last_heartbeat_ns;
	uint64_t looks_until_ns; /* promised to the packet path */
	struct daemon_pace pace;
	uv_work_t first_work;
	struct mxdp_verdict_sweep sweep;
	struct mxdp_flood_watch flood;
	unsigned int upkeeps;
	unsigned int looks_to_wait; /* at the interfaces, before the next try to attach */
	unsigned int looks_between_tries;
	bool had_room;
	bool detach;
};

/*
 * Makes all modules in the order in which they need each other, up to the attached program: rules
 * and never-block set are in the maps before the first packet can be judged by them. Returns 0, or
 * a negative errno after logging; daemon_free_modules() takes down what was made, either way.
 */
int daemon_make_modules(struct daemon *daemon);
void daemon_free_modules(struct daemon *daemon);

/* Tells the packet path that the daemon lives and whether its queue has room. */
void daemon_write_state(struct daemon *daemon);

/* Begins the heartbeat and the upkeep of maps and interfaces. Returns 0 or a libuv error. */
int daemon_start_routine(struct daemon *daemon);

/* Where the rings' records and the screener's decisions go; the context is the daemon. */
void daemon_on_event(void *context, const struct mxdp_event *event);
void daemon_on_dialogue(void *context, const struct mxdp_dialogue *said);
void daemon_on_wire(void *context, const struct mxdp_wire_line *line);
void daemon_on_message(void *context, const struct mxdp_said_message *message);
void daemon_on_decision(void *context, const struct mxdp_case *decided);

/*
 * Reads the configuration file again. A bad one changes nothing. `text` receives what happened, in
 * words. The context is the daemon. Returns 0 or a negative errno.
 */
int daemon_reload(void *context, char *text, size_t size);

/* The mode that the store holds, or the configuration's: in force before anything reads it. */
void daemon_restore_mode(struct daemon *daemon);
/* A configuration that was read again keeps the operator's choice. */
void daemon_carry_mode(struct daemon *daemon, struct mxdp_config *config);
/*
 * Brings a mode into force. The context is the daemon. Returns 0, perhaps with a warning in `text`,
 * or a negative errno with the fault in it.
 */
int daemon_set_mode(void *context, const struct mxdp_mode_choice *choice, char *text, size_t size);
void daemon_log_mode(const struct daemon *daemon);

/* The configuration in force; the context is the daemon. */
const struct mxdp_config *daemon_config(void *context);

#endif
