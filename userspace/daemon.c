/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <linux/limits.h>
#include <systemd/sd-daemon.h>

#include "maps/verdict_sweep.h"
#include "userspace/api/api.h"
#include "userspace/datapath/datapath.h"
#include "userspace/exempt/exempt.h"
#include "userspace/feeds/feeds.h"
#include "userspace/history/history.h"
#include "log.h"
#include "userspace/never_block/never_block.h"
#include "userspace/policy/policy.h"
#include "userspace/replies/dialogue.h"
#include "userspace/replies/replies.h"
#include "userspace/resolver/resolver.h"
#include "userspace/rules/rules.h"
#include "userspace/screener/screener.h"
#include "userspace/store/store.h"

#define HEARTBEAT_MS  100
#define UPKEEP_MS     200
#define SWEEP_ENTRIES 2000   /* verdicts looked at in one upkeep: about 2 ms */
#define INTACT_EVERY  25     /* upkeeps between two looks at the interfaces: 5 s */
#define RESTORE_MAX   100000 /* verdicts: a second of the start */

enum { SIGNAL_TERM, SIGNAL_INT, SIGNAL_HUP, SIGNALS };

struct daemon {
	uv_loop_t loop;
	struct mxdp_config *config;
	int lock;
	struct mxdp_store *store;
	struct mxdp_history *history;
	struct mxdp_datapath *datapath;
	const struct mxdp_maps *maps;
	struct mxdp_resolver *resolver;
	struct mxdp_never_block *never_block;
	struct mxdp_rules *rules;
	struct mxdp_exempt *exempt;
	struct mxdp_screener *screener;
	struct mxdp_replies *replies;
	struct mxdp_dialogues *dialogues;
	struct mxdp_feeds *feeds;
	struct mxdp_api *api;
	struct mxdp_policy_server *policy;
	uv_signal_t signals[SIGNALS];
	uv_timer_t heartbeat, upkeep;
	struct mxdp_verdict_sweep sweep;
	unsigned int upkeeps;
	bool had_room;
	bool detach;
};

/* ---- what runs all the time ---- */

static void write_state(struct daemon *daemon)
{
	struct mxdp_daemon_state state = {
		.heartbeat_ns = mxdp_boottime_ns(),
		.queue_room = mxdp_screener_has_room(daemon->screener),
		.pid = (uint32_t)getpid(),
	};
	int error = mxdp_daemon_state_write(daemon->maps, &state);

	daemon->had_room = state.queue_room;
	if (error)
		mxdp_log_limited(MXDP_LOG_ERROR, "the heartbeat cannot be written: %s",
				 strerror(-error));
}

static void on_heartbeat(uv_timer_t *timer)
{
	write_state(timer->data);
}

static void on_event(void *context, const struct mxdp_event *event)
{
	struct daemon *daemon = context;
	struct mxdp_address client = mxdp_address_from_bytes(event->client);

	if (event->kind == MXDP_EVENT_UNKNOWN) {
		mxdp_screener_announce(daemon->screener, &client);
		/* The packet path must stop holding clients before the queue overflows. */
		if (mxdp_screener_has_room(daemon->screener) != daemon->had_room)
			write_state(daemon);
	}
	if (event->kind == MXDP_EVENT_REFUSED)
		mxdp_history_refused(daemon->history, event);
	mxdp_api_publish_event(daemon->api, event);
}

static void on_dialogue(void *context, const struct mxdp_dialogue *said)
{
	struct daemon *daemon = context;

	mxdp_dialogues_hear(daemon->dialogues, said);
}

static void on_decision(void *context, const struct mxdp_case *decided)
{
	struct daemon *daemon = context;

	mxdp_dialogues_decided(daemon->dialogues, &decided->client);
	mxdp_history_decided(daemon->history, decided);
	mxdp_api_publish_decision(daemon->api, decided);
}

static void warn_when_full(const struct daemon *daemon)
{
	uint32_t places4 = 0, places6 = 0;

	if (mxdp_verdict_capacity(daemon->maps, &places4, &places6))
		return;
	if (daemon->sweep.alive4 > places4 / 10 * 9 || daemon->sweep.alive6 > places6 / 10 * 9)
		mxdp_log_limited(MXDP_LOG_WARNING,
				 "the verdict maps are nearly full (%u of %u, %u of %u): new "
				 "clients will pass unjudged; raise verdicts_max",
				 daemon->sweep.alive4, places4, daemon->sweep.alive6, places6);
}

static void on_upkeep(uv_timer_t *timer)
{
	struct daemon *daemon = timer->data;

	mxdp_verdict_sweep_step(daemon->maps, &daemon->sweep, SWEEP_ENTRIES);
	if (++daemon->upkeeps % INTACT_EVERY)
		return;
	warn_when_full(daemon);
	if (!mxdp_datapath_intact(daemon->datapath, daemon->config)) {
		mxdp_log(MXDP_LOG_ERROR, "an interface is without the program: attaching again");
		mxdp_datapath_attach(daemon->datapath, daemon->config);
	}
}

/* ---- configuration ---- */

