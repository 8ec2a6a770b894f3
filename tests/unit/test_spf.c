/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an SPF evaluation says, case by case from the text of RFC 7208. */
#include <stdio.h>
#include <string.h>

#include "spf_ask.h"
#include "tests/suite.h"

/* The zone that RFC 7208 appendix A uses. */
#define APPENDIX_A                                                                           \
	"example.com MX 10 mail-a.example.com\nexample.com MX 20 mail-b.example.com\n"       \
	"example.com A 192.0.2.10\nexample.com A 192.0.2.11\n"                               \
	"amy.example.com A 192.0.2.65\nbob.example.com A 192.0.2.66\n"                       \
	"mail-a.example.com A 192.0.2.129\nmail-b.example.com A 192.0.2.130\n"               \
	"example.org MX 10 mail-c.example.org\nmail-c.example.org A 192.0.2.140\n"           \
	"10.2.0.192.in-addr.arpa PTR example.com\n11.2.0.192.in-addr.arpa PTR example.com\n" \
	"65.2.0.192.in-addr.arpa PTR amy.example.com\n"                                      \
	"66.2.0.192.in-addr.arpa PTR bob.example.com\n"                                      \
	"130.2.0.192.in-addr.arpa PTR mail-b.example.com\n"                                  \
	"140.2.0.192.in-addr.arpa PTR mail-c.example.org\n"                                  \
	"4.0.0.10.in-addr.arpa PTR bob.example.com\nexample.com TXT "

