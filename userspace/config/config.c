/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "places.h"
#include "rates.h"
#include "read.h"
#include "schema.h"
#include "source.h"

#define NS_PER_MS       1000000ULL
#define NS_PER_MINUTE   60e9
#define SAMPLE_INTERVAL (20 * NS_PER_MS) /* fifty refusals a second and CPU can be watched */

static void free_names(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static void config_free(struct mxdp_config *config)
{
	for (size_t i = 0; i < config->dnsbl_count; i++) {
		struct mxdp_dnsbl_zone *zone = &config->dnsbls[i];

		for (size_t j = 0; j < zone->reply_count; j++) {
			free(zone->replies[j].filter_text);
			free(zone->replies[j].name);
		}
		free(zone->replies);
		free(zone->zone);
		free(zone->shown);
		free(zone->url);
	}
	free(config->dnsbls);
	for (size_t i = 0; i < config->feed_count; i++) {
		free(config->feeds[i].name);
		free(config->feeds[i].source);
		free(config->feeds[i].checksum);
		free(config->feeds[i].proxy);
		free(config->feeds[i].ca_file);
		free(config->feeds[i].shown);
		free(config->feeds[i].url);
	}
	free(config->feeds);
	mxdp_generic_names_free(config->rdns.generic_names);
	free(config->rdns.generic_path);
	free_names(config->helo.own_names, config->helo.own_name_count);
	free_names(config->interfaces, config->interface_count);
	free_names(config->spf_allow, config->spf_allow_count);
	free_names(config->partners, config->partner_count);
	free_names(config->own_domains, config->own_domain_count);
	free(config->destinations);
	free(config->never_block);
	free(config->reply.name);
	free(config->reply.text);
	free(config->reply.url);
	free(config->reply.contact);
	free(config->resolver_servers);
	free(config->pin_directory);
	free(config->user);
	free(config->state_directory);
	free(config->api_socket);
	free(config->api_group);
	free(config->policy_service.socket);
	free(config->policy_service.group);
	free(config->policy_service.listen);
	free(config->path);
	free(config);
}

/* A pair of keys of which the first must not exceed the second. */
static int check_order(const struct mxdp_reading *reading, const char *section, const char *low,
		       unsigned int low_value, const char *high, unsigned int high_value)
{
	if (low_value <= high_value)
		return 0;
	return mxdp_reading_fault(reading, cfg_getsec(reading->tree, section), low, 0,
				  "(%us) is longer than %s (%us); shorten it or lengthen the other",
				  low_value, high, high_value);
}

static int check_orders(const struct mxdp_reading *reading)
{
	const struct mxdp_config *config = reading->config;
	const struct mxdp_resolver_settings *resolver = &config->resolver;
	int error = check_order(reading, "screen", "verdict_ttl_min", config->policy.ttl_min,
				"verdict_ttl_max", config->policy.ttl_max);

	if (!error)
		error = check_order(reading, "resolver", "ttl_min", resolver->ttl_min, "ttl_max",
				    resolver->ttl_max);
	if (!error)
		error = check_order(reading, "resolver", "negative_ttl_min",
				    resolver->negative_ttl_min, "negative_ttl_max",
				    resolver->negative_ttl_max);
	if (!error && config->flood.enter && config->flood.leave > config->flood.enter)
		error = mxdp_reading_fault(reading, cfg_getsec(reading->tree, "flood"), "leave", 0,
					   "(%u) is more than enter (%u); a flood ends below the "
					   "rate that makes one",
					   config->flood.leave, config->flood.enter);
	return error;
}

/* Without the packet path or the policy server there is no grey band. */
static int check_greylist(const struct mxdp_reading *reading)
{
	struct mxdp_config *config = reading->config;

	if (config->greylist.at == MXDP_GREYLIST_OFF)
		config->policy.grey_threshold = 0;
	if (config->greylist.at == MXDP_GREYLIST_OFF &&
	    config->policy.action == MXDP_ACTION_GREYLIST)
		return mxdp_reading_fault(
			reading, cfg_getsec(reading->tree, "screen"), "action", 0,
			"is greylist, but greylist.at is off; write xdp there, or "
			"pass here");
	if (config->greylist.at == MXDP_GREYLIST_POLICY && !config->policy_service.socket &&
	    !config->policy_service.listen)
		return mxdp_reading_fault(reading, cfg_getsec(reading->tree, "greylist"), "at", 0,
					  "is policy, but there is no policy server; give section "
					  "policy a socket or listen, or write xdp");
	if (config->greylist.delay < config->greylist.window)
		return 0;
	return mxdp_reading_fault(reading, cfg_getsec(reading->tree, "greylist"), "delay", 0,
				  "(%us) leaves nothing of window (%us), which is counted from the "
				  "first try too; shorten it or lengthen the other",
				  config->greylist.delay, config->greylist.window);
}

static int read_all(const struct mxdp_reading *reading)
{
	int error = mxdp_read_settings(reading);

	if (!error)
		error = mxdp_read_lists(reading);
	if (!error)
		error = mxdp_read_dnsbls(reading);
	if (!error)
		error = mxdp_read_feeds(reading);
	if (!error)
		error = mxdp_read_reply(reading);
	if (!error)
		error = mxdp_read_generic_names(reading);
	if (!error)
		error = mxdp_read_own_names(reading);
	if (!error)
		error = check_orders(reading);
	return error ? error : check_greylist(reading);
}

static int build(const struct mxdp_source *source, cfg_t *tree, struct mxdp_config **out,
		 char error[MXDP_CONFIG_ERROR])
{
	struct mxdp_config *config = calloc(1, sizeof(*config));
	struct mxdp_reading reading = {
		.source = source,
		.tree = tree,
		.config = config,
		.error = error,
		.error_size = MXDP_CONFIG_ERROR,
	};
	int result;

	if (!config)
		return mxdp_reading_memory(&reading);
	config->references = 1;
	config->resolver = mxdp_resolver_defaults();
	config->resolver.servers = NULL;
	config->path = strdup(source->files[0]);
	result = config->path ? read_all(&reading) : mxdp_reading_memory(&reading);
	if (result)
		config_free(config);
	else
		*out = config;
	return result;
}

int mxdp_config_load(const char *path, struct mxdp_config **out, char error[MXDP_CONFIG_ERROR])
{
	struct mxdp_source source;
	cfg_t *tree = NULL;
	int result = mxdp_source_read(&source, path, error, MXDP_CONFIG_ERROR);

	if (!result)
		result = mxdp_source_crowds(&source, error, MXDP_CONFIG_ERROR);
	if (!result)
		result = mxdp_schema_parse(&source, &tree, error, MXDP_CONFIG_ERROR);
	if (!result)
		result = mxdp_source_duplicates(&source, error, MXDP_CONFIG_ERROR);
	if (!result)
		result = build(&source, tree, out, error);
	if (!result)
		(*out)->configured_mode = (*out)->mode;
	if (tree)
		cfg_free(tree);
	mxdp_source_free(&source);
	return result;
}

struct mxdp_config *mxdp_config_ref(struct mxdp_config *config)
{
	config->references++;
	return config;
}

void mxdp_config_unref(struct mxdp_config *config)
{
	if (config && --config->references == 0)
		config_free(config);
}

#define NS_PER_S 1000000000ULL

static void greylist_settings(const struct mxdp_greylist_settings *greylist,
			      struct mxdp_settings *settings)
{
	settings->greylist_at = greylist->reply_at;
	settings->greylist_delay_ns = greylist->delay * NS_PER_S;
	if (greylist->at == MXDP_GREYLIST_XDP)
		settings->greylist_window_ns = greylist->window * NS_PER_S;
	settings->greylist_length4 = greylist->prefix4;
	settings->greylist_length6 = greylist->prefix6;
	settings->greylist_mask4 = htonl((uint32_t)(0xffffffffULL << (32 - greylist->prefix4)));
	for (unsigned int i = 0; i < 4; i++) {
		unsigned int bits = greylist->prefix6 > 32 * i ? greylist->prefix6 - 32 * i : 0;

		settings->greylist_mask6[i] =
			htonl((uint32_t)(0xffffffffULL << (32 - (bits < 32 ? bits : 32))));
	}
}

bool mxdp_config_opens_contacts(const struct mxdp_config *config)
{
	return config->own_domain_count &&
	       (config->policy_service.socket || config->policy_service.listen);
}

void mxdp_config_settings(const struct mxdp_config *config, struct mxdp_settings *settings)
{
	const double interval_ns = NS_PER_MINUTE / config->limit_per_minute;
	/* By then the checks of the earlier announcement are over. */
	const unsigned int retry_ms = config->check_timeout_ms > config->hold_ms
					      ? config->check_timeout_ms
					      : config->hold_ms;

	*settings = (struct mxdp_settings){
		.abi_version = MXDP_ABI_VERSION,
		.mode = config->mode,
		.hold_unknown = config->hold,
		.cut_established = config->cut_established,
		.wire_evidence = config->wire_evidence,
		.filter_destinations = config->destination_count > 0,
		.hold_ns = config->hold_ms * NS_PER_MS,
		.retry_ns = retry_ms * NS_PER_MS,
		.heartbeat_stale_ns = config->heartbeat_stale_ms * NS_PER_MS,
		.limit_interval_ns = (uint64_t)interval_ns,
		.limit_burst_ns = (uint64_t)(interval_ns * (config->limit_burst - 1)),
		.sample_interval_ns = SAMPLE_INTERVAL,
		.reject_at = config->reply.reject_at,
		.tempfail_at = config->reply.tempfail_at,
		.contacts = mxdp_config_opens_contacts(config),
	};
	mxdp_config_rates(config, settings);
	greylist_settings(&config->greylist, settings);
	for (size_t i = 0; i < config->port_count; i++)
		settings->ports[i] = (struct mxdp_port){
			.port = htons(config->ports[i].port),
			.class = (__u16)config->ports[i].class,
		};
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

const char *mxdp_config_needs_restart(const struct mxdp_config *now, const struct mxdp_config *next)
{
	static _Thread_local char text[160];
	const struct {
		bool same;
		const char *name;
	} parts[] = {
		{same_text(now->api_socket, next->api_socket), "api socket"},
		{same_text(now->api_group, next->api_group), "api group"},
		{same_text(now->policy_service.socket, next->policy_service.socket),
		 "policy socket"},
		{same_text(now->policy_service.group, next->policy_service.group), "policy group"},
		{same_text(now->policy_service.listen, next->policy_service.listen),
		 "policy listen"},
		{same_text(now->user, next->user), "user"},
		{same_text(now->state_directory, next->state_directory), "state_directory"},
		{same_text(now->pin_directory, next->pin_directory), "pin_directory"},
		{now->verdicts_max == next->verdicts_max, "verdicts_max"},
		{now->attach_mode == next->attach_mode, "attach_mode"},
	};
	size_t used = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!parts[i].same && used < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
						 used ? ", " : "", parts[i].name);
	return used ? text : NULL;
}
