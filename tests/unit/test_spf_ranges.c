/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which networks a domain's SPF record permits by itself. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "spf_zone.h"
#include "userspace/checks/spf/ranges.h"
#include "tests/suite.h"

static uv_loop_t loop;
static struct spf_zone *zone;

static void setup(void)
{
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	zone = spf_zone_new(&loop);
}

static void teardown(void)
{
	spf_zone_free(zone);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

/* A walk's outcome: prefixes with spaces between them. */
struct outcome {
	bool called;
	int error;
	uint32_t ttl;
	size_t warnings;
	char prefixes[1024];
	char fault[MXDP_SPF_RANGES_TEXT];
};

static void on_done(void *context, const struct mxdp_spf_ranges *ranges)
{
	struct outcome *outcome = context;
	char text[MXDP_PREFIX_TEXT];
	size_t used = 0;

	outcome->called = true;
	outcome->error = ranges->error;
	outcome->ttl = ranges->ttl;
	outcome->warnings = ranges->warning_count;
	snprintf(outcome->fault, sizeof(outcome->fault), "%s", ranges->fault);
	for (size_t i = 0; i < ranges->count && used < sizeof(outcome->prefixes); i++)
		used += (size_t)snprintf(outcome->prefixes + used, sizeof(outcome->prefixes) - used,
					 "%s%s", i ? " " : "",
					 mxdp_prefix_format(&ranges->prefixes[i], text));
	uv_stop(&loop);
}

static struct outcome walk(const char *domain)
{
	const struct mxdp_spf_lookup lookup = spf_zone_lookup(zone);
	struct outcome outcome = {.called = false};

	ck_assert_ptr_nonnull(mxdp_spf_ranges_start(&loop, &lookup, domain, 0, on_done, &outcome));
	ck_assert(!outcome.called);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert(outcome.called);
	return outcome;
}

static const struct {
	const char *what;
	const char *zone;
	int error;
	const char *prefixes;
	size_t warnings;
} cases[] = {
	{"networks, sorted, none within another",
	 "example.com TXT v=spf1 ip6:2001:db8::/32 ip4:192.0.2.5 ip4:192.0.2.0/24 ip4:10.1.2.3 "
	 "~all",
	 0, "10.1.2.3 192.0.2.0/24 2001:db8::/32", 0},
	{"host bits are cut off", "example.com TXT v=spf1 ip4:192.0.2.77/24 -all", 0,
	 "192.0.2.0/24", 0},
	{"a and mx, both families, with lengths",
	 "example.com TXT v=spf1 a mx/30//64 -all\nexample.com A 192.0.2.1\n"
	 "example.com AAAA 2001:db8::1\nexample.com MX 1 m.example.com\n"
	 "m.example.com A 198.51.100.7\nm.example.com AAAA 2001:db8:1::7",
	 0, "192.0.2.1 198.51.100.4/30 2001:db8::1 2001:db8:1::/64", 0},
	{"include and redirect",
	 "example.com TXT v=spf1 include:i.example.com redirect=r.example.com\n"
	 "i.example.com TXT v=spf1 ip4:192.0.2.1 ?all\nr.example.com TXT v=spf1 ip4:192.0.2.3 -all",
	 0, "192.0.2.1 192.0.2.3", 0},
	{"nothing counts behind all",
	 "example.com TXT v=spf1 ip4:192.0.2.1 -all ip4:192.0.2.2 redirect=r.example.com", 0,
	 "192.0.2.1", 0},
	{"includes in a circle end",
	 "example.com TXT v=spf1 ip4:192.0.2.1 include:i.example.com\n"
	 "i.example.com TXT v=spf1 ip4:192.0.2.2 include:example.com",
	 0, "192.0.2.1 192.0.2.2", 0},
	{"macros, exists, ptr and other qualifiers are skipped with a warning",
	 "example.com TXT v=spf1 ip4:192.0.2.1 a:%{l}.example.com exists:x.example.com ptr "
	 "-ip4:192.0.2.9 include:%{d2} -all",
	 0, "192.0.2.1", 5},
	{"too wide networks are not believed",
	 "example.com TXT v=spf1 ip4:0.0.0.0/0 ip4:10.0.0.0/7 ip4:11.0.0.0/8 ip6:::/0 "
	 "ip6:2001::/15 "
	 "ip6:2001::/16 ip6:::ffff:0:0/96 -all",
	 0, "11.0.0.0/8 2001::/16", 5},
	{"+all is refused", "example.com TXT v=spf1 ip4:192.0.2.1 +all", -EINVAL, "", 0},
	{"no record", "example.com A 192.0.2.1", -ENOENT, "", 0},
	{"an included domain without record",
	 "example.com TXT v=spf1 ip4:192.0.2.1 include:i.example.com -all", -EINVAL, "", 0},
	{"two records", "example.com TXT v=spf1\nexample.com TXT v=spf1", -EINVAL, "", 0},
	{"a faulty record", "example.com TXT v=spf1 moo", -EINVAL, "", 0},
	{"DNS that fails anywhere",
	 "example.com TXT v=spf1 ip4:192.0.2.1 include:i.example.com -all\ni.example.com FAIL",
	 -EAGAIN, "", 0},
	{"hosts without addresses", "example.com TXT v=spf1 mx a -all\nexample.com MX 0 .", 0, "",
	 0},
};

START_TEST(ranges_of_a_record)
{
	struct outcome outcome;

	spf_zone_load(zone, cases[_i].zone);
	outcome = walk("example.com");
	ck_assert_msg(outcome.error == cases[_i].error, "%s: error %d, %s", cases[_i].what,
		      outcome.error, outcome.fault);
	ck_assert_msg(strcmp(outcome.prefixes, cases[_i].prefixes) == 0, "%s: %s", cases[_i].what,
		      outcome.prefixes);
	ck_assert_msg(outcome.warnings == cases[_i].warnings, "%s: %zu warnings", cases[_i].what,
		      outcome.warnings);
	if (!outcome.error)
		ck_assert_uint_eq(outcome.ttl, 60);
	else
		ck_assert(outcome.fault[0]);
}
END_TEST

/* Each record includes two more: 2^12 paths, and a limit on the records. */
START_TEST(endless_includes_are_refused)
{
	struct outcome outcome;
	char line[256];

	spf_zone_load(zone, "example.com TXT v=spf1 include:r1.example.com -all");
	for (int i = 1; i < 200; i++) {
		snprintf(line, sizeof(line),
			 "r%d.example.com TXT v=spf1 include:r%d.example.com "
			 "include:r%d.example.com",
			 i, 2 * i, 2 * i + 1);
		spf_zone_load(zone, line);
	}
	outcome = walk("example.com");
	ck_assert_int_eq(outcome.error, -EINVAL);
	ck_assert_uint_lt(spf_zone_asked(zone), 2 * MXDP_SPF_RANGES_DOMAINS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("spf_ranges");
	TCase *tests = tcase_create("spf_ranges");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, ranges_of_a_record, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tests, endless_includes_are_refused);
	return run_suite(suite);
}
