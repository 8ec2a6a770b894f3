/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 64 /* in one section, with the final mark */

static const struct mxdp_choice modes[] = {
	{"observe", MXDP_MODE_OBSERVE, NULL},
	{"soft", MXDP_MODE_SOFT, NULL},
	{"enforce", MXDP_MODE_ENFORCE, NULL},
	{NULL, 0, NULL},
};

static const struct mxdp_choice attach_modes[] = {
	{"auto", MXDP_ATTACH_AUTO, NULL},
	{"native", MXDP_ATTACH_NATIVE, NULL},
	{"generic", MXDP_ATTACH_GENERIC, NULL},
	{NULL, 0, NULL},
};

static const struct mxdp_choice attachments[] = {
	{"auto", MXDP_ATTACH_AS_CAN_BE, NULL},
	{"beside", MXDP_ATTACH_BESIDE, NULL},
	{NULL, 0, NULL},
};

static const struct mxdp_choice unknown_actions[] = {
	{"hold", true, NULL},
	{"pass", false, NULL},
	{NULL, 0, NULL},
};

static const struct mxdp_choice screen_actions[] = {
	{"reject", MXDP_ACTION_REJECT, NULL},     {"tempfail", MXDP_ACTION_TEMPFAIL, NULL},
	{"tarpit", MXDP_ACTION_TARPIT, NULL},     {"drop", MXDP_ACTION_DROP, NULL},
	{"limit", MXDP_ACTION_LIMIT, NULL},       {"pass", MXDP_ACTION_PASS, NULL},
	{"greylist", MXDP_ACTION_GREYLIST, NULL}, {NULL, 0, NULL},
};

static const struct mxdp_choice reply_places[] = {
	{"greeting", MXDP_REPLY_AT_GREETING, NULL},
	{"helo", MXDP_REPLY_AT_HELO, NULL},
	{"dialogue", MXDP_REPLY_AT_DIALOGUE, NULL},
	{NULL, 0, NULL},
};

static const struct mxdp_choice greylist_places[] = {
	{"xdp", MXDP_GREYLIST_XDP, NULL},
	{"policy", MXDP_GREYLIST_POLICY, NULL},
	{"off", MXDP_GREYLIST_OFF, NULL},
	{NULL, 0, NULL},
};

static const struct mxdp_choice policy_refusals[] = {
	{"dunno", MXDP_POLICY_DUNNO, NULL},
	{"tempfail", MXDP_POLICY_DEFER, NULL},
	{"reject", MXDP_POLICY_REJECT, NULL},
	{NULL, 0, NULL},
};

static const struct mxdp_choice log_levels[] = {
	{"error", MXDP_LOG_ERROR, NULL},   {"warning", MXDP_LOG_WARNING, NULL},
	{"notice", MXDP_LOG_NOTICE, NULL}, {"info", MXDP_LOG_INFO, NULL},
	{"debug", MXDP_LOG_DEBUG, NULL},   {NULL, 0, NULL},
};

#define DAY                       86400.0
#define FIELD(name)               offsetof(struct mxdp_config, name)
#define CHOICE(list)              0, 0, NULL, list
#define RANGE(least, most, words) least, most, words, NULL
#define RATES                     RANGE(0, 60000000, "0 to 60000000")
#define FREE_TEXT                 0, 0, NULL, NULL

