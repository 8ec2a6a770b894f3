/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GET /status: how the daemon is, on one page. */
#include <pwd.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "maps/maps.h"
#include "routes.h"
#include "show.h"
#include "userspace/replies/replies.h"

#define FILL_SECONDS 5 /* counting walks the map: not for every dashboard's every poll */

static int count_verdict(void *context, const struct mxdp_prefix *key,
			 const struct mxdp_verdict *verdict)
{
	struct mxdp_api_fill *fill = context;

	(void)verdict;
	if (mxdp_address_is_v4(&key->address))
		fill->v4++;
	else
		fill->v6++;
	return 0;
}

static json_t *show_fill(const struct mxdp_maps *maps, struct mxdp_api_fill *fill)
{
	uint32_t places4 = 0, places6 = 0;
	int64_t now = time(NULL);

	if (now < fill->counted || now - fill->counted >= FILL_SECONDS) {
		*fill = (struct mxdp_api_fill){.counted = now};
		mxdp_verdict_each(maps, count_verdict, fill);
	}
	mxdp_verdict_capacity(maps, &places4, &places6);
	return json_pack("{s:{s:I, s:I}, s:{s:I, s:I}}", "verdicts4", "used", (json_int_t)fill->v4,
			 "places", (json_int_t)places4, "verdicts6", "used", (json_int_t)fill->v6,
			 "places", (json_int_t)places6);
}

static bool is_attached(const char *interface, const struct mxdp_attachment *attachments,
			size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(attachments[i].interface, interface))
			return true;
	return false;
}

static json_t *show_interfaces(const struct mxdp_config *config,
			       const struct mxdp_datapath *datapath)
{
	const struct mxdp_attachment *attachments;
	size_t count = mxdp_datapath_attachments(datapath, &attachments);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		const struct mxdp_attachment *at = &attachments[i];

		json_array_append_new(
			list, json_pack("{s:b, s:s*, s:s*, s:o, s:i, s:s, s:s, s:s, s:o}",
					"read_only", (int)at->read_only, "no_replies",
					at->no_replies, "not_read", at->not_read, "name",
					mxdp_show_text(at->interface), "index", at->ifindex, "mode",
					at->native ? "native" : "generic", "by", at->by, "since",
					at->since, "others", mxdp_show_text(at->others)));
	}
	for (size_t i = 0; i < config->interface_count; i++)
		if (!is_attached(config->interfaces[i], attachments, count))
			json_array_append_new(list, json_pack("{s:o, s:s}", "name",
							      mxdp_show_text(config->interfaces[i]),
							      "mode", "none"));
	return list;
}

static json_t *show_user(void)
{
	const struct passwd *user = getpwuid(geteuid());

	return user ? mxdp_show_text(user->pw_name) : json_sprintf("%u", geteuid());
}

static json_t *show_ports(const struct mxdp_config *config)
{
	json_t *list = json_array();

	for (size_t i = 0; i < config->port_count; i++)
		json_array_append_new(
			list, json_pack("{s:i, s:s}", "port", (int)config->ports[i].port, "class",
					mxdp_port_class_name(config->ports[i].class)));
	return list;
}

static json_t *show_zones(const struct mxdp_config *config)
{
	json_t *list = json_array();

	for (size_t i = 0; i < config->dnsbl_count; i++)
		json_array_append_new(list, mxdp_show_text(config->dnsbls[i].shown));
	return list;
}

static json_t *show_screener(const struct mxdp_screener *screener)
{
	struct mxdp_screener_stats stats;

	mxdp_screener_stats(screener, &stats);
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}",
		"announced", (json_int_t)stats.announced, "joined", (json_int_t)stats.joined,
		"refused", (json_int_t)stats.refused, "dropped", (json_int_t)stats.dropped,
		"started", (json_int_t)stats.started, "decided", (json_int_t)stats.decided,
		"fail_open", (json_int_t)stats.fail_open, "timed_out", (json_int_t)stats.timed_out,
		"not_stored", (json_int_t)stats.not_stored, "cases_evicted",
		(json_int_t)stats.cases_evicted, "running", (json_int_t)stats.running, "cases",
		(json_int_t)stats.cases, "latency_ms_p50", (json_int_t)stats.latency_ms_p50,
		"latency_ms_p99", (json_int_t)stats.latency_ms_p99, "has_room",
		mxdp_screener_has_room(screener));
}

