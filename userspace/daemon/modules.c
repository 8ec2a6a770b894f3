/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which modules there are, in which order they start and end, and who tells whom. */
#include "parts.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "userspace/log.h"

#define RESTORE_MAX 100000 /* verdicts: a second of the start */

static void stop_and_detach(void *context)
{
	struct daemon *daemon = context;

	daemon->detach = true;
	uv_stop(&daemon->loop);
}

static int start_exempt(struct daemon *daemon)
{
	const struct mxdp_spf_lookup lookup = mxdp_spf_lookup_anew(daemon->resolver);
	int error = mxdp_exempt_new(&daemon->loop, daemon->maps, &lookup, daemon->config,
				    &daemon->exempt);

	if (!error)
		mxdp_screener_set_exempt(daemon->screener, daemon->exempt);
	return error;
}

static void judge_anew(void *context, const struct mxdp_address *client)
{
	mxdp_screener_judge(context, client);
}

static int start_greylist(struct daemon *daemon)
{
	int error =
		mxdp_greylist_new(&daemon->loop, daemon->maps, daemon->config, &daemon->greylist);

	if (error)
		return error;
	mxdp_screener_set_greylist(daemon->screener, daemon->greylist);
	mxdp_greylist_on_return(daemon->greylist, judge_anew, daemon->screener);
	return 0;
}

static int start_judges(struct daemon *daemon)
{
	struct mxdp_config *config = daemon->config;
	int error = mxdp_resolver_new(&daemon->loop, &config->resolver, &daemon->resolver);

	if (error) {
		mxdp_log(MXDP_LOG_ERROR, "the resolver cannot start: %s; see `resolver` in %s",
			 strerror(-error), config->path);
		return error;
	}
	error = mxdp_never_block_new(&daemon->loop, daemon->maps, daemon->resolver, config,
				     &daemon->never_block);
	if (!error)
		error = mxdp_rules_new(&daemon->loop, daemon->maps, daemon->store,
				       daemon->never_block, &daemon->rules);
	if (!error)
		error = mxdp_screener_new(&daemon->loop, daemon->resolver, daemon->maps, config,
					  &daemon->screener);
	if (!error)
		error = start_exempt(daemon);
	if (!error)
		error = start_greylist(daemon);
	if (!error)
		mxdp_screener_on_decision(daemon->screener, daemon_on_decision, daemon);
	return error;
}

static void tell_feeds(void *context, const struct mxdp_address *client,
		       void (*add)(void *sink, const struct mxdp_evidence *evidence), void *sink)
{
	const struct daemon *daemon = context;

	mxdp_feeds_evidence(daemon->feeds, client, add, sink);
}

/* After the settings are written: publishing may change them. */
static int start_feeds(struct daemon *daemon)
{
	const struct mxdp_feeds_world world = {
		.maps = daemon->maps, .rules = daemon->rules, .never_block = daemon->never_block};
	int error = mxdp_feeds_new(&daemon->loop, &world, daemon->config, &daemon->feeds);

	if (!error)
		mxdp_screener_on_start(daemon->screener, tell_feeds, daemon);
	return error;
}

static void restore_case(void *context, const struct mxdp_case *known)
{
	mxdp_screener_restore(context, known);
}

static void restore_trust(void *context, const struct mxdp_trust_record *record)
{
	mxdp_screener_restore_trust(context, record);
}

static void restore_told(void *context, const struct mxdp_evidence *kept)
{
	mxdp_screener_restore_told(context, kept);
}

static void restore_zone(void *context, const char *shown,
			 const struct mxdp_zone_statistics *statistics)
{
	mxdp_screener_restore_zone(context, shown, statistics);
}

static void keep_told(void *context, const struct mxdp_evidence *kept)
{
	mxdp_history_told(context, kept);
}

static void keep_name(void *context, const struct mxdp_address *client, const char *name)
{
	mxdp_history_named(context, client, name);
}

/* Without a history screening goes on; what went wrong is in the log. */
static int start_history(struct daemon *daemon)
{
	const struct mxdp_config *config = daemon->config;
	int restored;

	if (mxdp_history_open(&daemon->loop, config->state_directory, config->journal_keep,
			      &daemon->history))
		daemon->history = NULL;
	restored =
		mxdp_history_restore(daemon->history, RESTORE_MAX, restore_case, daemon->screener);
	mxdp_history_restore_trust(daemon->history, restore_trust, daemon->screener);
	mxdp_history_restore_told(daemon->history, restore_told, daemon->screener);
	mxdp_history_restore_zones(daemon->history, restore_zone, daemon->screener);
	mxdp_screener_on_told(daemon->screener, keep_told, daemon->history);
	mxdp_screener_on_named(daemon->screener, keep_name, daemon->history);
	if (restored > 0)
		mxdp_log(MXDP_LOG_INFO, "%d verdicts restored", restored);
	return 0;
}