static const struct {
	const char *what;
	const char *zone;
	const char *client;
	const char *sender; /* NULL: only HELO, which is mail.example.com */
	enum mxdp_spf_code code;
	const char *mechanism; /* NULL: any */
} cases[] = {
	/* appendix A.1 */
	{"+all lets everybody", APPENDIX_A "v=spf1 +all", "203.0.113.9", "u@example.com",
	 MXDP_SPF_PASS, "+all"},
	{"a matches", APPENDIX_A "v=spf1 a -all", "192.0.2.11", "u@example.com", MXDP_SPF_PASS,
	 "a"},
	{"a of another name", APPENDIX_A "v=spf1 a:example.org -all", "192.0.2.11", "u@example.com",
	 MXDP_SPF_FAIL, "-all"},
	{"mx matches", APPENDIX_A "v=spf1 mx -all", "192.0.2.130", "u@example.com", MXDP_SPF_PASS,
	 "mx"},
	{"mx of another domain", APPENDIX_A "v=spf1 mx:example.org -all", "192.0.2.140",
	 "u@example.com", MXDP_SPF_PASS, "mx:example.org"},
	{"two mx terms", APPENDIX_A "v=spf1 mx mx:example.org -all", "192.0.2.140", "u@example.com",
	 MXDP_SPF_PASS, "mx:example.org"},
	{"mx with a length", APPENDIX_A "v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.131",
	 "u@example.com", MXDP_SPF_PASS, "mx/30"},
	{"mx with a length, second", APPENDIX_A "v=spf1 mx/30 mx:example.org/30 -all",
	 "192.0.2.143", "u@example.com", MXDP_SPF_PASS, "mx:example.org/30"},
	{"mx with a length, neither", APPENDIX_A "v=spf1 mx/30 mx:example.org/30 -all",
	 "192.0.2.132", "u@example.com", MXDP_SPF_FAIL, "-all"},
	{"ptr validated", APPENDIX_A "v=spf1 ptr -all", "192.0.2.65", "u@example.com",
	 MXDP_SPF_PASS, "ptr"},
	{"ptr outside the domain", APPENDIX_A "v=spf1 ptr -all", "192.0.2.140", "u@example.com",
	 MXDP_SPF_FAIL, "-all"},
	{"ptr not confirmed", APPENDIX_A "v=spf1 ptr -all", "10.0.0.4", "u@example.com",
	 MXDP_SPF_FAIL, "-all"},
	{"ip4 network", APPENDIX_A "v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.129", "u@example.com",
	 MXDP_SPF_PASS, "ip4:192.0.2.128/28"},
	{"ip4 network, outside", APPENDIX_A "v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.65",
	 "u@example.com", MXDP_SPF_FAIL, "-all"},
	/* 2.4, 4.3: identities */
	{"no sender: postmaster of HELO", "mail.example.com TXT v=spf1 -all", "192.0.2.1", NULL,
	 MXDP_SPF_FAIL, NULL},
	{"no local part", "example.com TXT v=spf1 -all", "192.0.2.1", "@example.com", MXDP_SPF_FAIL,
	 NULL},
	{"a single label", "localhost TXT v=spf1 -all", "192.0.2.1", "u@localhost", MXDP_SPF_NONE,
	 NULL},
	{"an empty label", "example.com TXT v=spf1 -all", "192.0.2.1", "u@a..example.com",
	 MXDP_SPF_NONE, NULL},
	{"an address literal", "", "192.0.2.1", "u@[192.0.2.1]", MXDP_SPF_NONE, NULL},
	{"a domain with its final dot",
	 "example.com TXT v=spf1 a:%{d}.example.com -all\n"
	 "example.com.example.com A 192.0.2.1",
	 "192.0.2.1", "u@example.com.", MXDP_SPF_PASS, NULL},
	/* 4.4, 4.5: the record */
	{"no such domain", "", "192.0.2.1", "u@example.com", MXDP_SPF_NONE, NULL},
	{"no SPF among the TXT", "example.com TXT v=spf10 -all\nexample.com TXT hello", "192.0.2.1",
	 "u@example.com", MXDP_SPF_NONE, NULL},
	{"DNS fails", "example.com FAIL", "192.0.2.1", "u@example.com", MXDP_SPF_TEMPERROR, NULL},
	{"two records", "example.com TXT v=spf1 -all\nexample.com TXT v=spf1 -all", "192.0.2.1",
	 "u@example.com", MXDP_SPF_PERMERROR, NULL},
	{"version in any case", "example.com TXT V=SpF1 ?all", "192.0.2.1", "u@example.com",
	 MXDP_SPF_NEUTRAL, "?all"},
	/* 4.6, 4.7 */
	{"nothing matches", "example.com TXT v=spf1 ip4:192.0.2.2", "192.0.2.1", "u@example.com",
	 MXDP_SPF_NEUTRAL, "default"},
	{"a fault behind the match", "example.com TXT v=spf1 +all moo", "192.0.2.1",
	 "u@example.com", MXDP_SPF_PERMERROR, NULL},
	{"qualifiers", "example.com TXT v=spf1 ~all", "192.0.2.1", "u@example.com",
	 MXDP_SPF_SOFTFAIL, "~all"},
	/* 5: IPv4-mapped clients, lengths of zero, families */
	{"a mapped client is IPv4", "example.com TXT v=spf1 ip6:::/0 ip4:192.0.2.1 -all",
	 "::ffff:192.0.2.1", "u@example.com", MXDP_SPF_PASS, "ip4:192.0.2.1"},
	{"a/0 matches any address", "example.com TXT v=spf1 a/0 -all\nexample.com A 10.0.0.1",
	 "203.0.113.9", "u@example.com", MXDP_SPF_PASS, "a/0"},
	{"a/0 needs an address", "example.com TXT v=spf1 a/0 -all\nexample.com AAAA 2001:db8::1",
	 "203.0.113.9", "u@example.com", MXDP_SPF_FAIL, NULL},
	{"a//0 for IPv6", "example.com TXT v=spf1 a//0 -all\nexample.com AAAA 2001:db8::1",
	 "2001:db8:ffff::1", "u@example.com", MXDP_SPF_PASS, "a//0"},
	{"mx//0 for IPv6",
	 "example.com TXT v=spf1 mx//0 -all\nexample.com MX 0 m.example.com\n"
	 "m.example.com AAAA 2001:db8::1",
	 "2001:db8:ffff::1", "u@example.com", MXDP_SPF_PASS, NULL},
	{"ip4:0.0.0.0/0", "example.com TXT v=spf1 ip4:0.0.0.0/0 -all", "203.0.113.9",
	 "u@example.com", MXDP_SPF_PASS, NULL},
	{"ip6 length within a byte", "example.com TXT v=spf1 ip6:2001:db8:8000::/33 -all",
	 "2001:db8:7fff::1", "u@example.com", MXDP_SPF_FAIL, NULL},
	{"a mechanism fails for want of DNS",
	 "example.com TXT v=spf1 a:x.example.com -all\n"
	 "x.example.com FAIL",
	 "192.0.2.1", "u@example.com", MXDP_SPF_TEMPERROR, NULL},
	{"exists asks for A, also for IPv6",
	 "example.com TXT v=spf1 exists:x.example.com -all\n"
	 "x.example.com A 127.0.0.2",
	 "2001:db8::1", "u@example.com", MXDP_SPF_PASS, NULL},
	{"loopback has no free ride", "example.com TXT v=spf1 a -all\nexample.com A 192.0.2.1",
	 "127.0.0.1", "u@example.com", MXDP_SPF_FAIL, NULL},
	{"a null MX", "example.com TXT v=spf1 mx -all\nexample.com MX 0 .", "192.0.2.1",
	 "u@example.com", MXDP_SPF_FAIL, NULL},
	/* 5.2: include */
	{"include of a pass",
	 "example.com TXT v=spf1 include:i.example.com -all\n"
	 "i.example.com TXT v=spf1 ip4:192.0.2.1 -all",
	 "192.0.2.1", "u@example.com", MXDP_SPF_PASS, "include:i.example.com"},
	{"include of a fail",
	 "example.com TXT v=spf1 include:i.example.com ~all\n"
	 "i.example.com TXT v=spf1 -all",
	 "192.0.2.1", "u@example.com", MXDP_SPF_SOFTFAIL, "~all"},
	{"include of none", "example.com TXT v=spf1 include:i.example.com ~all", "192.0.2.1",
	 "u@example.com", MXDP_SPF_PERMERROR, NULL},
	{"include of a temperror",
	 "example.com TXT v=spf1 include:i.example.com ~all\n"
	 "i.example.com FAIL",
	 "192.0.2.1", "u@example.com", MXDP_SPF_TEMPERROR, NULL},
	{"%{d} inside an include",
	 "example.com TXT v=spf1 include:i.example.com -all\n"
	 "i.example.com TXT v=spf1 a:x.%{d} -all\nx.i.example.com A 192.0.2.1",
	 "192.0.2.1", "u@example.com", MXDP_SPF_PASS, NULL},
	/* 5.5: ptr */
	{"ptr: DNS failing is no match",
	 "example.com TXT v=spf1 ptr ip4:192.0.2.1 -all\n"
	 "1.2.0.192.in-addr.arpa FAIL",
	 "192.0.2.1", "u@example.com", MXDP_SPF_PASS, "ip4:192.0.2.1"},
	{"ptr: a failing host is skipped",
	 "example.com TXT v=spf1 ptr -all\n"
	 "1.2.0.192.in-addr.arpa PTR x.example.com\n1.2.0.192.in-addr.arpa PTR y.example.com\n"
	 "x.example.com FAIL\ny.example.com A 192.0.2.1",
	 "192.0.2.1", "u@example.com", MXDP_SPF_PASS, "ptr"},
	{"ptr: the name must end at a label",
	 "example.com TXT v=spf1 ptr -all\n"
	 "1.2.0.192.in-addr.arpa PTR badexample.com\nbadexample.com A 192.0.2.1",
	 "192.0.2.1", "u@example.com", MXDP_SPF_FAIL, NULL},
	/* 6.1: redirect */
	{"redirect",
	 "example.com TXT v=spf1 redirect=r.example.com\n"
	 "r.example.com TXT v=spf1 -all",
	 "192.0.2.1", "u@example.com", MXDP_SPF_FAIL, "-all"},
	{"redirect gives way to a match",
	 "example.com TXT v=spf1 redirect=r.example.com ?all\n"
	 "r.example.com TXT v=spf1 -all",
	 "192.0.2.1", "u@example.com", MXDP_SPF_NEUTRAL, "?all"},
	{"redirect to nothing", "example.com TXT v=spf1 redirect=r.example.com", "192.0.2.1",
	 "u@example.com", MXDP_SPF_PERMERROR, NULL},
	{"modifiers' names in any case",
	 "example.com TXT v=spf1 ReDirect=r.example.com\nr.example.com TXT v=spf1 ~all",
	 "192.0.2.1", "u@example.com", MXDP_SPF_SOFTFAIL, "~all"},
	{"a redirect that all leaves idle asks for nothing",
	 "example.com TXT v=spf1 a:x.example.com a:y.example.com redirect=%{p}.example.com ?all",
	 "192.0.2.1", "u@example.com", MXDP_SPF_NEUTRAL, "?all"},
	{"an unknown modifier asks for nothing",
	 "example.com TXT v=spf1 a:x.example.com a:y.example.com moo=%{p}.example.com ?all",
	 "192.0.2.1", "u@example.com", MXDP_SPF_NEUTRAL, "?all"},
	{"a CNAME that leads nowhere is one void lookup",
	 "c.example.com CNAME d.example.com\nd.example.com CNAME x.example.com\n"
	 "example.com TXT v=spf1 a:c.example.com a:y.example.com ?all",
	 "192.0.2.1", "u@example.com", MXDP_SPF_NEUTRAL, "?all"},
	{"%{p} of a client whose DNS fails is unknown",
	 "1.2.0.192.in-addr.arpa FAIL\nunknown.example.com A 127.0.0.2\n"
	 "example.com TXT v=spf1 exists:%{p}.example.com -all",
	 "192.0.2.1", "u@example.com", MXDP_SPF_PASS, "exists:%{p}.example.com"},
	{"a syntax error ahead of a question",
	 "example.com TXT v=spf1 a:x.example.com ip4:1.2.3.4/33\n"
	 "x.example.com FAIL",
	 "192.0.2.1", "u@example.com", MXDP_SPF_PERMERROR, NULL},
	{"redirect to itself", "example.com TXT v=spf1 redirect=example.com", "192.0.2.1",
	 "u@example.com", MXDP_SPF_PERMERROR, NULL},
	{"a redirect inside an include",
	 "example.com TXT v=spf1 include:i.example.com -all\n"
	 "i.example.com TXT v=spf1 redirect=r.example.com\nr.example.com TXT v=spf1 ip4:192.0.2.1",
	 "192.0.2.1", "u@example.com", MXDP_SPF_PASS, "include:i.example.com"},
	/* 4.6.4: limits */
	{"two void lookups", "example.com TXT v=spf1 a:x.example.com a:y.example.com ?all",
	 "192.0.2.1", "u@example.com", MXDP_SPF_NEUTRAL, NULL},
	{"three void lookups",
	 "example.com TXT v=spf1 a:x.example.com a:y.example.com a:z.example.com ?all", "192.0.2.1",
	 "u@example.com", MXDP_SPF_PERMERROR, NULL},
	{"a third void lookup for a macro of the redirect",
	 "example.com TXT v=spf1 a:x.example.com a:y.example.com redirect=%{p}.example.com",
	 "192.0.2.1", "u@example.com", MXDP_SPF_PERMERROR, NULL},
	{"ten terms", "example.com A 10.0.0.1\nexample.com TXT v=spf1 a a a a a a a a a a -all",
	 "192.0.2.1", "u@example.com", MXDP_SPF_FAIL, NULL},
	{"eleven terms",
	 "example.com A 10.0.0.1\nexample.com TXT v=spf1 a a a a a a a a a a a -all", "192.0.2.1",
	 "u@example.com", MXDP_SPF_PERMERROR, NULL},
	{"eleven terms over includes",
	 "example.com A 10.0.0.1\n"
	 "example.com TXT v=spf1 a a a a a include:i.example.com -all\ni.example.com A 10.0.0.1\n"
	 "i.example.com TXT v=spf1 a a a a a",
	 "192.0.2.1", "u@example.com", MXDP_SPF_PERMERROR, NULL},
	{"includes in a circle",
	 "example.com TXT v=spf1 include:i.example.com\n"
	 "i.example.com TXT v=spf1 include:example.com",
	 "192.0.2.1", "u@example.com", MXDP_SPF_PERMERROR, NULL},
	/* 7: macros in names */
	{"the example of 7.4, local part",
	 "example.com TXT v=spf1 exists:%{lr-}.lp._spf.%{d2} -all\n"
	 "bad.strong.lp._spf.example.com A 127.0.0.2",
	 "192.0.2.3", "strong-bad@example.com", MXDP_SPF_PASS, NULL},
	{"the example of 7.4, reversed address",
	 "example.com TXT v=spf1 exists:%{ir}.%{v}._spf.%{d2} -all\n"
	 "3.2.0.192.in-addr._spf.example.com A 127.0.0.2",
	 "192.0.2.3", "u@example.com", MXDP_SPF_PASS, NULL},
	{"the example of 7.4, IPv6",
	 "example.com TXT v=spf1 exists:%{ir}.%{v}._spf.%{d2} -all\n"
	 "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com A "
	 "127.0.0.2",
	 "2001:db8::cb01", "u@example.com", MXDP_SPF_PASS, NULL},
	{"%{p} prefers the domain itself",
	 "example.com TXT v=spf1 exists:%{p}.ok.example.net -all\n"
	 "1.2.0.192.in-addr.arpa PTR other.example.net\n1.2.0.192.in-addr.arpa PTR a.example.com\n"
	 "1.2.0.192.in-addr.arpa PTR example.com\nother.example.net A 192.0.2.1\n"
	 "a.example.com A 192.0.2.1\nexample.com A 192.0.2.1\n"
	 "example.com.ok.example.net A 127.0.0.2",
	 "192.0.2.1", "u@example.com", MXDP_SPF_PASS, NULL},
	{"%{p} of an unconfirmed client",
	 "example.com TXT v=spf1 exists:%{p}.ok.example.net -all\n"
	 "unknown.ok.example.net A 127.0.0.2\n1.2.0.192.in-addr.arpa PTR a.example.com\n"
	 "a.example.com A 192.0.2.2",
	 "192.0.2.1", "u@example.com", MXDP_SPF_PASS, NULL},
	{"a name that macros made invalid matches nothing",
	 "example.com TXT v=spf1 a:%{l}.example.com -all", "192.0.2.1", "a..b@example.com",
	 MXDP_SPF_FAIL, NULL},
	{"a backslash is a byte like others",
	 "example.com TXT v=spf1 a:%{l}.example.com -all\n"
	 "a\\b.example.com A 192.0.2.1",
	 "192.0.2.1", "a\\b@example.com", MXDP_SPF_PASS, NULL},
};