static json_t *show_resolver(const struct mxdp_resolver *resolver)
{
	struct mxdp_resolver_stats stats;
	char servers[512] = "";

	mxdp_resolver_stats(resolver, &stats);
	mxdp_resolver_servers(resolver, servers, sizeof(servers));
	return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
			 "servers", mxdp_show_text(servers), "asked", (json_int_t)stats.asked,
			 "cache_hits", (json_int_t)stats.cache_hits, "joined",
			 (json_int_t)stats.joined, "sent", (json_int_t)stats.sent, "answered",
			 (json_int_t)stats.answered, "negative", (json_int_t)stats.negative,
			 "timeouts", (json_int_t)stats.timeouts, "failures",
			 (json_int_t)stats.failures, "busy", (json_int_t)stats.busy, "evicted",
			 (json_int_t)stats.evicted, "cached", (json_int_t)stats.cached, "in_flight",
			 (json_int_t)stats.in_flight, "queued", (json_int_t)stats.queued);
}

static json_t *show_journal(const struct mxdp_history *history)
{
	struct mxdp_history_stats stats;

	mxdp_history_stats(history, &stats);
	return json_pack("{s:b, s:b, s:I, s:I, s:I}", "open", history != NULL, "failing",
			 (int)stats.failing, "written", (json_int_t)stats.written, "queued",
			 (json_int_t)stats.queued, "lost", (json_int_t)stats.lost);
}

static json_t *show_policy_server(const struct mxdp_policy_server *server)
{
	struct mxdp_policy_stats stats;

	mxdp_policy_server_stats(server, &stats);
	return json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I}", "open", server != NULL,
			 "connections", (json_int_t)stats.connections, "requests",
			 (json_int_t)stats.requests, "deferred", (json_int_t)stats.deferred,
			 "rejected", (json_int_t)stats.rejected, "malformed",
			 (json_int_t)stats.malformed, "left", (json_int_t)stats.left);
}

static json_t *show_greylist(const struct mxdp_greylist *greylist)
{
	struct mxdp_greylist_stats stats;

	mxdp_greylist_stats(greylist, &stats);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "networks", (json_int_t)stats.networks,
			 "triplets", (json_int_t)stats.triplets, "returned",
			 (json_int_t)stats.returned, "passed", (json_int_t)stats.passed, "refused",
			 (json_int_t)stats.refused, "not_stored", (json_int_t)stats.not_stored);
}

static json_t *show_contacts(const struct mxdp_contacts *contacts)
{
	struct mxdp_contacts_stats stats;

	mxdp_contacts_stats(contacts, &stats);
	return json_pack("{s:I, s:I, s:I, s:b}", "open", (json_int_t)stats.open, "opened",
			 (json_int_t)stats.opened, "turned_away", (json_int_t)stats.turned_away,
			 "consulted", (int)stats.consulted);
}

static json_t *show_wire(const struct mxdp_said *said, const struct mxdp_config *config)
{
	struct mxdp_said_stats stats;

	mxdp_said_stats(said, &stats);
	return json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "on",
			 (int)config->wire_evidence, "heard", (json_int_t)stats.heard, "refused",
			 (json_int_t)stats.refused, "unreadable", (json_int_t)stats.unreadable,
			 "asked", (json_int_t)stats.asked, "repeated", (json_int_t)stats.repeated,
			 "unproved", (json_int_t)stats.unproved, "exempt", (json_int_t)stats.exempt,
			 "skipped", (json_int_t)stats.skipped, "unproved_skipped",
			 (json_int_t)stats.unproved_skipped);
}