static int start_api(struct daemon *daemon)
{
	struct mxdp_api_world world = {
		.datapath = daemon->datapath,
		.resolver = daemon->resolver,
		.screener = daemon->screener,
		.rules = daemon->rules,
		.never_block = daemon->never_block,
		.contacts = daemon->contacts,
		.opened = daemon->opened,
		.history = daemon->history,
		.feeds = daemon->feeds,
		.policy = daemon->policy,
		.said = daemon->said,
		.exempt = daemon->exempt,
		.greylist = daemon->greylist,
		.started = time(NULL),
		.mode = &daemon->mode,
		.config = daemon_config,
		.set_mode = daemon_set_mode,
		.reload = daemon_reload,
		.detach = stop_and_detach,
		.context = daemon,
	};

	return mxdp_api_new(&daemon->loop, &world, daemon->config->api_socket,
			    daemon->config->api_group, &daemon->api);
}

static int start_policy(struct daemon *daemon)
{
	const struct mxdp_policy_world world = {
		.resolver = daemon->resolver,
		.screener = daemon->screener,
		.rules = daemon->rules,
		.never_block = daemon->never_block,
		.contacts = daemon->contacts,
		.history = daemon->history,
		.greylist = daemon->greylist,
		.config = daemon_config,
		.context = daemon,
	};

	return mxdp_policy_server_new(&daemon->loop, &world, &daemon->config->policy_service,
				      &daemon->policy);
}

static int start_said(struct daemon *daemon)
{
	const struct mxdp_said_world world = {
		.lookup = mxdp_spf_lookup_resolver(daemon->resolver),
		.screener = daemon->screener,
		.rules = daemon->rules,
		.never_block = daemon->never_block,
		.history = daemon->history,
		.on_message = daemon_on_message,
		.context = daemon,
	};

	return mxdp_said_new(&daemon->loop, &world, &daemon->said);
}

static int answer_again(void *context, uint32_t ifindex, const void *frame, size_t length)
{
	const struct daemon *daemon = context;

	return mxdp_datapath_answer_again(daemon->datapath, ifindex, frame, length);
}

static int open_datapath(struct daemon *daemon)
{
	int error = mxdp_datapath_open(daemon->config, &daemon->datapath);

	if (error)
		return error;
	daemon->maps = mxdp_datapath_maps(daemon->datapath);
	daemon->dialogues = mxdp_dialogues_new(daemon->maps);
	daemon->contacts = mxdp_contacts_new(daemon->maps, daemon->config);
	daemon->opened = mxdp_opened_new(answer_again, daemon);
	return daemon->dialogues && daemon->contacts && daemon->opened ? 0 : -ENOMEM;
}

static int start_replies(struct daemon *daemon)
{
	return mxdp_replies_new(&daemon->loop, daemon->maps, daemon->config, &daemon->replies);
}

static int configure_datapath(struct daemon *daemon)
{
	return mxdp_datapath_configure(daemon->datapath, daemon->config);
}

static int start_listening(struct daemon *daemon)
{
	daemon_write_state(daemon);
	mxdp_datapath_on_dialogue(daemon->datapath, daemon_on_dialogue, daemon);
	mxdp_datapath_on_wire(daemon->datapath, daemon_on_wire, daemon);
	return mxdp_datapath_listen(daemon->datapath, &daemon->loop, daemon_on_event, daemon);
}

/* Where one of several interfaces fails, the others are screened; the upkeep tries it again. */
static int attach(struct daemon *daemon)
{
	const struct mxdp_attachment *attachments;
	int error = mxdp_datapath_attach(daemon->datapath, daemon->config);
	size_t attached = mxdp_datapath_attachments(daemon->datapath, &attachments);

	if (!error || !attached)
		return error;
	mxdp_log(MXDP_LOG_WARNING, "%zu of %zu interfaces are screened; the others are tried again",
		 attached, daemon->config->interface_count);
	return 0;
}

int daemon_make_modules(struct daemon *daemon)
{
	static int (*const steps[])(struct daemon * daemon) = {
		open_datapath,      start_judges,         start_history,   start_replies,
		configure_datapath, start_policy,         start_said,      start_feeds,
		start_api,          daemon_start_routine, start_listening, attach,
	};
	int error = 0;

	if (mxdp_store_open(daemon->config->state_directory, &daemon->store))
		daemon->store = NULL; /* logged; screening goes on without it */
	daemon_restore_mode(daemon);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !error; i++)
		error = steps[i](daemon);
	return error;
}

void daemon_free_modules(struct daemon *daemon)
{
	mxdp_link_news_free(daemon->link_news);
	mxdp_api_free(daemon->api);
	mxdp_policy_server_free(daemon->policy);
	if (daemon->screener)
		mxdp_history_zones(daemon->history, mxdp_screener_zones(daemon->screener));
	mxdp_said_free(daemon->said);
	mxdp_screener_free(daemon->screener);
	mxdp_replies_free(daemon->replies);
	mxdp_exempt_free(daemon->exempt);
	mxdp_greylist_free(daemon->greylist);
	mxdp_feeds_free(daemon->feeds);
	mxdp_rules_free(daemon->rules);
	mxdp_never_block_free(daemon->never_block);
	mxdp_resolver_free(daemon->resolver);
	mxdp_datapath_close(daemon->datapath);
	mxdp_dialogues_free(daemon->dialogues);
	mxdp_opened_free(daemon->opened);
	mxdp_contacts_free(daemon->contacts);
	mxdp_store_close(daemon->store);
	mxdp_history_close(daemon->history);
}