START_TEST(case_of_the_rfc)
{
	struct mxdp_spf_result result;

	spf_zone_load(zone, cases[_i].zone);
	result = evaluate(cases[_i].client, "mail.example.com", cases[_i].sender);
	ck_assert_msg(result.code == cases[_i].code, "%s: %s, not %s (%s)", cases[_i].what,
		      mxdp_spf_code_name(result.code), mxdp_spf_code_name(cases[_i].code),
		      result.problem);
	if (cases[_i].mechanism)
		ck_assert_msg(strcmp(result.mechanism, cases[_i].mechanism) == 0, "%s: matched %s",
			      cases[_i].what, result.mechanism);
	if (result.code == MXDP_SPF_TEMPERROR || result.code == MXDP_SPF_PERMERROR)
		ck_assert_msg(result.problem[0], "%s: no problem named", cases[_i].what);
}
END_TEST

static const struct {
	const char *what;
	const char *zone; /* beside example.com TXT v=spf1 -all exp=why.%{d} */
	const char *explanation;
} explanations[] = {
	{"plain", "why.example.com TXT Go away.", "Go away."},
	{"macros", "why.example.com TXT %{c} is not %{o}, says %{r} (%{i}.%{v} %{h} %{s})",
	 "192.0.2.1 is not example.com, says mx.example.org (192.0.2.1.in-addr mail.example.com "
	 "u+x@example.com)"},
	{"escapes", "why.example.com TXT 100%% %{S}%-%_.", "100% u%2Bx%40example.com%20 ."},
	{"missing", "", "DEFAULT"},
	{"two records", "why.example.com TXT one\nwhy.example.com TXT two", "DEFAULT"},
	{"failing DNS", "why.example.com FAIL", "DEFAULT"},
	{"a fault in it", "why.example.com TXT it is %{x}", "DEFAULT"},
	{"not ASCII", "why.example.com TXT n\xc3\xb6", "DEFAULT"},
	{"a control character", "why.example.com TXT one\rtwo", "DEFAULT"},
};