static json_t *show_exempt(const struct mxdp_exempt *exempt)
{
	struct mxdp_exempt_source source;
	json_t *list = json_array();

	for (size_t i = 0; mxdp_exempt_source(exempt, i, &source); i++)
		json_array_append_new(list,
				      json_pack("{s:o, s:I, s:b, s:b}", "source",
						mxdp_show_text(source.text), "prefixes",
						(json_int_t)source.prefixes, "tried",
						(int)source.tried, "failing", (int)source.failing));
	return list;
}

static json_t *show_floods(const struct mxdp_maps *maps)
{
	struct mxdp_flood_view view;
	struct mxdp_counters counters;
	json_t *flood;

	if (mxdp_flood_read(maps, &view) || mxdp_counters_read(maps, &counters))
		return json_null();
	flood = mxdp_show_flood(&view);
	json_object_set_new(flood, "known_challenged",
			    json_integer((json_int_t)counters.known_challenged));
	return flood;
}

static int count_rule(void *context, const struct mxdp_operator_rule *rule)
{
	(void)rule;
	++*(json_int_t *)context;
	return 0;
}

static json_t *show_status(const struct mxdp_api_world *world, struct mxdp_api_fill *fill)
{
	const struct mxdp_config *config = world->config(world->context);
	const struct mxdp_protected *never_block;
	json_int_t rules = 0;
	json_t *status;

	mxdp_rules_each(world->rules, count_rule, &rules);
	status = json_pack("{s:s, s:i, s:o, s:I, s:o, s:o, s:o, s:s}", "version", MXDP_VERSION,
			   "pid", (int)getpid(), "user", show_user(), "started",
			   (json_int_t)world->started, "config", mxdp_show_text(config->path),
			   "interfaces", show_interfaces(config, world->datapath), "ports",
			   show_ports(config), "pins", config->pin_directory);
	if (!status)
		return NULL;
	mxdp_show_mode(world, status);
	json_object_set_new(status, "journal", show_journal(world->history));
	json_object_set_new(status, "greylist", show_greylist(world->greylist));
	json_object_set_new(status, "exempt", show_exempt(world->exempt));
	json_object_set_new(status, "policy_server", show_policy_server(world->policy));
	if (mxdp_config_opens_contacts(config))
		json_object_set_new(status, "contacts", show_contacts(world->contacts));
	json_object_set_new(status, "answered_again",
			    json_integer((json_int_t)mxdp_opened_again(world->opened)));
	json_object_set_new(status, "wire", show_wire(world->said, config));
	if (mxdp_datapath_not_watched(world->datapath))
		json_object_set_new(status, "sockets_not_watched",
				    json_string(mxdp_datapath_not_watched(world->datapath)));
	json_object_set_new(status, "hold", json_boolean(config->hold));
	json_object_set_new(status, "maps", show_fill(mxdp_datapath_maps(world->datapath), fill));
	json_object_set_new(status, "flood", show_floods(mxdp_datapath_maps(world->datapath)));
	json_object_set_new(status, "rules", json_integer(rules));
	json_object_set_new(
		status, "never_block",
		json_integer((json_int_t)mxdp_never_block_list(world->never_block, &never_block)));
	json_object_set_new(status, "policy",
			    json_pack("{s:f, s:s}", "threshold", config->policy.threshold, "action",
				      mxdp_action_name(config->policy.action)));
	json_object_set_new(status, "feed_warnings", mxdp_show_feed_warnings(world->feeds));
	if (mxdp_replies_warning(config))
		json_object_set_new(status, "reply_warning",
				    json_string(mxdp_replies_warning(config)));
	json_object_set_new(status, "dnsbl", show_zones(config));
	json_object_set_new(status, "screener", show_screener(world->screener));
	json_object_set_new(status, "resolver", show_resolver(world->resolver));
	return status;
}

void mxdp_api_get_status(struct mxdp_api_request *request)
{
	mxdp_api_give(request, show_status(request->world, request->fill));
}