/* clang-format off */
const struct mxdp_setting mxdp_settings_table[] = {
	{ NULL, "mode", "observe", MXDP_SETTING_CHOICE, FIELD(mode), CHOICE(modes) },
	{ NULL, "attach_mode", "auto", MXDP_SETTING_CHOICE, FIELD(attach_mode),
	  CHOICE(attach_modes) },
	{ NULL, "attach", "auto", MXDP_SETTING_CHOICE, FIELD(attach), CHOICE(attachments) },
	{ NULL, "cut_established", "no", MXDP_SETTING_BOOLEAN, FIELD(cut_established), FREE_TEXT },
	{ NULL, "wire_evidence", "yes", MXDP_SETTING_BOOLEAN, FIELD(wire_evidence), FREE_TEXT },
	{ NULL, "socket_proof", "yes", MXDP_SETTING_BOOLEAN, FIELD(socket_proof), FREE_TEXT },

	{ "unknown", "action", "hold", MXDP_SETTING_CHOICE, FIELD(hold), CHOICE(unknown_actions) },
	{ "unknown", "hold", "2.5s", MXDP_SETTING_MILLISECONDS, FIELD(hold_ms),
	  RANGE(100, 10000, "100ms to 10s") },

	{ "limit", "per_minute", "10", MXDP_SETTING_NUMBER, FIELD(limit_per_minute),
	  RANGE(0.01, 60000, "0.01 to 60000") },
	{ "limit", "burst", "5", MXDP_SETTING_COUNT, FIELD(limit_burst),
	  RANGE(1, 1000, "1 to 1000") },

	{ "limits", "attempts_client", "60", MXDP_SETTING_COUNT,
	  FIELD(limits.attempts[MXDP_SCOPE_CLIENT]), RATES },
	{ "limits", "attempts_network", "1000", MXDP_SETTING_COUNT,
	  FIELD(limits.attempts[MXDP_SCOPE_NETWORK]), RATES },
	{ "limits", "attempts_all", "60000", MXDP_SETTING_COUNT,
	  FIELD(limits.attempts[MXDP_SCOPE_ALL]), RATES },
	{ "limits", "handshakes_client", "120", MXDP_SETTING_COUNT,
	  FIELD(limits.handshakes[MXDP_SCOPE_CLIENT]), RATES },
	{ "limits", "handshakes_network", "1200", MXDP_SETTING_COUNT,
	  FIELD(limits.handshakes[MXDP_SCOPE_NETWORK]), RATES },
	{ "limits", "handshakes_all", "0", MXDP_SETTING_COUNT,
	  FIELD(limits.handshakes[MXDP_SCOPE_ALL]), RATES },
	{ "limits", "known_client", "600", MXDP_SETTING_COUNT,
	  FIELD(limits.known[MXDP_SCOPE_CLIENT]), RATES },
	{ "limits", "known_network", "3000", MXDP_SETTING_COUNT,
	  FIELD(limits.known[MXDP_SCOPE_NETWORK]), RATES },
	{ "limits", "known_all", "60000", MXDP_SETTING_COUNT,
	  FIELD(limits.known[MXDP_SCOPE_ALL]), RATES },

	{ "flood", "enter", "10000", MXDP_SETTING_COUNT, FIELD(flood.enter),
	  RANGE(0, 10000000, "0 to 10000000") },
	{ "flood", "leave", "5000", MXDP_SETTING_COUNT, FIELD(flood.leave),
	  RANGE(1, 10000000, "1 to 10000000") },
	{ "flood", "calm", "10s", MXDP_SETTING_SECONDS, FIELD(flood.calm_seconds),
	  RANGE(1, 3600, "1s to 1h") },
	{ "flood", "challenges", "500000", MXDP_SETTING_COUNT, FIELD(flood.challenges),
	  RANGE(0, 10000000, "0 to 10000000") },
	{ "flood", "proof", "1d", MXDP_SETTING_SECONDS, FIELD(flood.proof_seconds),
	  RANGE(60, 30 * DAY, "1m to 30d") },

	{ "resolver", "timeout", NULL, MXDP_SETTING_MILLISECONDS, FIELD(resolver.timeout_ms),
	  RANGE(50, 30000, "50ms to 30s") },
	{ "resolver", "tries", NULL, MXDP_SETTING_COUNT, FIELD(resolver.tries),
	  RANGE(1, 10, "1 to 10") },
	{ "resolver", "in_flight_max", NULL, MXDP_SETTING_COUNT, FIELD(resolver.in_flight_max),
	  RANGE(1, 65536, "1 to 65536") },
	{ "resolver", "queue_max", NULL, MXDP_SETTING_COUNT, FIELD(resolver.queue_max),
	  RANGE(0, 1048576, "0 to 1048576") },
	{ "resolver", "cache_entries", NULL, MXDP_SETTING_SIZE, FIELD(resolver.cache_entries),
	  RANGE(16, 16777216, "16 to 16777216") },
	{ "resolver", "ttl_min", NULL, MXDP_SETTING_SECONDS, FIELD(resolver.ttl_min),
	  RANGE(1, DAY, "1s to 1d") },
	{ "resolver", "ttl_max", NULL, MXDP_SETTING_SECONDS, FIELD(resolver.ttl_max),
	  RANGE(1, 7 * DAY, "1s to 7d") },
	{ "resolver", "negative_ttl_min", NULL, MXDP_SETTING_SECONDS,
	  FIELD(resolver.negative_ttl_min), RANGE(1, DAY, "1s to 1d") },
	{ "resolver", "negative_ttl_max", NULL, MXDP_SETTING_SECONDS,
	  FIELD(resolver.negative_ttl_max), RANGE(1, 7 * DAY, "1s to 7d") },
	{ "resolver", "failure_ttl", NULL, MXDP_SETTING_SECONDS, FIELD(resolver.failure_ttl),
	  RANGE(1, 3600, "1s to 1h") },

	{ "screen", "threshold", "5", MXDP_SETTING_NUMBER, FIELD(policy.threshold),
	  RANGE(0.1, 1000, "0.1 to 1000") },
	{ "screen", "action", "reject", MXDP_SETTING_CHOICE, FIELD(policy.action),
	  CHOICE(screen_actions) },
	{ "reply", "name", "", MXDP_SETTING_TEXT, FIELD(reply.name), FREE_TEXT },
	{ "reply", "text", "", MXDP_SETTING_TEXT, FIELD(reply.text), FREE_TEXT },
	{ "reply", "url", "", MXDP_SETTING_TEXT, FIELD(reply.url), FREE_TEXT },
	{ "reply", "contact", "", MXDP_SETTING_TEXT, FIELD(reply.contact), FREE_TEXT },
	{ "reply", "reject_at", "dialogue", MXDP_SETTING_CHOICE, FIELD(reply.reject_at),
	  CHOICE(reply_places) },
	{ "reply", "tempfail_at", "greeting", MXDP_SETTING_CHOICE, FIELD(reply.tempfail_at),
	  CHOICE(reply_places) },

	{ "screen", "check_timeout", "2s", MXDP_SETTING_MILLISECONDS, FIELD(check_timeout_ms),
	  RANGE(100, 60000, "100ms to 1m") },
	{ "screen", "clients_max", "20000", MXDP_SETTING_COUNT, FIELD(clients_max),
	  RANGE(1, 1000000, "1 to 1000000") },
	{ "screen", "heuristics_max", "4", MXDP_SETTING_NUMBER, FIELD(policy.heuristics_max),
	  RANGE(0, 1000, "0 to 1000") },
	{ "screen", "verdict_ttl_min", "1m", MXDP_SETTING_SECONDS, FIELD(policy.ttl_min),
	  RANGE(1, DAY, "1s to 1d") },
	{ "screen", "verdict_ttl_max", "1d", MXDP_SETTING_SECONDS, FIELD(policy.ttl_max),
	  RANGE(1, 30 * DAY, "1s to 30d") },
	{ "screen", "refuse_ttl_max", "15m", MXDP_SETTING_SECONDS, FIELD(policy.refuse_ttl_max),
	  RANGE(1, 30 * DAY, "1s to 30d") },
	{ "screen", "pass_ttl", "1h", MXDP_SETTING_SECONDS, FIELD(policy.pass_ttl),
	  RANGE(1, 30 * DAY, "1s to 30d") },
	{ "screen", "fail_open_ttl", "1m", MXDP_SETTING_SECONDS, FIELD(policy.fail_open_ttl),
	  RANGE(1, 3600, "1s to 1h") },

	{ "report", "cap", "5", MXDP_SETTING_NUMBER, FIELD(told.cap), RANGE(0, 1000, "0 to 1000") },
	{ "report", "half_life", "6h", MXDP_SETTING_SECONDS, FIELD(told.half_life),
	  RANGE(0, 30 * DAY, "0s to 30d") },

	{ "trust", "after", "7d", MXDP_SETTING_SECONDS, FIELD(trust.after),
	  RANGE(0, 400 * DAY, "0s to 400d") },
	{ "trust", "messages", "10", MXDP_SETTING_COUNT, FIELD(trust.messages),
	  RANGE(1, 1000000, "1 to 1000000") },
	{ "trust", "score", "-2", MXDP_SETTING_NUMBER, FIELD(trust.score),
	  RANGE(-1000, 0, "-1000 to 0") },
	{ "trust", "lives", "36d", MXDP_SETTING_SECONDS, FIELD(trust.lives),
	  RANGE(3600, 400 * DAY, "1h to 400d") },

	{ "greylist", "at", "xdp", MXDP_SETTING_CHOICE, FIELD(greylist.at),
	  CHOICE(greylist_places) },
	{ "greylist", "threshold", "2", MXDP_SETTING_NUMBER, FIELD(policy.grey_threshold),
	  RANGE(0.1, 1000, "0.1 to 1000") },
	{ "greylist", "delay", "5m", MXDP_SETTING_SECONDS, FIELD(greylist.delay),
	  RANGE(1, DAY, "1s to 1d") },
	{ "greylist", "window", "4h", MXDP_SETTING_SECONDS, FIELD(greylist.window),
	  RANGE(2, 30 * DAY, "2s to 30d") },
	{ "greylist", "prefix4", "24", MXDP_SETTING_COUNT, FIELD(greylist.prefix4),
	  RANGE(8, 32, "8 to 32") },
	{ "greylist", "prefix6", "64", MXDP_SETTING_COUNT, FIELD(greylist.prefix6),
	  RANGE(32, 128, "32 to 128") },
	{ "greylist", "trust", "36d", MXDP_SETTING_SECONDS, FIELD(greylist.trust),
	  RANGE(2, 400 * DAY, "2s to 400d") },
	{ "greylist", "score", "-1", MXDP_SETTING_NUMBER, FIELD(greylist.score),
	  RANGE(-1000, 0, "-1000 to 0") },
	{ "greylist", "reply_at", "greeting", MXDP_SETTING_CHOICE, FIELD(greylist.reply_at),
	  CHOICE(reply_places) },

	{ "journal", "keep", "14d", MXDP_SETTING_SECONDS, FIELD(journal_keep),
	  RANGE(3600, 400 * DAY, "1h to 400d") },

	{ "rdns", "missing", "2", MXDP_SETTING_NUMBER, FIELD(rdns.missing),
	  RANGE(0, 1000, "0 to 1000") },
	{ "rdns", "unconfirmed", "1", MXDP_SETTING_NUMBER, FIELD(rdns.unconfirmed),
	  RANGE(0, 1000, "0 to 1000") },
	{ "rdns", "generic", "1", MXDP_SETTING_NUMBER, FIELD(rdns.generic),
	  RANGE(0, 1000, "0 to 1000") },
	{ "rdns", "generic_names", "", MXDP_SETTING_TEXT, FIELD(rdns.generic_path), FREE_TEXT },

	{ "helo", "bad", "1", MXDP_SETTING_NUMBER, FIELD(helo.bad), RANGE(0, 1000, "0 to 1000") },
	{ "sender", "bad", "1", MXDP_SETTING_NUMBER, FIELD(sender.bad),
	  RANGE(0, 1000, "0 to 1000") },

	{ "api", "socket", "/run/mxdp/api.sock", MXDP_SETTING_SOCKET, FIELD(api_socket), FREE_TEXT },
	{ "api", "group", "", MXDP_SETTING_TEXT, FIELD(api_group), FREE_TEXT },

	{ "policy", "socket", "", MXDP_SETTING_SOCKET, FIELD(policy_service.socket), FREE_TEXT },
	{ "policy", "group", "", MXDP_SETTING_TEXT, FIELD(policy_service.group), FREE_TEXT },
	{ "policy", "listen", "", MXDP_SETTING_LISTEN, FIELD(policy_service.listen), FREE_TEXT },
	{ "policy", "refuse", "tempfail", MXDP_SETTING_CHOICE, FIELD(policy_service.refuse),
	  CHOICE(policy_refusals) },
	{ "policy", "spf_fail", "dunno", MXDP_SETTING_CHOICE, FIELD(policy_service.spf_fail),
	  CHOICE(policy_refusals) },
	{ "policy", "received_spf", "no", MXDP_SETTING_BOOLEAN,
	  FIELD(policy_service.received_spf), FREE_TEXT },

	{ "daemon", "state_directory", "/var/lib/mxdp", MXDP_SETTING_PATH, FIELD(state_directory),
	  FREE_TEXT },
	{ "daemon", "pin_directory", "/sys/fs/bpf/mxdp", MXDP_SETTING_PATH, FIELD(pin_directory),
	  FREE_TEXT },
	{ "daemon", "user", MXDP_USER, MXDP_SETTING_TEXT, FIELD(user), FREE_TEXT },
	{ "daemon", "log_level", "info", MXDP_SETTING_CHOICE, FIELD(log_level),
	  CHOICE(log_levels) },
	{ "daemon", "heartbeat_stale", "1s", MXDP_SETTING_MILLISECONDS, FIELD(heartbeat_stale_ms),
	  RANGE(200, 60000, "200ms to 1m") },
	{ "daemon", "verdicts_max", "262144", MXDP_SETTING_COUNT, FIELD(verdicts_max),
	  RANGE(1024, 16777216, "1024 to 16777216") },

	{ .key = NULL },
};
/* clang-format on */