START_TEST(explanation_of_a_fail)
{
	struct mxdp_spf_result result;

	spf_zone_load(zone, "example.com TXT v=spf1 -all exp=why.%{d}");
	spf_zone_load(zone, explanations[_i].zone);
	result = evaluate("192.0.2.1", "mail.example.com", "u+x@example.com");
	ck_assert_int_eq(result.code, MXDP_SPF_FAIL);
	ck_assert_str_eq(result.explanation, explanations[_i].explanation);
	ck_assert_int_eq(result.explained_by_domain,
			 strcmp(explanations[_i].explanation, "DEFAULT") != 0);
}
END_TEST

START_TEST(explanation_comes_from_the_record_that_decides)
{
	struct mxdp_spf_result result;

	spf_zone_load(zone, "example.com TXT v=spf1 include:i.example.com redirect=r.example.com "
			    "exp=mine.example.com\n"
			    "i.example.com TXT v=spf1 -all exp=theirs.example.com\n"
			    "r.example.com TXT v=spf1 -all exp=last.example.com\n"
			    "mine.example.com TXT mine\ntheirs.example.com TXT theirs\n"
			    "last.example.com TXT for %{d}\n");
	result = evaluate("192.0.2.1", "mail.example.com", "u@example.com");
	ck_assert_str_eq(result.explanation, "for r.example.com");
	ck_assert_str_eq(result.domain, "r.example.com");
}
END_TEST