static int apply(struct daemon *daemon, struct mxdp_config *config)
{
	int error = mxdp_replies_configure(daemon->replies, config);

	if (!error)
		error = mxdp_datapath_configure(daemon->datapath, config);
	if (!error)
		error = mxdp_never_block_configure(daemon->never_block, daemon->resolver, config);
	if (!error)
		error = mxdp_exempt_configure(daemon->exempt, config);
	if (error)
		return error;
	mxdp_feeds_configure(daemon->feeds, config);
	mxdp_screener_configure(daemon->screener, config);
	mxdp_history_configure(daemon->history, config->journal_keep);
	mxdp_log_open(config->log_level);
	return mxdp_datapath_attach(daemon->datapath, config);
}

/* A configuration that cannot be attached is as bad as one that cannot be read. */
static int missing_interface(const struct mxdp_config *config, char *fault, size_t size)
{
	for (size_t i = 0; i < config->interface_count; i++)
		if (!if_nametoindex(config->interfaces[i])) {
			snprintf(fault, size, "%s: there is no interface %s (`ip link` lists them)",
				 config->path, config->interfaces[i]);
			return -ENODEV;
		}
	return 0;
}

static int reload(void *context, char *text, size_t size)
{
	struct daemon *daemon = context;
	char fault[MXDP_CONFIG_ERROR] = "";
	struct mxdp_config *config = NULL;
	const char *restart;
	int error = mxdp_config_load(daemon->config->path, &config, fault);

	if (!error)
		error = missing_interface(config, fault, sizeof(fault));
	if (error) {
		mxdp_config_unref(config);
		snprintf(text, size, "%s (the running configuration stays in force)", fault);
		mxdp_log(MXDP_LOG_ERROR, "%s", text);
		return error;
	}
	restart = mxdp_config_needs_restart(daemon->config, config);
	error = apply(daemon, config);
	snprintf(text, size, "%s read again%s%s%s%s", config->path,
		 restart ? "; a restart is needed for " : "", restart ? restart : "",
		 error ? "; not all of it could be applied: " : "", error ? strerror(-error) : "");
	mxdp_config_unref(daemon->config);
	daemon->config = config;
	mxdp_log(error ? MXDP_LOG_ERROR : MXDP_LOG_NOTICE, "%s", text);
	return error;
}

static const struct mxdp_config *current_config(void *context)
{
	const struct daemon *daemon = context;

	return daemon->config;
}

static void stop_and_detach(void *context)
{
	struct daemon *daemon = context;

	daemon->detach = true;
	uv_stop(&daemon->loop);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct daemon *daemon = handle->data;
	char text[MXDP_CONFIG_ERROR + 128];

	if (number == SIGHUP) {
		sd_notify(0, "RELOADING=1");
		reload(daemon, text, sizeof(text));
		sd_notifyf(0, "READY=1\nSTATUS=%s", text);
		return;
	}
	mxdp_log(MXDP_LOG_NOTICE,
		 "stopping on signal %d: the program stays attached, verdicts and rules hold, "
		 "unknown clients pass",
		 number);
	uv_stop(&daemon->loop);
}

/* ---- start and end ---- */

/* Two daemons on one set of pins would overwrite each other's verdicts. */
static int take_lock(const struct mxdp_config *config)
{
	char path[PATH_MAX], *slash;
	int fd;

	snprintf(path, sizeof(path), "%s", config->api_socket);
	slash = strrchr(path, '/');
	if (slash && slash != path) {
		*slash = '\0';
		if (mkdir(path, 0755) && errno != EEXIST) {
			mxdp_log(MXDP_LOG_ERROR, "cannot make %s: %s", path, strerror(errno));
			return -errno;
		}
	}
	snprintf(path, sizeof(path), "%s.lock", config->api_socket);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB)) {
		int error = -errno;

		mxdp_log(MXDP_LOG_ERROR, "cannot lock %s: %s", path,
			 error == -EWOULDBLOCK ? "another mxdpd is running" : strerror(-error));
		if (fd >= 0)
			close(fd);
		return error;
	}
	return fd;
}

static int start_timers(struct daemon *daemon)
{
	static const int numbers[SIGNALS] = {SIGTERM, SIGINT, SIGHUP};

	for (int i = 0; i < SIGNALS; i++) {
		uv_signal_init(&daemon->loop, &daemon->signals[i]);
		daemon->signals[i].data = daemon;
		uv_signal_start(&daemon->signals[i], on_signal, numbers[i]);
	}
	uv_timer_init(&daemon->loop, &daemon->heartbeat);
	uv_timer_init(&daemon->loop, &daemon->upkeep);
	daemon->heartbeat.data = daemon->upkeep.data = daemon;
	uv_timer_start(&daemon->upkeep, on_upkeep, UPKEEP_MS, UPKEEP_MS);
	return uv_timer_start(&daemon->heartbeat, on_heartbeat, 0, HEARTBEAT_MS);
}