static const char *const sections[] = {
	"unknown",  "limit",   "limits", "flood",  "resolver", "screen",
	"rdns",     "helo",    "sender", "reply",  "report",   "trust",
	"greylist", "journal", "api",    "policy", "daemon",
};
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

static cfg_opt_t dnsbl_reply_options[] = {
	CFG_STR("score", NULL, CFGF_NODEFAULT),
	CFG_STR("name", NULL, CFGF_NODEFAULT),
	CFG_END(),
};

static cfg_opt_t dnsbl_options[] = {
	CFG_STR("preset", NULL, CFGF_NODEFAULT),
	CFG_STR("force", "no", CFGF_NONE),
	CFG_STR("ipv6", NULL, CFGF_NODEFAULT),
	CFG_STR("probe", "yes", CFGF_NONE),
	CFG_STR("shown", NULL, CFGF_NODEFAULT),
	CFG_STR("url", NULL, CFGF_NODEFAULT),
	CFG_SEC("reply", dnsbl_reply_options, CFGF_MULTI | CFGF_TITLE),
	CFG_END(),
};

/* The keys of one section, or those outside every section, as libConfuse wants them. */
static size_t section_options(const struct mxdp_setting *table, const char *section,
			      cfg_opt_t options[OPTIONS_MAX])
{
	size_t count = 0;

	for (const struct mxdp_setting *set = table; set->key; set++) {
		const bool here =
			section ? set->section && !strcmp(set->section, section) : !set->section;

		if (here && count < OPTIONS_MAX - 1)
			options[count++] = (cfg_opt_t)CFG_STR(
				set->key, set->initial, set->initial ? CFGF_NONE : CFGF_NODEFAULT);
	}
	return count;
}

