/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mxdp.conf: what a good file says arrives, what it leaves out has its default, and presets and the
 * shipped file are what they should be. test_config_faults.c has what is refused.
 */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_files.h"
#include "tests/suite.h"

static const char every_key[] =
	"# a comment, \"with\" = marks {\n"
	"mode = soft // another\n"
	"interfaces = { \"eth0\", 'wan.100' } /* and a third,\n over two lines */\n"
	"attach_mode = generic\n"
	"mx_ports = { 25, 2525 }\n"
	"submission_ports = { 587 }\n"
	"protected_addresses = { 192.0.2.25, \"2001:db8::25\" }\n"
	"never_block = { \"198.51.100.0/28\", \"::ffff:203.0.113.0/120\" }\n"
	"spf_allow = { \"gmail.example\", outlook.example }\n"
	"partner = { \"partner.example\" }\n"
	"own_domains = { \"example.net\" }\n"
	"cut_established = yes\n"
	"wire_evidence = no\n"
	"unknown { action = pass hold = 1.5s }\n"
	"limit { per_minute = 6 burst = 3 }\n"
	"limits { attempts_client = 1 attempts_network = 6 attempts_all = 0\n"
	"  handshakes_client = 60 handshakes_network = 60000000 handshakes_all = 2\n"
	"  known_client = 600 known_network = 0 known_all = 60 }\n"
	"flood { enter = 5000 leave = 4000 calm = 3s challenges = 1000 proof = 2h }\n"
	"resolver { servers = { \"192.0.2.53\", \"[2001:db8::53]:5353\" } timeout = 250ms tries = "
	"3\n"
	"  in_flight_max = 10 queue_max = 20 cache_entries = 30 ttl_min = 1m ttl_max = 2m\n"
	"  negative_ttl_min = 3m negative_ttl_max = 4m failure_ttl = 5s }\n"
	"screen { threshold = 4.5 action = limit check_timeout = 3s clients_max = 40\n"
	"  verdict_ttl_min = 1m verdict_ttl_max = 1h refuse_ttl_max = 10m pass_ttl = 2h\n"
	"  fail_open_ttl = 30s }\n"
	"dnsbl \"ZEN.example\" { ipv6 = yes reply \"127.0.0.[2..4]\" { score = 5 }\n"
	"  reply \"127.0.0.9\" { score = -1.5 } }\n"
	"dnsbl \"k3y.private.example\" { shown = \"ours\" reply 127.0.0.2 { score = 1 } }\n"
	"trust { after = 3d messages = 5 score = -1.5 lives = 20d }\n"
	"journal { keep = 3d }\n"
	"api { socket = \"/tmp/api.sock\" group = \"adm\" }\n"
	"daemon { state_directory = \"/tmp/state\" pin_directory = \"/tmp/pins\"\n"
	"  log_level = debug heartbeat_stale = 500ms verdicts_max = 2048 }\n";