static int start_exempt(struct daemon *daemon)
{
	const struct mxdp_spf_lookup lookup = mxdp_spf_lookup_resolver(daemon->resolver);
	int error = mxdp_exempt_new(&daemon->loop, daemon->maps, &lookup, daemon->config,
				    &daemon->exempt);

	if (!error)
		mxdp_screener_set_exempt(daemon->screener, daemon->exempt);
	return error;
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
		mxdp_screener_on_decision(daemon->screener, on_decision, daemon);
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

/* Without a history screening goes on; what went wrong is in the log. */
static void start_history(struct daemon *daemon)
{
	const struct mxdp_config *config = daemon->config;
	int restored;

	if (mxdp_history_open(&daemon->loop, config->state_directory, config->journal_keep,
			      &daemon->history))
		daemon->history = NULL;
	restored =
		mxdp_history_restore(daemon->history, RESTORE_MAX, restore_case, daemon->screener);
	mxdp_history_restore_trust(daemon->history, restore_trust, daemon->screener);
	if (restored > 0)
		mxdp_log(MXDP_LOG_INFO, "%d verdicts restored", restored);
}

static int start_api(struct daemon *daemon)
{
	struct mxdp_api_world world = {
		.datapath = daemon->datapath,
		.resolver = daemon->resolver,
		.screener = daemon->screener,
		.rules = daemon->rules,
		.never_block = daemon->never_block,
		.history = daemon->history,
		.feeds = daemon->feeds,
		.policy = daemon->policy,
		.exempt = daemon->exempt,
		.started = time(NULL),
		.config = current_config,
		.reload = reload,
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
		.history = daemon->history,
		.config = current_config,
		.context = daemon,
	};

	return mxdp_policy_server_new(&daemon->loop, &world, &daemon->config->policy_service,
				      &daemon->policy);
}

/* Rules and the never-block set are in the maps before the first packet can be judged by them. */
static int start(struct daemon *daemon)
{
	int error;

	daemon->lock = take_lock(daemon->config);
	if (daemon->lock < 0)
		return daemon->lock;
	if (mxdp_store_open(daemon->config->state_directory, &daemon->store))
		daemon->store = NULL; /* logged; screening goes on without it */
	error = mxdp_datapath_open(daemon->config, &daemon->datapath);
	if (error)
		return error;
	daemon->maps = mxdp_datapath_maps(daemon->datapath);
	daemon->dialogues = mxdp_dialogues_new(daemon->maps);
	if (!daemon->dialogues)
		return -ENOMEM;
	error = start_judges(daemon);
	if (!error)
		start_history(daemon);
	if (!error)
		error = mxdp_replies_new(&daemon->loop, daemon->maps, daemon->config,
					 &daemon->replies);
	if (!error)
		error = mxdp_datapath_configure(daemon->datapath, daemon->config);
	if (!error)
		error = start_policy(daemon);
	if (!error)
		error = start_feeds(daemon);
	if (!error)
		error = start_api(daemon);
	if (!error)
		error = start_timers(daemon);
	if (!error) {
		write_state(daemon);
		mxdp_datapath_on_dialogue(daemon->datapath, on_dialogue, daemon);
		error = mxdp_datapath_listen(daemon->datapath, &daemon->loop, on_event, daemon);
	}
	if (!error)
		error = mxdp_datapath_attach(daemon->datapath, daemon->config);
	return error;
}

static void close_handles(uv_handle_t *handle, void *context)
{
	(void)context;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static void stop(struct daemon *daemon)
{
	mxdp_api_free(daemon->api);
	mxdp_policy_server_free(daemon->policy);
	mxdp_screener_free(daemon->screener);
	mxdp_replies_free(daemon->replies);
	mxdp_exempt_free(daemon->exempt);
	mxdp_feeds_free(daemon->feeds);
	mxdp_rules_free(daemon->rules);
	mxdp_never_block_free(daemon->never_block);
	mxdp_resolver_free(daemon->resolver);
	mxdp_datapath_close(daemon->datapath);
	mxdp_dialogues_free(daemon->dialogues);
	mxdp_store_close(daemon->store);
	mxdp_history_close(daemon->history);
	/* What is left are the handles inside struct daemon. */
	uv_walk(&daemon->loop, close_handles, NULL);
	uv_run(&daemon->loop, UV_RUN_DEFAULT);
	uv_loop_close(&daemon->loop);
	if (daemon->lock >= 0)
		close(daemon->lock);
}

static void report_detach(const char *line)
{
	mxdp_log(MXDP_LOG_NOTICE, "%s", line);
}

int mxdp_daemon_run(struct mxdp_config *config)
{
	struct daemon daemon = {.config = config, .lock = -1};
	int error = uv_loop_init(&daemon.loop);

	if (error)
		return error;
	signal(SIGPIPE, SIG_IGN);
	error = start(&daemon);
	if (!error) {
		mxdp_log(MXDP_LOG_NOTICE, "mxdpd %s screens in %s mode", MXDP_VERSION,
			 mxdp_mode_name(config->mode));
		sd_notify(0, "READY=1");
		uv_run(&daemon.loop, UV_RUN_DEFAULT);
		sd_notify(0, "STOPPING=1");
	}
	stop(&daemon);
	if (daemon.detach)
		error = mxdp_datapath_remove(daemon.config->pin_directory, report_detach);
	mxdp_config_unref(daemon.config);
	return error;
}
