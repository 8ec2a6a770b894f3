/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mxdp.conf: every fault is refused with its file, its line, a message that names it and the way
 * out; test_config.c has what is good.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_files.h"
#include "tests/suite.h"

#define ZONE(inside) GOOD "dnsbl zen.example {\n" inside "}\n"
#define REPLY        "reply 127.0.0.2 { score = 5 }\n"

#define LONG "/tttttttttttttttttttttttttttttttttttttttttttttt"

static const struct {
	const char *what;
	const char *text;
	int line;
	const char *word;
} faults[] = {
	{"unknown key", GOOD "# one\n# two\ncolour = blue\n", 4, "colour"},
	{"unknown key in a section", GOOD "screen {\n\tthreshhold = 5\n}\n", 3, "threshhold"},
	{"unknown section", GOOD "\nscreens {\n}\n", 3, "screens"},
	{"path through sections as a key", GOOD "'screen|threshold' = 3\n", 2, "quotes"},
	{"key given twice", "mode = soft\n" GOOD "mode = enforce\n", 3, "line 1"},
	{"list given twice, the second empty", GOOD "mx_ports = {25}\nmx_ports = {}\n", 3,
	 "mx_ports"},
	{"list added to", GOOD "mx_ports += {26}\n", 2, "+"},
	{"section given twice", GOOD "api {}\nunknown {}\napi {}\n", 4, "api"},
	{"key given twice in a section", GOOD "limit {\nburst = 3\nburst = 4\n}\n", 4, "burst"},
	{"zone given twice, in other letters",
	 GOOD "dnsbl a.example {\n" REPLY "}\ndnsbl A.Example {\n" REPLY "}\n", 5, "dnsbl"},
	{"reply given twice", ZONE(REPLY REPLY), 4, "reply"},
	{"mode that is none", "mode = fierce\n" GOOD, 1, "observe, soft, enforce"},
	{"greylist without greylisting",
	 GOOD "greylist { at = off }\nscreen {\naction = greylist\n}\n", 4, "greylist.at is off"},
	{"greylist by no policy server", GOOD "greylist { at = policy }\n", 2, "section policy"},
	{"no window is left", GOOD "greylist {\ndelay = 4h\n}\n", 3, "leaves nothing of window"},
	{"action that is none", GOOD "screen { action = shout }\n", 2,
	 "reject, tempfail, tarpit, drop, limit, pass"},
	{"reply that is too long",
	 GOOD
	 "reply {\n url = \"https://example.net/"
	 "a-page-with-a-name-that-goes-on-and-on-and-on-until-no-reply-can-hold-it-any-more-at-all"
	 "?ip={address}\"\n}\n",
	 3, "too long"},
	{"reply that is not ASCII", GOOD "reply {\n text = \"gesch\xc3\xbctzt\"\n}\n", 3, "ASCII"},
	{"reply that names the address twice", GOOD "reply {\n text = \"{address} {address}\"\n}\n",
	 3, "twice"},
	{"reply at no place", GOOD "reply { reject_at = data }\n", 2, "greeting, helo, dialogue"},
	{"duration without a unit", GOOD "unknown {\n\n hold = 2 }\n", 4, "unit"},
	{"duration out of range", GOOD "unknown { hold = 1h }\n", 2, "100ms to 10s"},
	{"duration finer than the field", GOOD "screen { pass_ttl = 1.5s }\n", 2, "whole"},
	{"number out of range", GOOD "screen {\n threshold = 0 }\n", 3, "0.1 to 1000"},
	{"number that is none", GOOD "screen { threshold = five }\n", 2, "number"},
	{"number in hexadecimal", GOOD "limit { burst = 0x10 }\n", 2, "number"},
	{"fraction of a count", GOOD "limit { burst = 2.5 }\n", 2, "whole"},
	{"neither yes nor no", GOOD "cut_established = maybe\n", 2, "yes nor no"},
	{"relative path", GOOD "api { socket = api.sock }\n", 2, "absolute"},
	{"path upwards", GOOD "daemon { state_directory = /var/../etc }\n", 2, ".."},
	{"minimum above its maximum",
	 GOOD "screen {\n verdict_ttl_min = 1h\n verdict_ttl_max = 1m }\n", 3, "longer"},
	{"a flood that would never end", GOOD "flood {\n enter = 5\n leave = 6 }\n", 4,
	 "more than enter"},
	{"no interface at all", "mode = observe\n", 1, "interface"},
	{"empty list of interfaces", "mode = soft\ninterfaces = {}\n", 2, "interface"},
	{"interface that cannot exist", "interfaces = { eth0,\n \"a/b\" }\n", 2, "a/b"},
	{"interface named too long", "interfaces = { interface0123456 }\n", 1, "interface01"},
	{"more interfaces than the packet path answers on",
	 "interfaces = { a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q }\n", 1,
	 "more than 16 interfaces"},
	{"interface named twice", "interfaces = {\neth0,\neth0 }\n", 3, "twice"},
	{"port out of range", GOOD "mx_ports = { 25,\n 65536 }\n", 3, "65536"},
	{"port by name", GOOD "mx_ports = { smtp }\n", 2, "smtp"},
	{"port in both lists", GOOD "submission_ports = {\n587,\n25 }\n", 4, "port 25"},
	{"port twice in a list", GOOD "mx_ports = { 25, 25 }\n", 2, "port 25"},
	{"too many ports", GOOD "mx_ports = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,\n17}\n", 3,
	 "16"},
	{"no port", GOOD "mx_ports = {}\n", 2, "port"},
	{"host bits set", GOOD "never_block = {\n192.0.2.0/24,\n192.0.2.1/24 }\n", 4,
	 "beyond its length"},
	{"prefix that is none", GOOD "protected_addresses = { mail.example }\n", 2, "mail.example"},
	{"prefix too long", GOOD "never_block = { 192.0.2.1/33 }\n", 2, "192.0.2.1/33"},
	{"domain that is none", GOOD "spf_allow = {\ngmail.example,\n\"a b\" }\n", 4, "a b"},
	{"partner by address", GOOD "partner = { \"@example.org\" }\n", 2, "@example.org"},
	{"server without address", GOOD "resolver {\nservers = { localhost }\n}\n", 3, "localhost"},
	{"server with a bad port", GOOD "resolver { servers = { \"192.0.2.53:0\" } }\n", 2,
	 "192.0.2.53:0"},
	{"DNSBL without a reply filter", GOOD "dnsbl zen.example {\n ipv6 = yes\n}\n", 2,
	 "reply filter"},
	{"reply filter that is none", ZONE("ipv6 = no\nreply 127.0.0.x { score = 5 }\n"), 4,
	 "127.0.0.x"},
	{"reply without a score", ZONE("reply 127.0.0.2 {\n}\n"), 3, "score"},
	{"score that is none", ZONE("reply 127.0.0.2 {\nscore = high\n}\n"), 4, "high"},
	{"score out of range", ZONE("reply 127.0.0.2 {\nscore = 1001\n}\n"), 4, "1001"},
	{"preset that is none", GOOD "dnsbl zen.example {\n preset = zen\n}\n", 3, "spamhaus-zen"},
	{"preset of another list", GOOD "dnsbl bl.spamcop.net {\n preset = dnswl\n}\n", 3,
	 "write spamcop"},
	{"preset with a bad reply", GOOD "dnsbl a.example {\n preset = dnswl\n reply 1 {}\n}\n", 4,
	 "127.0.0.[2..11]"},
	{"force that is no boolean",
	 GOOD "dnsbl a.example {\n preset = sorbs\n force = perhaps\n}\n", 4, "perhaps"},
	{"name of a reply too long",
	 GOOD "dnsbl a.example {\n reply 127.0.0.2 {\n score = 1\n name = "
	      "\"01234567890123456789012345678901234567890\"\n}\n}\n",
	 5, "40"},
	{"zone without title", GOOD "dnsbl {\n" REPLY "}\n", 2, "title"},
	{"zone that is no name", GOOD "dnsbl \"a b.example\" {\n" REPLY "}\n", 2, "zone"},
	{"zone of one label", GOOD "dnsbl zen {\n" REPLY "}\n", 2, "zone"},
	{"zone with a final dot", GOOD "dnsbl zen.example. {\n" REPLY "}\n", 2, "final dot"},
	{"DNSBL on submission ports only",
	 GOOD "mx_ports = {}\nsubmission_ports = {587}\ndnsbl zen.example {\n" REPLY "}\n", 4,
	 "submission"},
	{"feed without a source", GOOD "feed list {\n format = plain\n}\n", 2, "source"},
	{"feed from nowhere", GOOD "feed list {\n source = \"ftp://example.org/x\" }\n", 3,
	 "https://"},
	{"feed from a relative path", GOOD "feed list {\n source = \"file://list\" }\n", 3,
	 "absolute"},
	{"feed with a checksum from nowhere",
	 GOOD "feed list {\n source = \"https://a/x\"\n checksum = \"x.sha256\" }\n", 4,
	 "checksum"},
	{"feed of a file whose checksum is elsewhere",
	 GOOD "feed list {\n source = \"file:///x\"\n checksum = \"https://a/x.sha256\" }\n", 4,
	 "write a path"},
	{"feed whose source has no scheme", GOOD "feed list {\n source = \"/etc/list\" }\n", 3,
	 "file:///etc/list"},
	{"feed that is named like another one's file", GOOD "feed a.version {\n}\n", 2, ".version"},
	{"feed whose name is a path", GOOD "feed \"../x\" {\n}\n", 2, "name"},
	{"feed of a format that is none",
	 GOOD "feed a {\n source = \"file:///a\"\n format = xml }\n", 4, "rbldnsd"},
	{"feed given twice",
	 GOOD "feed a { source = \"file:///a\" }\nfeed a { source = \"file:///b\" }\n", 3, "feed"},
	{"unterminated text", GOOD "mode = \"soft\n", 2, "quoted text"},
	{"unterminated comment", GOOD "/* mode\n= soft\n", 2, "comment"},
	{"unterminated section", GOOD "api {\n group = adm\n", 2, "never closed"},
	{"unterminated list", "interfaces = { eth0,\n", 1, "never closed"},
	{"closing brace too many", GOOD "}\n", 2, "closing brace"},
	{"braces without end", GOOD "a{a{a{a{a{a{a{a{a{a{", 2, "nested"},
	{"bad escape", GOOD "mode = \"so\\ft\"\n", 2, "backslash"},
	{"value missing", GOOD "mode =\n", 2, "mxdp.conf(5)"},
	{"equal sign missing", GOOD "mode soft\n", 2, "mxdp.conf(5)"},
	{"environment variable", GOOD "mode = ${HOME}\n", 2, "mxdp.conf(5)"},
	{"stray mark", GOOD "mode = soft *\n", 2, "*"},
	{"stray comma", GOOD ",\n", 2, ","},
	{"reply that no list may give", GOOD "dnsbl z.example { reply 128.0.0.2 { score = 5 } }\n",
	 2, "never counts"},
	{"socket without a path", GOOD "api { socket = \"\" }\n", 2, "absolute path"},
	{"socket with too long a path", GOOD "policy { socket = \"/" LONG LONG LONG "\" }\n", 2,
	 "107"},
	{"listening without a port", GOOD "policy { listen = \"127.0.0.1\" }\n", 2, "[::1]:10040"},
	{"listening on port 0", GOOD "policy { listen = \"127.0.0.1:0\" }\n", 2, "[::1]:10040"},
	{"listening on any address of IPv6", GOOD "policy { listen = \":::25\" }\n", 2,
	 "[::1]:10040"},
	{"included file missing", GOOD "\ninclude(\"nowhere.conf\")\n", 3, "nowhere.conf"},
	{"included directory", GOOD "include(\"/\")\n", 2, "regular file"},
	{"file that includes itself", "include(\"mxdp.conf\")\n" GOOD, 1, "deeper"},
	{"include without a name", GOOD "include()\n", 2, "include"},
};