START_TEST(every_key_arrives)
{
	struct mxdp_config *config = load_good(every_key);
	char text[MXDP_PREFIX_TEXT];

	ck_assert_int_eq(config->mode, MXDP_MODE_SOFT);
	ck_assert_uint_eq(config->interface_count, 2);
	ck_assert_str_eq(config->interfaces[1], "wan.100");
	ck_assert_int_eq(config->attach_mode, MXDP_ATTACH_GENERIC);
	ck_assert_uint_eq(config->port_count, 3);
	ck_assert_uint_eq(config->ports[1].port, 2525);
	ck_assert_int_eq(config->ports[1].class, MXDP_PORT_MX);
	ck_assert_uint_eq(config->ports[2].port, 587);
	ck_assert_int_eq(config->ports[2].class, MXDP_PORT_SUBMISSION);
	ck_assert_uint_eq(config->destination_count, 2);
	ck_assert_str_eq(mxdp_prefix_format(&config->destinations[1], text), "2001:db8::25");
	ck_assert_uint_eq(config->never_block_count, 2);
	ck_assert_str_eq(mxdp_prefix_format(&config->never_block[1], text), "203.0.113.0/24");
	ck_assert_uint_eq(config->spf_allow_count, 2);
	ck_assert_str_eq(config->spf_allow[1], "outlook.example");
	ck_assert_uint_eq(config->partner_count, 1);
	ck_assert_str_eq(config->partners[0], "partner.example");
	ck_assert_uint_eq(config->own_domain_count, 1);
	ck_assert_str_eq(config->own_domains[0], "example.net");
	ck_assert(config->cut_established);
	ck_assert(!config->wire_evidence);
	ck_assert(!config->hold);
	ck_assert_uint_eq(config->hold_ms, 1500);
	ck_assert_double_eq(config->limit_per_minute, 6);
	ck_assert_uint_eq(config->limit_burst, 3);
	ck_assert_str_eq(config->resolver.servers, "192.0.2.53,[2001:db8::53]:5353");
	ck_assert_uint_eq(config->resolver.timeout_ms, 250);
	ck_assert_uint_eq(config->resolver.tries, 3);
	ck_assert_uint_eq(config->resolver.in_flight_max, 10);
	ck_assert_uint_eq(config->resolver.queue_max, 20);
	ck_assert_uint_eq(config->resolver.cache_entries, 30);
	ck_assert_uint_eq(config->resolver.ttl_min, 60);
	ck_assert_uint_eq(config->resolver.ttl_max, 120);
	ck_assert_uint_eq(config->resolver.negative_ttl_min, 180);
	ck_assert_uint_eq(config->resolver.negative_ttl_max, 240);
	ck_assert_uint_eq(config->resolver.failure_ttl, 5);
	ck_assert_double_eq(config->policy.threshold, 4.5);
	ck_assert_int_eq(config->policy.action, MXDP_ACTION_LIMIT);
	ck_assert_uint_eq(config->policy.ttl_min, 60);
	ck_assert_uint_eq(config->policy.ttl_max, 3600);
	ck_assert_uint_eq(config->policy.refuse_ttl_max, 600);
	ck_assert_uint_eq(config->policy.pass_ttl, 7200);
	ck_assert_uint_eq(config->policy.fail_open_ttl, 30);
	ck_assert_uint_eq(config->check_timeout_ms, 3000);
	ck_assert_uint_eq(config->clients_max, 40);
	ck_assert_uint_eq(config->trust.after, 3 * 86400);
	ck_assert_uint_eq(config->trust.messages, 5);
	ck_assert_double_eq(config->trust.score, -1.5);
	ck_assert_uint_eq(config->trust.lives, 20 * 86400);
	ck_assert_uint_eq(config->journal_keep, 3 * 86400);
	ck_assert_str_eq(config->api_socket, "/tmp/api.sock");
	ck_assert_str_eq(config->api_group, "adm");
	ck_assert_str_eq(config->state_directory, "/tmp/state");
	ck_assert_str_eq(config->pin_directory, "/tmp/pins");
	ck_assert_int_eq(config->log_level, MXDP_LOG_DEBUG);
	ck_assert_uint_eq(config->heartbeat_stale_ms, 500);
	ck_assert_uint_eq(config->verdicts_max, 2048);
	ck_assert_str_eq(config->path, path);
	mxdp_config_unref(config);
}
END_TEST

START_TEST(zones_and_their_filters_arrive)
{
	struct mxdp_config *config = load_good(every_key);
	const struct mxdp_dnsbl_zone *zone = config->dnsbls;

	ck_assert_uint_eq(config->dnsbl_count, 2);
	ck_assert_str_eq(zone->zone, "zen.example");
	ck_assert_str_eq(zone->shown, "zen.example");
	ck_assert(zone->ipv6);
	ck_assert_uint_eq(zone->reply_count, 2);
	ck_assert_str_eq(zone->replies[0].filter_text, "127.0.0.[2..4]");
	ck_assert(mxdp_dnsbl_filter_match(&zone->replies[0].filter,
					  (struct in_addr){htonl(0x7f000003)}));
	ck_assert(!mxdp_dnsbl_filter_match(&zone->replies[0].filter,
					   (struct in_addr){htonl(0x7f000005)}));
	ck_assert_double_eq(zone->replies[1].score, -1.5);
	ck_assert(!zone[1].ipv6);
	ck_assert_str_eq(zone[1].zone, "k3y.private.example");
	ck_assert_str_eq(zone[1].shown, "ours");
	mxdp_config_unref(config);
}
END_TEST

