/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history: verdicts and the journal's lines come back after a restart, and are found again by
 * address, name and time.
 */

#include "history_stand.h"

START_TEST(a_verdict_comes_back_with_its_evidence)
{
	struct restored restored;

	decide("192.0.2.1");
	restart();
	restored = restore(10);
	ck_assert_uint_eq(restored.count, 1);
	ck_assert_str_eq(restored.clients[0], "192.0.2.1");
	ck_assert(restored.last.decided);
	ck_assert_int_eq(restored.last.decision.action, MXDP_ACTION_DROP);
	ck_assert_int_eq(restored.last.decision.reason, MXDP_REASON_DNSBL);
	ck_assert_double_eq(restored.last.decision.score, 5.5);
	ck_assert_str_eq(restored.last.decision.text, "bl.example says so");
	ck_assert_int_eq(restored.last.decision.expires, now + 900);
	ck_assert_uint_eq(restored.last.decision.key.length, 32);
	ck_assert_int_eq(restored.last.decided_at, now);
	ck_assert_uint_eq(restored.last.took_ms, 12);
	/* What weighed nothing is not kept. */
	ck_assert_uint_eq(restored.last.evidence_count, 1);
	ck_assert_int_eq(restored.evidence.class, MXDP_EVIDENCE_REPORT);
	ck_assert_int_eq(restored.evidence.state, MXDP_EVIDENCE_ANSWERED);
	ck_assert_str_eq(restored.evidence.source, "bl.example");
	ck_assert_str_eq(restored.evidence.reason, "listed as 127.0.0.2");
	ck_assert_double_eq(restored.evidence.score, 5.5);
	ck_assert_int_eq(restored.evidence.expires, now + 900);
}
END_TEST

START_TEST(expired_verdicts_do_not_come_back)
{
	decide_at("192.0.2.1", now - 900, now - 1);
	decide("192.0.2.2");
	restart();
	ck_assert_uint_eq(restore(10).count, 1);
	ck_assert_str_eq(restore(10).clients[0], "192.0.2.2");
}
END_TEST

/* A reject lives for minutes, not until the day that a clock ran ahead is over. */
START_TEST(verdicts_of_a_clock_that_ran_ahead_do_not_come_back)
{
	decide_at("192.0.2.1", now + DAY, now + DAY + 900);
	restart();
	ck_assert_uint_eq(restore(10).count, 0);
}
END_TEST

START_TEST(a_later_verdict_replaces_the_earlier)
{
	decide_at("2001:db8::1", now - 60, now + 60);
	decide("2001:db8::1");
	restart();
	ck_assert_uint_eq(restore(10).count, 1);
	ck_assert_int_eq(restore(10).last.decided_at, now);
}
END_TEST

START_TEST(the_newest_come_back_oldest_first)
{
	struct restored restored;

	decide_at("192.0.2.3", now - 1, now + 900);
	decide_at("192.0.2.1", now - 3, now + 900);
	decide_at("192.0.2.2", now - 2, now + 900);
	restart();
	restored = restore(2);
	ck_assert_uint_eq(restored.count, 2);
	ck_assert_str_eq(restored.clients[0], "192.0.2.2");
	ck_assert_str_eq(restored.clients[1], "192.0.2.3");
}
END_TEST

START_TEST(what_is_forgotten_is_not_restored_but_stays_in_the_journal)
{
	const struct mxdp_prefix prefix = prefix_of("192.0.2.0/25");

	decide("192.0.2.1");
	decide("192.0.2.127");
	decide("192.0.2.128");
	decide("2001:db8::1");
	mxdp_history_forget(history, &prefix);
	restart();
	ck_assert_uint_eq(restore(10).count, 2);
	ck_assert_uint_eq(search("192.0.2.0/24", 0, 8).count, 3);
}
END_TEST

START_TEST(refusals_are_added_up_by_client_and_minute)
{
	const int64_t minute = now - now % 60 - 600;
	struct found found;

	refuse_at("192.0.2.1", minute + 1, false);
	refuse_at("192.0.2.1", minute + 59, false);
	refuse_at("192.0.2.2", minute + 2, false);
	restart(); /* two batches of the same minute */
	refuse_at("192.0.2.1", minute + 30, false);
	refuse_at("192.0.2.1", minute + 61, false);
	refuse_at("192.0.2.1", minute + 62, true);
	restart();
	found = search("192.0.2.1", 0, 8);
	ck_assert_uint_eq(found.count, 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_ne(found.lines[i].event, MXDP_JOURNAL_VERDICT);
		ck_assert_int_eq(found.lines[i].time % 60, 0);
		ck_assert_int_eq(found.lines[i].reason, MXDP_REASON_DNSBL);
	}
	ck_assert_int_eq(found.lines[0].time, found.lines[2].time + 60);
	ck_assert_uint_eq(found.lines[2].count, 3);
	ck_assert_uint_eq(found.lines[0].count, 1);
	ck_assert_int_ne(found.lines[0].event, found.lines[1].event);
}
END_TEST