static const struct {
	enum mxdp_spf_code code;
	const char *client, *helo, *sender, *mechanism, *problem, *header;
} headers[] = {
	{MXDP_SPF_PASS, "192.0.2.1", "foo.example.com", "myname@example.com", "a", "",
	 "Received-SPF: pass (mx.example.org: domain of example.com designates 192.0.2.1 as "
	 "permitted sender) receiver=mx.example.org; client-ip=192.0.2.1; "
	 "envelope-from=\"myname@example.com\"; helo=foo.example.com; identity=mailfrom; "
	 "mechanism=a"},
	{MXDP_SPF_FAIL, "2001:db8::1", "foo.example.com", "", "-all", "",
	 "Received-SPF: fail (mx.example.org: domain of foo.example.com does not designate "
	 "2001:db8::1 as permitted sender) receiver=mx.example.org; client-ip=\"2001:db8::1\"; "
	 "envelope-from=\"<>\"; helo=foo.example.com; identity=helo; mechanism=-all"},
	{MXDP_SPF_PERMERROR, "192.0.2.1", "a) b\r\nX: y", "\"q\\\"(\"@example.com", "",
	 "bad; \"x\"",
	 "Received-SPF: permerror (mx.example.org: permanent error in processing domain of "
	 "example.com) receiver=mx.example.org; client-ip=192.0.2.1; "
	 "envelope-from=\"\\\"q\\\\\\\"(\\\"@example.com\"; helo=\"a) b??X: y\"; "
	 "identity=mailfrom; problem=\"bad; \\\"x\\\"\""},
};

