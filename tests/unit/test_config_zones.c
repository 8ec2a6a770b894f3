/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections of DNSBL zones: filters, presets, and the keys that nobody is to read. */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_files.h"
#include "userspace/config/values.h"
#include "tests/suite.h"

static const struct {
	const char *title, *inside;
	const char *shown;
	bool ipv6;
	const char *gone;
	struct {
		const char *answer;
		double score; /* 0: counts nothing */
		const char *name;
	} replies[6];
} presets[] = {
	{"zen.spamhaus.org",
	 "preset = spamhaus-zen",
	 "zen.spamhaus.org",
	 true,
	 NULL,
	 {{"127.0.0.2", 5, "SBL"},
	  {"127.0.0.3", 5, "CSS"},
	  {"127.0.0.4", 5, "XBL"},
	  {"127.0.0.9", 5, "DROP"},
	  {"127.0.0.11", 5, "PBL"},
	  {"127.0.0.8", 0, NULL}}},
	{"s3cr3t.zen.dq.spamhaus.net",
	 "preset = spamhaus-zen",
	 "xxxx.zen.dq.spamhaus.net",
	 true,
	 NULL,
	 {{"127.0.0.7", 5, "XBL"}}},
	{"zen.mirror.example",
	 "preset = spamhaus-zen ipv6 = no",
	 "zen.mirror.example",
	 false,
	 NULL,
	 {{"127.0.0.10", 5, "PBL"}}},
	{"zen.spamhaus.org",
	 "preset = spamhaus-zen reply 127.0.0.2 { score = 7 }",
	 "zen.spamhaus.org",
	 true,
	 NULL,
	 {{"127.0.0.2", 7, NULL}, {"127.0.0.4", 0, NULL}}},
	{"bl.spamcop.net",
	 "preset = spamcop",
	 "bl.spamcop.net",
	 false,
	 NULL,
	 {{"127.0.0.2", 2, NULL}}},
	{"list.dnswl.org",
	 "preset = dnswl",
	 "list.dnswl.org",
	 true,
	 NULL,
	 {{"127.0.5.0", 0, NULL},
	  {"127.0.5.1", -2, "low trust"},
	  {"127.0.15.2", -4, "medium trust"},
	  {"127.0.255.3", -8, "high trust"},
	  {"127.0.0.255", 0, NULL}}},
	{"dnsbl.sorbs.net",
	 "preset = sorbs",
	 "dnsbl.sorbs.net",
	 false,
	 "June 2024",
	 {{"127.0.0.2", 2, NULL}}},
	{"spam.dnsbl.sorbs.net",
	 "reply 127.0.0.6 { score = 3 }",
	 "spam.dnsbl.sorbs.net",
	 false,
	 "June 2024",
	 {{"127.0.0.6", 3, NULL}}},
	{"ix.dnsbl.manitu.net",
	 "preset = nixspam",
	 "ix.dnsbl.manitu.net",
	 false,
	 "January 2025",
	 {{"127.0.0.2", 2, NULL}}},
	{"ix.dnsbl.manitu.net",
	 "preset = nixspam force = yes",
	 "ix.dnsbl.manitu.net",
	 false,
	 NULL,
	 {{"127.0.0.2", 2, NULL}}},
	{"mydnsbl.sorbs.net.example",
	 "preset = sorbs force = yes",
	 "mydnsbl.sorbs.net.example",
	 false,
	 NULL,
	 {{"127.0.0.15", 2, NULL}}},
};

static const struct mxdp_dnsbl_reply *find_reply(const struct mxdp_dnsbl_zone *zone,
						 const char *answer)
{
	struct in_addr address;

	ck_assert_int_eq(inet_pton(AF_INET, answer, &address), 1);
	for (size_t i = 0; i < zone->reply_count; i++)
		if (mxdp_dnsbl_filter_match(&zone->replies[i].filter, address))
			return &zone->replies[i];
	return NULL;
}

START_TEST(a_preset_knows_its_list)
{
	const struct mxdp_dnsbl_zone *zone;
	struct mxdp_config *config;
	char text[400];

	snprintf(text, sizeof(text), GOOD "dnsbl \"%s\" { %s }\n", presets[_i].title,
		 presets[_i].inside);
	config = load_good(text);
	zone = &config->dnsbls[0];
	ck_assert_str_eq(zone->zone, presets[_i].title);
	ck_assert_str_eq(zone->shown, presets[_i].shown);
	ck_assert_int_eq(zone->ipv6, presets[_i].ipv6);
	ck_assert_pstr_eq(zone->gone, presets[_i].gone);
	for (size_t i = 0; i < 6 && presets[_i].replies[i].answer; i++) {
		const char *answer = presets[_i].replies[i].answer;
		const struct mxdp_dnsbl_reply *reply = find_reply(zone, answer);

		ck_assert_msg((presets[_i].replies[i].score != 0) == (reply != NULL), "%s of %s",
			      answer, zone->zone);
		if (!reply)
			continue;
		ck_assert_double_eq(reply->score, presets[_i].replies[i].score);
		ck_assert_pstr_eq(reply->name, presets[_i].replies[i].name);
	}
	mxdp_config_unref(config);
}
END_TEST

static const struct {
	const char *zone, *shown;
} masks[] = {
	{"zen.spamhaus.org", "zen.spamhaus.org"},
	{"abcdefghijklmnopqrstuvwxyz.zen.dq.spamhaus.net", "xxxx.zen.dq.spamhaus.net"},
	{"k3y.XBL.dq.Spamhaus.NET", "xxxx.xbl.dq.spamhaus.net"},
	{"a.b.zen.dq.spamhaus.net", "xxxx.xxxx.zen.dq.spamhaus.net"},
	{"zen.dq.spamhaus.net", "zen.dq.spamhaus.net"},
	{"0123456789abcdef0123.combined.example", "xxxx.combined.example"},
	{"a-very-long-label-without-digits.example", "a-very-long-label-without-digits.example"},
};

START_TEST(keys_in_zone_names_are_masked)
{
	char *shown = mxdp_value_zone_masked(masks[_i].zone);

	ck_assert_str_eq(shown, masks[_i].shown);
	free(shown);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config: zones");
	TCase *tests = tcase_create("mxdp.conf");
	int failed;

	make_config_directory();
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, a_preset_knows_its_list, 0,
			    sizeof(presets) / sizeof(presets[0]));
	tcase_add_loop_test(tests, keys_in_zone_names_are_masked, 0,
			    (int)(sizeof(masks) / sizeof(masks[0])));
	suite_add_tcase(suite, tests);
	failed = run_suite(suite);
	remove_directory();
	return failed;
}