START_TEST(the_journal_is_searched_by_prefix_and_time)
{
	struct found found;

	decide_at("192.0.2.1", now - 7200, now + 900);
	decide_at("192.0.2.200", now - 60, now + 900);
	decide_at("192.0.3.1", now - 30, now + 900);
	decide_at("2001:db8::1", now - 20, now + 900);
	decide_at("2001:db8:0:1::1", now - 10, now + 900);
	restart();
	found = search("192.0.2.0/24", 0, 8);
	ck_assert_uint_eq(found.count, 2);
	ck_assert(!found.cut);
	ck_assert_int_eq(found.lines[0].time, now - 60); /* the newest first */
	ck_assert_str_eq(found.lines[0].text, "bl.example says so");
	ck_assert_int_eq(found.lines[0].action, MXDP_ACTION_DROP);
	ck_assert_int_eq(found.lines[0].event, MXDP_JOURNAL_VERDICT);
	ck_assert_uint_eq(search("192.0.2.0/24", now - 3600, 8).count, 1);
	ck_assert_uint_eq(search("192.0.2.0/23", 0, 8).count, 3);
	ck_assert_uint_eq(search("2001:db8::/64", 0, 8).count, 1);
	ck_assert_uint_eq(search("2001:db8::/32", 0, 8).count, 2);
	ck_assert_uint_eq(search("203.0.113.1", 0, 8).count, 0);
	found = search("0.0.0.0/0", 0, 2);
	ck_assert_uint_eq(found.count, 2);
	ck_assert(found.cut);
}
END_TEST

static struct found search_name(const char *domain)
{
	const struct mxdp_journal_query query = {.domain = domain, .most = 8};
	struct found found = {0};

	ck_assert_int_eq(mxdp_history_search(history, &query, take_line, &found, &found.cut), 0);
	return found;
}

START_TEST(messages_are_found_by_helo_and_sender)
{
	const struct mxdp_address client = address_of("192.0.2.1");
	struct found found;

	mxdp_history_message(history, &client, "MX1.Example.Org", "Bob@Example.ORG", "DUNNO");
	mxdp_history_message(history, &client, "mx\n2", "a@b@mail.example.net", "DUNNO");
	mxdp_history_message(history, &client, NULL, NULL, "DUNNO");
	restart();
	ck_assert_uint_eq(search("192.0.2.1", 0, 8).count, 3);
	found = search_name("example.org");
	ck_assert_uint_eq(found.count, 1);
	ck_assert_int_eq(found.lines[0].event, MXDP_JOURNAL_MESSAGE);
	ck_assert_str_eq(found.lines[0].helo, "mx1.example.org");
	ck_assert_str_eq(found.lines[0].sender, "example.org"); /* not who wrote */
	ck_assert_str_eq(found.lines[0].text, "DUNNO");
	found = search_name("EXAMPLE.net");
	ck_assert_uint_eq(found.count, 1);
	ck_assert_str_eq(found.lines[0].helo, "mx?2");
	ck_assert_uint_eq(search_name("ample.org").count, 0);
	ck_assert_uint_eq(search_name("%").count, 0);
	ck_assert_uint_eq(search_name("").count, 0);
}
END_TEST

START_TEST(a_client_is_found_by_its_reverse_name)
{
	const struct mxdp_address client = address_of("192.0.2.1");

	mxdp_history_named(history, &client, "old.example.net");
	mxdp_history_named(history, &client, "Mail.Example.ORG");
	decide("192.0.2.1");
	decide("192.0.2.2");
	restart();
	ck_assert_uint_eq(search_name("example.org").count, 1);
	ck_assert_str_eq(search_name("mail.example.org").lines[0].name, "mail.example.org");
	ck_assert_uint_eq(search_name("example.net").count, 0);
	ck_assert_uint_eq(search_name("ail.example.org").count, 0);
	ck_assert_str_eq(search("192.0.2.2", 0, 8).lines[0].name, "");
}
END_TEST

START_TEST(old_lines_go)
{
	decide_at("192.0.2.1", now - 15 * DAY, now - 14 * DAY);
	decide_at("192.0.2.2", now - 13 * DAY, now - 12 * DAY);
	restart();
	ck_assert_uint_eq(search("0.0.0.0/0", 0, 8).count, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("history");
	TCase *tests = tcase_create("written behind");

	tcase_add_test(tests, a_verdict_comes_back_with_its_evidence);
	tcase_add_test(tests, expired_verdicts_do_not_come_back);
	tcase_add_test(tests, verdicts_of_a_clock_that_ran_ahead_do_not_come_back);
	tcase_add_test(tests, a_later_verdict_replaces_the_earlier);
	tcase_add_test(tests, the_newest_come_back_oldest_first);
	tcase_add_test(tests, what_is_forgotten_is_not_restored_but_stays_in_the_journal);
	tcase_add_test(tests, refusals_are_added_up_by_client_and_minute);
	tcase_add_test(tests, the_journal_is_searched_by_prefix_and_time);
	tcase_add_test(tests, messages_are_found_by_helo_and_sender);
	tcase_add_test(tests, a_client_is_found_by_its_reverse_name);
	tcase_add_test(tests, old_lines_go);
	return run_history_suite(suite, tests);
}