START_TEST(what_is_left_out_has_its_default)
{
	struct mxdp_config *config = load_good(GOOD);
	const struct mxdp_resolver_settings resolver = mxdp_resolver_defaults();

	ck_assert_int_eq(config->mode, MXDP_MODE_OBSERVE);
	ck_assert_uint_eq(config->port_count, 1);
	ck_assert_uint_eq(config->ports[0].port, 25);
	ck_assert(config->hold);
	ck_assert_uint_eq(config->hold_ms, 2500);
	ck_assert_ptr_null(config->api_group);
	ck_assert_ptr_null(config->resolver.servers);
	ck_assert_uint_eq(config->resolver.cache_entries, resolver.cache_entries);
	ck_assert_uint_eq(config->resolver.timeout_ms, resolver.timeout_ms);
	ck_assert_uint_eq(config->verdicts_max, MXDP_VERDICTS_DEFAULT);
	ck_assert(config->wire_evidence);
	mxdp_config_unref(config);
}
END_TEST

START_TEST(the_packet_path_gets_its_settings)
{
	struct mxdp_config *config = load_good(every_key);
	struct mxdp_settings settings;

	mxdp_config_settings(config, &settings);
	ck_assert_uint_eq(settings.abi_version, MXDP_ABI_VERSION);
	ck_assert_int_eq(settings.mode, MXDP_MODE_SOFT);
	ck_assert_uint_eq(settings.hold_unknown, 0);
	ck_assert_uint_eq(settings.cut_established, 1);
	ck_assert_uint_eq(settings.filter_destinations, 1);
	ck_assert_uint_eq(settings.hold_ns, 1500000000ULL);
	ck_assert_uint_eq(settings.heartbeat_stale_ns, 500000000ULL);
	/* One attempt each ten seconds, and three at once. */
	ck_assert_uint_eq(settings.limit_interval_ns, 10000000000ULL);
	ck_assert_uint_eq(settings.limit_burst_ns, 20000000000ULL);
	/* A minute's worth at once. */
	ck_assert_uint_eq(settings.attempts[MXDP_SCOPE_CLIENT].interval_ns, 60000000000ULL);
	ck_assert_uint_eq(settings.attempts[MXDP_SCOPE_CLIENT].burst_ns, 0);
	ck_assert_uint_eq(settings.attempts[MXDP_SCOPE_NETWORK].interval_ns, 10000000000ULL);
	ck_assert_uint_eq(settings.attempts[MXDP_SCOPE_NETWORK].burst_ns, 50000000000ULL);
	ck_assert_uint_eq(settings.attempts[MXDP_SCOPE_ALL].interval_ns, 0);
	ck_assert_uint_eq(settings.handshakes[MXDP_SCOPE_CLIENT].interval_ns, 1000000000ULL);
	ck_assert_uint_eq(settings.handshakes[MXDP_SCOPE_NETWORK].interval_ns, 1000ULL);
	ck_assert_uint_eq(settings.handshakes[MXDP_SCOPE_ALL].burst_ns, 30000000000ULL);
	ck_assert_uint_eq(settings.known[MXDP_SCOPE_CLIENT].interval_ns, 100000000ULL);
	ck_assert_uint_eq(settings.known[MXDP_SCOPE_CLIENT].burst_ns, 59900000000ULL);
	ck_assert_uint_eq(settings.known[MXDP_SCOPE_NETWORK].interval_ns, 0);
	ck_assert_uint_eq(settings.known[MXDP_SCOPE_ALL].interval_ns, 1000000000ULL);
	ck_assert_uint_eq(settings.flood_enter, 5000);
	ck_assert_uint_eq(settings.flood_leave, 4000);
	ck_assert_uint_eq(settings.flood_calm_ns, 3000000000ULL);
	ck_assert_uint_eq(settings.challenges.interval_ns, 1000000ULL);
	ck_assert_uint_eq(settings.challenges.burst_ns, 100000000ULL);
	ck_assert_uint_eq(settings.proof_ns, 7200000000000ULL);
	ck_assert_uint_eq(settings.ports[2].port, htons(587));
	ck_assert_uint_eq(settings.ports[2].class, MXDP_PORT_SUBMISSION);
	ck_assert_uint_eq(settings.ports[3].port, 0);
	mxdp_config_unref(config);
}
END_TEST