static cfg_t *make_tree(void)
{
	cfg_opt_t parts[SECTIONS][OPTIONS_MAX];
	cfg_opt_t feed[OPTIONS_MAX], root[OPTIONS_MAX];
	size_t count = section_options(mxdp_settings_table, NULL, root);

	root[count++] = (cfg_opt_t)CFG_STR_LIST("interfaces", NULL, CFGF_NODEFAULT);
	root[count++] = (cfg_opt_t)CFG_STR_LIST("mx_ports", "{25}", CFGF_NONE);
	root[count++] = (cfg_opt_t)CFG_STR_LIST("submission_ports", NULL, CFGF_NODEFAULT);
	root[count++] = (cfg_opt_t)CFG_STR_LIST("protected_addresses", NULL, CFGF_NODEFAULT);
	root[count++] = (cfg_opt_t)CFG_STR_LIST("never_block", NULL, CFGF_NODEFAULT);
	root[count++] = (cfg_opt_t)CFG_STR_LIST("spf_allow", NULL, CFGF_NODEFAULT);
	root[count++] = (cfg_opt_t)CFG_STR_LIST("partner", NULL, CFGF_NODEFAULT);
	root[count++] = (cfg_opt_t)CFG_STR_LIST("own_domains", NULL, CFGF_NODEFAULT);
	root[count++] = (cfg_opt_t)CFG_SEC("dnsbl", dnsbl_options, CFGF_MULTI | CFGF_TITLE);
	feed[section_options(mxdp_feed_keys, "feed", feed)] = (cfg_opt_t)CFG_END();
	root[count++] = (cfg_opt_t)CFG_SEC("feed", feed, CFGF_MULTI | CFGF_TITLE);
	for (size_t i = 0; i < SECTIONS; i++) {
		size_t end = section_options(mxdp_settings_table, sections[i], parts[i]);

		if (strcmp(sections[i], "resolver") == 0)
			parts[i][end++] = (cfg_opt_t)CFG_STR_LIST("servers", NULL, CFGF_NODEFAULT);
		if (strcmp(sections[i], "helo") == 0)
			parts[i][end++] =
				(cfg_opt_t)CFG_STR_LIST("own_names", NULL, CFGF_NODEFAULT);
		parts[i][end] = (cfg_opt_t)CFG_END();
		root[count++] = (cfg_opt_t)CFG_SEC(sections[i], parts[i], CFGF_NONE);
	}
	root[count] = (cfg_opt_t)CFG_END();
	return cfg_init(root, CFGF_NONE);
}

