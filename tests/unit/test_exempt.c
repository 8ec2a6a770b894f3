/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exempt ranges, over a DNS zone in memory. */
#include <check.h>
#include <string.h>

#include "spf_zone.h"
#include "userspace/exempt/source.h"
#include "tests/suite.h"

static uv_loop_t loop;
static struct spf_zone *zone;
static struct mxdp_exempt *exempt;
static char *providers[] = {"gmail.example", "other.example"};
static char *partners[] = {"partner.example"};
static struct mxdp_config config;

/* What was brought into the kernel last, behind maps.h. */
static struct {
	unsigned int times;
	size_t count;
	struct mxdp_prefix prefixes[16];
} published;

int mxdp_set_replace(const struct mxdp_maps *maps, enum mxdp_set set,
		     const struct mxdp_prefix *prefixes, size_t count)
{
	(void)maps;
	ck_assert_int_eq(set, MXDP_SET_EXEMPT);
	ck_assert_uint_le(count, 16);
	published.times++;
	published.count = count;
	memcpy(published.prefixes, prefixes, count * sizeof(*prefixes));
	return 0;
}

static void setup(void)
{
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	zone = spf_zone_new(&loop);
	config = (struct mxdp_config){.spf_allow = providers,
				      .spf_allow_count = 1,
				      .partners = partners,
				      .partner_count = 1};
	exempt = NULL;
	memset(&published, 0, sizeof(published));
	mxdp_log_open(MXDP_LOG_ERROR);
}