START_TEST(a_reload_is_told_what_needs_a_restart)
{
	struct mxdp_config *now = load_good(GOOD);
	struct mxdp_config *same = load_good("mode = enforce\n" GOOD);
	struct mxdp_config *other = load_good(GOOD "api { socket = /tmp/x }\n"
						   "daemon { verdicts_max = 4096 }\n");
	const char *parts = mxdp_config_needs_restart(now, other);

	ck_assert_ptr_null(mxdp_config_needs_restart(now, same));
	ck_assert_ptr_nonnull(parts);
	ck_assert_ptr_nonnull(strstr(parts, "socket"));
	ck_assert_ptr_nonnull(strstr(parts, "verdicts_max"));
	ck_assert_ptr_null(strstr(parts, "resolver"));
	mxdp_config_unref(now);
	mxdp_config_unref(same);
	mxdp_config_unref(other);
}
END_TEST

START_TEST(feeds_arrive)
{
	struct mxdp_config *config = load_good(
		GOOD "feed drop { source = \"https://example.org/drop.json\" format = drop\n"
		     "action = reject priority = 7 interval = 1h wide = yes }\n"
		     "feed own { source = \"file:///etc/list\" use = score score = 2.5 }\n");

	ck_assert_uint_eq(config->feed_count, 2);
	ck_assert_str_eq(config->feeds[0].name, "drop");
	ck_assert_int_eq(config->feeds[0].format, MXDP_FEED_DROP);
	ck_assert_int_eq(config->feeds[0].action, MXDP_ACTION_REJECT);
	ck_assert_uint_eq(config->feeds[0].priority, 7);
	ck_assert_uint_eq(config->feeds[0].interval, 3600);
	ck_assert(config->feeds[0].wide);
	ck_assert_int_eq(config->feeds[1].use, MXDP_FEED_SCORE);
	ck_assert_double_eq(config->feeds[1].score, 2.5);
	ck_assert_int_eq(config->feeds[1].action, MXDP_ACTION_DROP);
	ck_assert_str_eq(config->feeds[1].source, "file:///etc/list");
	mxdp_config_unref(config);
}
END_TEST

START_TEST(includes_are_read_in_their_place)
{
	struct mxdp_config *config;

	write_text("ports.conf", "mx_ports = { 2525 }");
	write_text("zone.conf", "reply 127.0.0.2 { score = 5 }");
	config = load_good(GOOD "include(\"ports.conf\")\n"
				"dnsbl zen.example { include(\"zone.conf\") ipv6 = yes }\n");
	ck_assert_uint_eq(config->ports[0].port, 2525);
	ck_assert_uint_eq(config->dnsbls[0].reply_count, 1);
	ck_assert(config->dnsbls[0].ipv6);
	mxdp_config_unref(config);
}
END_TEST