/* libConfuse hands its error callback no context. */
static _Thread_local struct {
	const struct mxdp_source *source;
	char *error;
	size_t error_size;
	bool told;
} parsing;

static void on_error(cfg_t *cfg, const char *format, va_list arguments)
{
	static const char unknown[] = "no such option";
	const size_t last = parsing.source->count ? parsing.source->count - 1 : MXDP_WORD_NONE;
	const bool is_unknown = strncmp(format, unknown, sizeof(unknown) - 1) == 0;
	size_t word = cfg->line > 0 ? (size_t)cfg->line - 1 : 0;
	char text[256];

	if (parsing.told)
		return;
	parsing.told = true;
	if (word >= parsing.source->count)
		word = last;
	vsnprintf(text, sizeof(text), format, arguments);
	if (is_unknown)
		mxdp_source_fault(parsing.source, word, parsing.error, parsing.error_size,
				  "unknown key %.60s%s%.60s; mxdp.conf(5) lists the keys",
				  parsing.source->words[word].text,
				  cfg->title || strcmp(cfg->name, "root") ? " in section " : "",
				  strcmp(cfg->name, "root") ? cfg->name : "");
	else
		mxdp_source_fault(parsing.source, word, parsing.error, parsing.error_size,
				  "%s; mxdp.conf(5) shows how each key is written", text);
}

int mxdp_schema_parse(const struct mxdp_source *source, cfg_t **out, char *error, size_t error_size)
{
	size_t length = 0;
	char *text = mxdp_source_text(source, &length);
	FILE *file = text ? fmemopen(text, length, "r") : NULL;
	cfg_t *tree = file ? make_tree() : NULL;
	int result = -ENOMEM;

	if (tree) {
		parsing.source = source;
		parsing.error = error;
		parsing.error_size = error_size;
		parsing.told = false;
		cfg_set_error_function(tree, on_error);
		result = cfg_parse_fp(tree, file) == CFG_SUCCESS ? 0 : -EINVAL;
		parsing.source = NULL;
	}
	if (result == -ENOMEM)
		snprintf(error, error_size, "%s: memory is out; nothing was changed",
			 source->files[0]);
	else if (result < 0 && !parsing.told)
		mxdp_source_fault(source, MXDP_WORD_NONE, error, error_size,
				  "is not understood; mxdp.conf(5) shows how each key is written");
	if (file)
		fclose(file);
	free(text);
	if (result == 0)
		*out = tree;
	else if (tree)
		cfg_free(tree);
	return result;
}