START_TEST(each_fault_is_refused_at_its_line)
{
	char error[MXDP_CONFIG_ERROR], place[sizeof(path) + 16];
	struct mxdp_config *config;
	const int result = load_bytes(faults[_i].text, strlen(faults[_i].text), &config, error);

	snprintf(place, sizeof(place), "%s:%d: ", path, faults[_i].line);
	ck_assert_msg(result < 0, "%s: was accepted", faults[_i].what);
	ck_assert_ptr_null(config);
	ck_assert_msg(strncmp(error, place, strlen(place)) == 0, "%s: expected %s got \"%s\"",
		      faults[_i].what, place, error);
	ck_assert_msg(strstr(error + strlen(place), faults[_i].word) != NULL,
		      "%s: \"%s\" does not name %s", faults[_i].what, error, faults[_i].word);
	ck_assert_msg(strchr(error, ';') != NULL, "%s: \"%s\" tells no way out", faults[_i].what,
		      error);
}
END_TEST

START_TEST(a_fault_in_an_included_file_is_placed_there)
{
	static const char main_file[] = "include(\"part.conf\")\n" GOOD;
	char error[MXDP_CONFIG_ERROR], place[sizeof(directory) + 32];
	struct mxdp_config *config;

	write_text("part.conf", "# nothing\n\nmode = fierce\n");
	ck_assert_int_lt(load_bytes(main_file, strlen(main_file), &config, error), 0);
	snprintf(place, sizeof(place), "%s/part.conf:3: ", directory);
	ck_assert_msg(strncmp(error, place, strlen(place)) == 0, "got \"%s\"", error);
}
END_TEST