START_TEST(a_file_cut_at_any_byte_is_loaded_or_refused)
{
	char error[MXDP_CONFIG_ERROR];
	struct mxdp_config *config;
	size_t refused = 0;

	for (size_t length = 0; length < sizeof(every_key); length++) {
		const int result = load_bytes(every_key, length, &config, error);

		ck_assert((result == 0) == (config != NULL));
		ck_assert((result < 0) == (error[0] != '\0'));
		refused += result < 0;
		mxdp_config_unref(config);
	}
	ck_assert_uint_gt(refused, sizeof(every_key) / 2);
}
END_TEST

START_TEST(the_shipped_configuration_loads)
{
	const char *root = getenv("MXDP_ROOT");
	char where[512], error[MXDP_CONFIG_ERROR];
	struct mxdp_config *config = NULL;

	snprintf(where, sizeof(where), "%s/conf/mxdp.conf", root ? root : ".");
	ck_assert_msg(mxdp_config_load(where, &config, error) == 0, "%s", error);
	ck_assert_int_eq(config->mode, MXDP_MODE_OBSERVE);
	ck_assert_uint_eq(config->dnsbl_count, 3);
	ck_assert_double_eq(config->policy.threshold, 5);
	mxdp_config_unref(config);
}
END_TEST

/* A key that is left out of the shipped file must have the value that the file shows. */
START_TEST(the_shipped_configuration_shows_the_defaults)
{
	const char *root = getenv("MXDP_ROOT");
	char where[512], error[MXDP_CONFIG_ERROR];
	struct mxdp_config *defaults = load_good(GOOD);
	struct mxdp_config *shipped = NULL;
	struct mxdp_settings a, b;

	snprintf(where, sizeof(where), "%s/conf/mxdp.conf", root ? root : ".");
	ck_assert_msg(mxdp_config_load(where, &shipped, error) == 0, "%s", error);
	mxdp_config_settings(defaults, &a);
	mxdp_config_settings(shipped, &b);
	ck_assert_mem_eq(&a, &b, sizeof(a));
	ck_assert_mem_eq(&defaults->resolver, &shipped->resolver, sizeof(defaults->resolver));
	ck_assert_mem_eq(&defaults->policy, &shipped->policy, sizeof(defaults->policy));
	ck_assert_uint_eq(defaults->check_timeout_ms, shipped->check_timeout_ms);
	ck_assert_uint_eq(defaults->clients_max, shipped->clients_max);
	ck_assert_uint_eq(defaults->journal_keep, shipped->journal_keep);
	ck_assert_int_eq(defaults->log_level, shipped->log_level);
	ck_assert_int_eq(defaults->attach_mode, shipped->attach_mode);
	ck_assert_ptr_null(mxdp_config_needs_restart(defaults, shipped));
	mxdp_config_unref(defaults);
	mxdp_config_unref(shipped);
}
END_TEST

START_TEST(a_configuration_lives_as_long_as_its_holders)
{
	struct mxdp_config *config = load_good(GOOD);

	ck_assert_ptr_eq(mxdp_config_ref(config), config);
	mxdp_config_unref(config);
	ck_assert_str_eq(config->interfaces[0], "eth0");
	mxdp_config_unref(config);
	mxdp_config_unref(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config");
	TCase *tests = tcase_create("mxdp.conf");
	int failed;

	make_config_directory();
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, every_key_arrives);
	tcase_add_test(tests, zones_and_their_filters_arrive);
	tcase_add_test(tests, what_is_left_out_has_its_default);
	tcase_add_test(tests, the_packet_path_gets_its_settings);
	tcase_add_test(tests, a_reload_is_told_what_needs_a_restart);
	tcase_add_test(tests, feeds_arrive);
	tcase_add_test(tests, includes_are_read_in_their_place);
	tcase_add_test(tests, a_file_cut_at_any_byte_is_loaded_or_refused);
	tcase_add_test(tests, the_shipped_configuration_loads);
	tcase_add_test(tests, the_shipped_configuration_shows_the_defaults);
	tcase_add_test(tests, a_configuration_lives_as_long_as_its_holders);
	suite_add_tcase(suite, tests);
	failed = run_suite(suite);
	remove_directory();
	return failed;
}