START_TEST(header_of_a_result)
{
	struct mxdp_spf_question question = {.helo = headers[_i].helo,
					     .sender = headers[_i].sender,
					     .receiver = "mx.example.org"};
	struct mxdp_spf_result result = {.code = headers[_i].code};
	char text[MXDP_SPF_RECEIVED];
	int length;

	mxdp_address_parse(headers[_i].client, &question.client);
	snprintf(result.mechanism, sizeof(result.mechanism), "%s", headers[_i].mechanism);
	snprintf(result.problem, sizeof(result.problem), "%s", headers[_i].problem);
	length = mxdp_spf_received(&question, &result, text, sizeof(text));
	ck_assert_str_eq(text, headers[_i].header);
	ck_assert_int_eq(length, (int)strlen(text));
	for (size_t size = 1; size <= (size_t)length; size++)
		ck_assert_int_lt(mxdp_spf_received(&question, &result, text, size), 0);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(*(table))))

int main(void)
{
	Suite *suite = suite_create("spf");
	TCase *tests = tcase_create("spf");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, case_of_the_rfc, 0, COUNT(cases));
	tcase_add_loop_test(tests, explanation_of_a_fail, 0, COUNT(explanations));
	tcase_add_test(tests, explanation_comes_from_the_record_that_decides);
	tcase_add_loop_test(tests, header_of_a_result, 0, COUNT(headers));
	return run_suite(suite);
}