START_TEST(a_key_given_in_two_files_is_a_duplicate)
{
	static const char main_file[] = GOOD "mode = soft\ninclude(\"part.conf\")\n";
	char error[MXDP_CONFIG_ERROR];
	struct mxdp_config *config;

	write_text("part.conf", "\nmode = enforce\n");
	ck_assert_int_lt(load_bytes(main_file, strlen(main_file), &config, error), 0);
	ck_assert_ptr_nonnull(strstr(error, "/part.conf:2: mode is given twice"));
	ck_assert_ptr_nonnull(strstr(error, "mxdp.conf line 2"));
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_named)
{
	char error[MXDP_CONFIG_ERROR];
	struct mxdp_config *config = NULL;

	ck_assert_int_eq(mxdp_config_load("/nowhere/mxdp.conf", &config, error), -ENOENT);
	ck_assert_ptr_nonnull(strstr(error, "/nowhere/mxdp.conf: "));
	ck_assert_int_lt(mxdp_config_load(directory, &config, error), 0);
	ck_assert_ptr_nonnull(strstr(error, "regular file"));
	ck_assert_int_lt(load_bytes("mode\0= soft", 11, &config, error), 0);
	ck_assert_ptr_nonnull(strstr(error, "NUL"));
	ck_assert_ptr_null(config);
}
END_TEST