static void teardown(void)
{
	mxdp_exempt_free(exempt);
	spf_zone_free(zone);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

static void settle(void)
{
	for (int turn = 0; turn < 200; turn++)
		uv_run(&loop, UV_RUN_NOWAIT);
}

static void start(const char *lines)
{
	const struct mxdp_spf_lookup lookup = spf_zone_lookup(zone);

	spf_zone_load(zone, lines);
	ck_assert_int_eq(mxdp_exempt_new(&loop, NULL, &lookup, &config, &exempt), 0);
	settle();
}

/* By what a client is exempt, or "". */
static const char *by(const char *client)
{
	static char text[MXDP_EXEMPT_TEXT];
	struct mxdp_address address;

	ck_assert_int_eq(mxdp_address_parse(client, &address), 0);
	return mxdp_exempt_match(exempt, &address, text) ? text : "";
}

static bool failing(size_t index)
{
	struct mxdp_exempt_source source;

	ck_assert(mxdp_exempt_source(exempt, index, &source));
	ck_assert(source.tried);
	return source.failing;
}

#define GMAIL "gmail.example TXT v=spf1 ip4:192.0.2.0/25 ip4:192.0.2.200 ip6:2001:db8:1::/48 ~all\n"
#define PARTNER                                        \
	"partner.example TXT v=spf1 ip4:203.0.113.9\n" \
	"partner.example MX 10 mx.partner.example\n"   \
	"mx.partner.example A 198.51.100.7\n"          \
	"mx.partner.example AAAA 2001:db8:2::7\n"

static const struct {
	const char *client, *by;
} clients[] = {
	{"192.0.2.0", "gmail.example's SPF"},
	{"192.0.2.127", "gmail.example's SPF"},
	{"192.0.2.128", ""},
	{"192.0.2.200", "gmail.example's SPF"},
	{"192.0.2.201", ""},
	{"192.0.1.255", ""},
	{"2001:db8:1:ffff::1", "gmail.example's SPF"},
	{"2001:db8:2::1", ""},
	{"203.0.113.9", "partner.example's SPF"},
	{"198.51.100.7", "partner.example's MX"},
	{"2001:db8:2::7", "partner.example's MX"},
	{"0.0.0.0", ""},
	{"ffff::", ""},
};

START_TEST(clients_are_exempt_by_the_ranges)
{
	start(GMAIL PARTNER);
	ck_assert_str_eq(by(clients[_i].client), clients[_i].by);
}
END_TEST

START_TEST(before_the_answers_nobody_is_exempt)
{
	const struct mxdp_spf_lookup lookup = spf_zone_lookup(zone);

	ck_assert_int_eq(mxdp_exempt_new(&loop, NULL, &lookup, &config, &exempt), 0);
	ck_assert_str_eq(by("192.0.2.1"), "");
	exempt = (mxdp_exempt_free(exempt), NULL);
	ck_assert_str_eq(by("192.0.2.1"), "");
}
END_TEST

/* Not before each has been tried: what an earlier daemon has published stays until then. */
START_TEST(the_ranges_of_all_are_published_together)
{
	static const struct mxdp_maps maps;
	const struct mxdp_spf_lookup lookup = spf_zone_lookup(zone);
	char text[MXDP_PREFIX_TEXT], all[512] = "";

	spf_zone_load(zone, GMAIL PARTNER);
	ck_assert_int_eq(mxdp_exempt_new(&loop, &maps, &lookup, &config, &exempt), 0);
	ck_assert_uint_eq(published.times, 0);
	settle();
	ck_assert_uint_eq(published.times, 1);
	for (size_t i = 0; i < published.count; i++)
		sprintf(all + strlen(all), "%s ", mxdp_prefix_format(&published.prefixes[i], text));
	ck_assert_str_eq(all, "203.0.113.9 198.51.100.7 2001:db8:2::7 192.0.2.0/25 192.0.2.200 "
			      "2001:db8:1::/48 ");
}
END_TEST

static void on_refreshed(void *context)
{
	++*(unsigned int *)context;
}

/* The zone's answers live for a minute. */
static const struct {
	const char *what, *zone;
	enum exempt_kind kind;
	uint64_t seconds; /* until the next refresh */
} refreshes[] = {
	{"DNS fails", "partner.example FAIL\n", EXEMPT_MX, 300},
	{"the domain is gone", "else.example A 192.0.2.1\n", EXEMPT_MX, 300},
	{"a short life", PARTNER, EXEMPT_MX, 300},
	{"no record, and none is needed", "partner.example A 192.0.2.1\n", EXEMPT_SPF, 86400},
};

START_TEST(a_source_is_asked_again_in_time)
{
	const struct mxdp_spf_lookup lookup = spf_zone_lookup(zone);
	struct exempt_source *source;
	unsigned int times = 0;
	uint64_t due;

	spf_zone_load(zone, refreshes[_i].zone);
	source = mxdp_exempt_source_new(&loop, &lookup, "partner.example", refreshes[_i].kind, true,
					on_refreshed, &times);
	ck_assert_ptr_nonnull(source);
	settle();
	due = (uv_timer_get_due_in(&source->timer) + 999) / 1000;
	ck_assert_uint_eq(times, 1);
	ck_assert_msg(due + 5 >= refreshes[_i].seconds && due <= refreshes[_i].seconds,
		      "%s: %llu s", refreshes[_i].what, (unsigned long long)due);
	mxdp_exempt_source_free(source);
}
END_TEST

START_TEST(a_refresh_takes_over_what_changed)
{
	start(GMAIL PARTNER);
	spf_zone_clear(zone);
	spf_zone_load(zone, "gmail.example TXT v=spf1 ip4:192.0.2.128/25 -all\n" PARTNER);
	mxdp_exempt_refresh(exempt);
	settle();
	ck_assert_str_eq(by("192.0.2.1"), "");
	ck_assert_str_eq(by("192.0.2.129"), "gmail.example's SPF");
}
END_TEST

static const struct {
	const char *what, *zone;
} bad_refreshes[] = {
	{"DNS fails", "gmail.example FAIL\npartner.example FAIL\nmx.partner.example FAIL\n"},
	{"the host's DNS fails", "gmail.example FAIL\npartner.example MX 1 mx.partner.example\n"
				 "mx.partner.example FAIL\n"},
	{"the domains are gone", "else.example A 192.0.2.1\n"},
	{"everybody may send", "gmail.example TXT v=spf1 +all\n"},
	{"the record is broken", "gmail.example TXT v=spf1 moo\n"},
};

START_TEST(a_failed_refresh_keeps_the_ranges)
{
	start(GMAIL PARTNER);
	ck_assert(!failing(1) && !failing(2));
	spf_zone_clear(zone);
	spf_zone_load(zone, bad_refreshes[_i].zone);
	mxdp_exempt_refresh(exempt);
	settle();
	ck_assert_str_eq(by("192.0.2.1"), "gmail.example's SPF");
	ck_assert_str_eq(by("198.51.100.7"), "partner.example's MX");
	ck_assert_msg(failing(1) && failing(2), "%s", bad_refreshes[_i].what);
}
END_TEST

START_TEST(a_partner_needs_no_spf_record)
{
	start(GMAIL "partner.example A 198.51.100.8\n");
	ck_assert(!failing(0));
	ck_assert_str_eq(by("198.51.100.8"), "partner.example's MX");
}
END_TEST

START_TEST(too_wide_networks_are_left_out)
{
	start("gmail.example TXT v=spf1 ip4:0.0.0.0/1 ip4:192.0.2.1 -all\n" PARTNER);
	ck_assert_str_eq(by("192.0.2.1"), "gmail.example's SPF");
	ck_assert_str_eq(by("8.8.8.8"), "");
}
END_TEST

START_TEST(a_reload_keeps_what_stays_and_drops_the_rest)
{
	size_t asked;

	start(GMAIL PARTNER "other.example TXT v=spf1 ip4:198.51.100.64/26 -all\n");
	asked = spf_zone_asked(zone);
	config.partner_count = 0;
	config.spf_allow_count = 2;
	ck_assert_int_eq(mxdp_exempt_configure(exempt, &config), 0);
	ck_assert_str_eq(by("192.0.2.1"), "gmail.example's SPF");
	ck_assert_str_eq(by("198.51.100.7"), "");
	settle();
	ck_assert_str_eq(by("198.51.100.65"), "other.example's SPF");
	ck_assert_uint_eq(spf_zone_asked(zone), asked + 1);
}
END_TEST

START_TEST(it_may_end_while_it_asks)
{
	const struct mxdp_spf_lookup lookup = spf_zone_lookup(zone);

	spf_zone_load(zone, GMAIL PARTNER);
	ck_assert_int_eq(mxdp_exempt_new(&loop, NULL, &lookup, &config, &exempt), 0);
	for (int turn = 0; turn < _i; turn++)
		uv_run(&loop, UV_RUN_NOWAIT);
}
END_TEST

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
	Suite *suite = suite_create("exempt");
	TCase *tests = tcase_create("exempt");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, clients_are_exempt_by_the_ranges, 0, COUNT_OF(clients));
	tcase_add_test(tests, before_the_answers_nobody_is_exempt);
	tcase_add_test(tests, the_ranges_of_all_are_published_together);
	tcase_add_loop_test(tests, a_source_is_asked_again_in_time, 0, COUNT_OF(refreshes));
	tcase_add_test(tests, a_refresh_takes_over_what_changed);
	tcase_add_loop_test(tests, a_failed_refresh_keeps_the_ranges, 0, COUNT_OF(bad_refreshes));
	tcase_add_test(tests, a_partner_needs_no_spf_record);
	tcase_add_test(tests, too_wide_networks_are_left_out);
	tcase_add_test(tests, a_reload_keeps_what_stays_and_drops_the_rest);
	tcase_add_loop_test(tests, it_may_end_while_it_asks, 0, 6);
	return run_suite(suite);
}