/* libConfuse's scanner would keep the state in which the bad file ended. */
START_TEST(a_good_file_loads_after_a_bad_one)
{
	static const char *const bad[] = {"mode = \"", "/*", "api {", "mode =", "mode = soft }"};
	char error[MXDP_CONFIG_ERROR];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct mxdp_config *config;

		ck_assert_int_lt(load_bytes(bad[i], strlen(bad[i]), &config, error), 0);
		config = load_good("mode = enforce\n" GOOD);
		ck_assert_int_eq(config->mode, MXDP_MODE_ENFORCE);
		mxdp_config_unref(config);
	}
}
END_TEST

START_TEST(garbage_is_refused)
{
	char error[MXDP_CONFIG_ERROR], bytes[64];
	struct mxdp_config *config;

	srandom(1);
	for (int round = 0; round < 2000; round++) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)(round % 2 ? random()
						    : "{}()=,\"'#/*+ ae\n\\"[random() % 17]);
		ck_assert_int_lt(load_bytes(bytes, sizeof(bytes), &config, error), 0);
		for (const char *c = error; *c; c++)
			ck_assert((unsigned char)*c >= ' ');
	}
}
END_TEST

START_TEST(a_message_does_not_show_a_zones_key)
{
	static const char *const texts[] = {
		GOOD "dnsbl s3cr3t.zen.dq.spamhaus.net {}\n",
		GOOD "dnsbl s3cr3t.zen.dq.spamhaus.net { reply x { score = 5 } }\n",
		GOOD "dnsbl s3cr3t.zen.dq.spamhaus.net {" REPLY "}\n"
		     "dnsbl s3cr3t.zen.dq.spamhaus.net {" REPLY "}\n",
	};
	char error[MXDP_CONFIG_ERROR];
	struct mxdp_config *config;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ck_assert_int_lt(load_bytes(texts[i], strlen(texts[i]), &config, error), 0);
		ck_assert_msg(strstr(error, "s3cr3t") == NULL, "%s", error);
	}
}
END_TEST

/* `count` reply filters, each on a line of its own, the first on line 3. */
static char *many_replies(unsigned int count)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	ck_assert_ptr_nonnull(out);
	fputs(GOOD "dnsbl z.example {\n", out);
	for (unsigned int i = 0; i < count; i++)
		fprintf(out, "reply 127.%u.%u.2 { score = 5 }\n", i / 256, i % 256);
	fputs("}\n", out);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

/* Thousands would take seconds to compare with each other, at each reload. */
START_TEST(a_crowd_is_refused_at_the_line_where_it_begins)
{
	static const struct {
		unsigned int count, line;
	} cases[] = {{33, 35}, {512, 35}, {513, 515}, {20000, 515}};
	char error[MXDP_CONFIG_ERROR], place[sizeof(path) + 16];
	struct mxdp_config *config;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = many_replies(cases[i].count);

		ck_assert_int_lt(load_bytes(text, strlen(text), &config, error), 0);
		snprintf(place, sizeof(place), "%s:%u: ", path, cases[i].line);
		ck_assert_msg(strncmp(error, place, strlen(place)) == 0, "expected %s got \"%s\"",
			      place, error);
		free(text);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config faults");
	TCase *tests = tcase_create("mxdp.conf");
	int failed;

	make_config_directory();
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, each_fault_is_refused_at_its_line, 0,
			    (int)(sizeof(faults) / sizeof(faults[0])));
	tcase_add_test(tests, a_crowd_is_refused_at_the_line_where_it_begins);
	tcase_add_test(tests, a_fault_in_an_included_file_is_placed_there);
	tcase_add_test(tests, a_key_given_in_two_files_is_a_duplicate);
	tcase_add_test(tests, a_file_that_cannot_be_read_is_named);
	tcase_add_test(tests, a_good_file_loads_after_a_bad_one);
	tcase_add_test(tests, garbage_is_refused);
	tcase_add_test(tests, a_message_does_not_show_a_zones_key);
	suite_add_tcase(suite, tests);
	failed = run_suite(suite);
	remove_directory();
	return failed;
}
