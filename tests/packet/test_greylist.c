/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Greylisting in the packet path: who is told to come back, who passes, and that nothing is written
 * before a client has returned its cookie. Time goes by when an entry's first try is moved back.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <check.h>
#include <errno.h>
#include <string.h>

#include "client.h"

#define CLIENT4    "192.0.2.1"
#define NEIGHBOUR4 "192.0.2.200"
#define STRANGER4  "192.0.3.1"
#define NETWORK4   "192.0.2.0/24"
#define CLIENT6    "2001:db8::1"
#define NETWORK6   "2001:db8::/64"
#define MINUTE     (60 * SECOND)

static struct harness harness;

static void open_harness(void)
{
	static const char *const clients[] = {CLIENT4, NEIGHBOUR4,    STRANGER4,
					      CLIENT6, "2001:db8::2", "2001:db8:0:1::1"};

	harness_open(&harness, NULL);
	harness_replies(&harness);
	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++)
		set_verdict(&harness, clients[i], MXDP_ACTION_GREYLIST, 0);
}

static void close_harness(void)
{
	harness_close(&harness);
}

static struct client client_from(const char *from)
{
	struct client client;

	for (size_t i = 0; i < client_kind_count; i++)
		if (client_kinds[i].v6 == (strchr(from, ':') != NULL)) {
			client = client_new(&harness, &client_kinds[i]);
			client.from = from;
			return client;
		}
	ck_abort();
}

/* A whole visit: handshake, and our refusal at the greeting. */
static void visit(const char *from, uint16_t port)
{
	struct client client = client_from(from);
	struct answer answer;

	client.port = port;
	answer = client_open(&client);
	expect_text(&answer,
		    MXDP_REPLIES_END + MXDP_TEXT_GREYLIST * MXDP_REFUSALS + MXDP_REFUSAL_TEMPORARY,
		    from, __LINE__);
}

static struct mxdp_greylisting entry_of(const char *network)
{
	struct mxdp_prefix key = prefix(network);
	struct mxdp_greylisting entry;

	ck_assert_int_eq(mxdp_greylist_get(&harness.maps, &key, &entry), 0);
	return entry;
}

static bool has_entry(const char *network)
{
	struct mxdp_prefix key = prefix(network);
	struct mxdp_greylisting entry;

	return !mxdp_greylist_get(&harness.maps, &key, &entry);
}

/* The first try was so long ago. */
static void age(const char *network, uint64_t ago)
{
	struct mxdp_prefix key = prefix(network);
	struct mxdp_greylisting entry = entry_of(network);

	entry.first_seen_ns = mxdp_boottime_ns() - ago;
	ck_assert_int_eq(mxdp_greylist_set(&harness.maps, &key, &entry, false), 0);
}

static enum mxdp_counter attempt(const char *from)
{
	struct frame_spec spec = {.v6 = strchr(from, ':') != NULL, .from = from};

	return harness_send(&harness, &spec).counter;
}

#define expect_attempt(from, counter_name_)                                                    \
	do {                                                                                   \
		enum mxdp_counter got_ = attempt(from);                                        \
		ck_assert_msg(got_ == MXDP_COUNT_##counter_name_, "line %d: %s counted as %s", \
			      __LINE__, from, counter_name(got_));                             \
	} while (0)

/* A first try so long ago, and what becomes of the next. */
static const struct {
	const char *what;
	uint64_t ago;
	enum mxdp_counter counter;
} retries[] = {
	{"at once", 0, MXDP_COUNT_reply_syn_ack},
	{"shortly before the delay is over", 299 * SECOND, MXDP_COUNT_reply_syn_ack},
	{"after the delay", 301 * SECOND, MXDP_COUNT_greylist_pass},
	{"after an hour", 60 * MINUTE, MXDP_COUNT_greylist_pass},
	{"shortly before the window ends", 240 * MINUTE - SECOND, MXDP_COUNT_greylist_pass},
	{"after the window", 240 * MINUTE + SECOND, MXDP_COUNT_reply_syn_ack},
	{"after a year", 365 * 24 * 60 * MINUTE, MXDP_COUNT_reply_syn_ack},
};

START_TEST(a_retry_passes_inside_the_window)
{
	static const char *const clients[] = {CLIENT4, CLIENT6};
	static const char *const networks[] = {NETWORK4, NETWORK6};

	for (int family = 0; family < 2; family++) {
		enum mxdp_counter counter;

		visit(clients[family], 4000);
		age(networks[family], retries[_i].ago);
		counter = attempt(clients[family]);
		ck_assert_msg(counter == retries[_i].counter, "%s: %s", retries[_i].what,
			      counter_name(counter));
	}
}
END_TEST

START_TEST(nothing_is_written_before_the_cookie_comes_back)
{
	struct client client = client_from(CLIENT4);
	uint64_t before = mxdp_boottime_ns();
	struct mxdp_greylisting entry;

	for (int i = 0; i < 5; i++)
		expect_attempt(CLIENT4, reply_syn_ack);
	/* A guess at the cookie is nothing to us. */
	client.heard = 12345;
	ck_assert_int_eq(client_send(&client, ACK, client.next + 1, "").counter,
			 MXDP_COUNT_established);
	ck_assert(!has_entry(NETWORK4));

	visit(CLIENT4, 4000);
	entry = entry_of(NETWORK4);
	ck_assert_uint_ge(entry.first_seen_ns, before);
	ck_assert_uint_eq(entry.last_try_ns, entry.first_seen_ns);
	ck_assert_uint_eq(entry.tries, 1);
	ck_assert_uint_eq(entry.passed_ns, 0);
	ck_assert_int_eq(memcmp(entry.client + 12, "\300\0\2\1", 4), 0);
}
END_TEST

/* In the window, and after it, a packet with a false source still changes nothing. */
START_TEST(an_attempt_changes_no_entry)
{
	static const uint64_t ages[] = {0, 10 * MINUTE, 300 * MINUTE};

	visit(CLIENT4, 4000);
	for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
		struct mxdp_greylisting before, after;

		age(NETWORK4, ages[i]);
		before = entry_of(NETWORK4);
		attempt(CLIENT4);
		after = entry_of(NETWORK4);
		ck_assert_mem_eq(&before, &after, sizeof(before));
	}
}
END_TEST

START_TEST(each_connection_is_a_try)
{
	struct mxdp_greylisting entry;

	visit(CLIENT4, 4000);
	visit(CLIENT4, 4001);
	ck_assert_uint_eq(entry_of(NETWORK4).tries, 2);
	visit(NEIGHBOUR4, 4002);
	entry = entry_of(NETWORK4);
	ck_assert_uint_eq(entry.tries, 3);
	ck_assert_int_eq(memcmp(entry.client + 12, "\300\0\2\310", 4), 0);
	ck_assert_uint_gt(entry.last_try_ns, entry.first_seen_ns);
}
END_TEST

START_TEST(the_same_handshake_twice_is_one_try)
{
	struct client client = client_from(CLIENT4);
	struct answer answer = client_send(&client, SYN, client.next, "");

	client.heard = answer.sequence + 1;
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(client_send(&client, ACK, client.next + 1, "").counter,
				 MXDP_COUNT_reply_turn);
	ck_assert_uint_eq(entry_of(NETWORK4).tries, 1);
}
END_TEST

START_TEST(the_window_is_over_and_it_starts_anew)
{
	uint64_t before = mxdp_boottime_ns();
	struct mxdp_greylisting entry;

	visit(CLIENT4, 4000);
	age(NETWORK4, 300 * MINUTE);
	visit(CLIENT4, 4001);
	entry = entry_of(NETWORK4);
	ck_assert_uint_ge(entry.first_seen_ns, before);
	ck_assert_uint_eq(entry.tries, 1);
	expect_attempt(CLIENT4, reply_syn_ack);
	age(NETWORK4, 10 * MINUTE);
	expect_attempt(CLIENT4, greylist_pass);
}
END_TEST

START_TEST(a_client_is_known_by_its_network)
{
	visit(CLIENT4, 4000);
	visit(CLIENT6, 4000);
	age(NETWORK4, 10 * MINUTE);
	age(NETWORK6, 10 * MINUTE);
	expect_attempt(NEIGHBOUR4, greylist_pass);
	expect_attempt("2001:db8::2", greylist_pass);
	expect_attempt(STRANGER4, reply_syn_ack);
	expect_attempt("2001:db8:0:1::1", reply_syn_ack);

	/* Other lengths, by configuration. */
	harness.settings.greylist_length4 = 32;
	harness.settings.greylist_mask4 = 0xffffffff;
	harness.settings.greylist_length6 = 48;
	harness.settings.greylist_mask6[1] = htonl(0xffff0000);
	harness_configure(&harness);
	visit(CLIENT4, 4001);
	visit(CLIENT6, 4001);
	age("192.0.2.1/32", 10 * MINUTE);
	age("2001:db8::/48", 10 * MINUTE);
	expect_attempt(CLIENT4, greylist_pass);
	expect_attempt(NEIGHBOUR4, reply_syn_ack);
	expect_attempt("2001:db8:0:1::1", greylist_pass);
}
END_TEST

/* A dialogue that began before the delay was over goes on: nobody else knows of it. */
START_TEST(a_dialogue_outlasts_the_delay)
{
	struct client client = client_from(CLIENT4);
	struct answer answer;

	client_open(&client);
	age(NETWORK4, 10 * MINUTE);
	answer = client_say(&client, "EHLO client.example.org\r\n");
	ck_assert_int_eq(strncmp(answer.text, "421 ", 4), 0);
	answer = client_say(&client, "QUIT\r\n");
	ck_assert_int_eq(strncmp(answer.text, "221 ", 4), 0);
}
END_TEST

START_TEST(in_the_dialogue_it_is_told_at_rcpt)
{
	struct client client = client_from(CLIENT4);
	struct answer answer;

	harness.settings.greylist_at = MXDP_REPLY_AT_DIALOGUE;
	harness_configure(&harness);
	answer = client_open(&client);
	ck_assert_int_eq(strncmp(answer.text, "220 ", 4), 0);
	/* A client that leaves after EHLO, for want of TLS, has had its first try all the same. */
	ck_assert_uint_eq(entry_of(NETWORK4).tries, 1);
	client_say(&client, "EHLO client.example.org\r\n");
	client_say(&client, "MAIL FROM:<a@example.org> SMTPUTF8\r\n");
	answer = client_say(&client, "RCPT TO:<b@example.net>\r\n");
	ck_assert_int_eq(strncmp(answer.text, "451 4.7.1 ", 10), 0);
	ck_assert_uint_eq(entry_of(NETWORK4).tries, 1);
}
END_TEST

START_TEST(the_exempt_are_spared)
{
	struct mxdp_prefix members[] = {prefix("192.0.2.0/28"), prefix(NETWORK6)};

	ck_assert_int_eq(mxdp_set_replace(&harness.maps, MXDP_SET_EXEMPT, members, 2), 0);
	expect_attempt(CLIENT4, greylist_exempt);
	expect_attempt(CLIENT6, greylist_exempt);
	expect_attempt(NEIGHBOUR4, reply_syn_ack);
}
END_TEST

START_TEST(mail_comes_first)
{
	harness_heartbeat(&harness, 2 * harness.settings.heartbeat_stale_ns, true);
	expect_attempt(CLIENT4, greylist_stale);
	harness_heartbeat(&harness, 0, true);
	harness.settings.reply_interfaces[0] = 77; /* not where packets come from */
	harness_configure(&harness);
	expect_attempt(CLIENT4, verdict_unanswered_pass);
	harness.settings.reply_interfaces[0] = 1;
	harness.settings.greylist_window_ns = 0;
	harness_configure(&harness);
	expect_attempt(CLIENT4, greylist_left);
}
END_TEST

START_TEST(soft_mode_greylists_and_observe_mode_does_not)
{
	harness.settings.mode = MXDP_MODE_SOFT;
	harness_configure(&harness);
	visit(CLIENT4, 4000);
	ck_assert(has_entry(NETWORK4));
	harness.settings.mode = MXDP_MODE_OBSERVE;
	harness_configure(&harness);
	expect(&harness, reply_syn_ack, .from = STRANGER4);
	ck_assert(!has_entry("192.0.3.0/24"));
}
END_TEST

static void one_place(struct mxdp_bpf *skeleton)
{
	bpf_map__set_max_entries(skeleton->maps.greylist4, 1);
}

START_TEST(a_full_greylist_lets_pass)
{
	struct mxdp_counters before, after;
	struct mxdp_greylist_state state;
	uint32_t zero = 0;

	harness_close(&harness);
	harness_open(&harness, one_place);
	harness_replies(&harness);
	set_verdict(&harness, CLIENT4, MXDP_ACTION_GREYLIST, 0);
	set_verdict(&harness, STRANGER4, MXDP_ACTION_GREYLIST, 0);
	visit(CLIENT4, 4000);
	ck_assert_int_eq(mxdp_counters_read(&harness.maps, &before), 0);
	visit(STRANGER4, 4000);
	ck_assert_int_eq(mxdp_counters_read(&harness.maps, &after), 0);
	ck_assert_uint_eq(after.greylist_not_stored - before.greylist_not_stored, 1);
	expect_attempt(STRANGER4, greylist_no_room);
	/* Whoever has a place keeps to it. */
	expect_attempt(CLIENT4, reply_syn_ack);
	age(NETWORK4, 10 * MINUTE);
	expect_attempt(CLIENT4, greylist_pass);
	/* After a minute the next one is asked to come back again. */
	ck_assert_int_eq(bpf_map_lookup_elem(harness.maps.greylist_state, &zero, &state), 0);
	state.full_ns -= 61 * SECOND;
	ck_assert_int_eq(bpf_map_update_elem(harness.maps.greylist_state, &zero, &state, 0), 0);
	expect_attempt(STRANGER4, reply_syn_ack);
}
END_TEST

/* The first try may have been before the machine was started: such times are below 0. */
START_TEST(a_first_try_before_the_boot)
{
	struct mxdp_greylisting entry = {.tries = 1};
	struct mxdp_prefix network = prefix(NETWORK4);

	entry.first_seen_ns = mxdp_boottime_ns() - 200 * MINUTE;
	ck_assert_int_eq(mxdp_greylist_set(&harness.maps, &network, &entry, true), 0);
	expect_attempt(CLIENT4, greylist_pass);
	ck_assert_int_eq(mxdp_greylist_set(&harness.maps, &network, &entry, true), -EEXIST);
	ck_assert_int_eq(mxdp_greylist_delete(&harness.maps, &network), 0);
	ck_assert_int_eq(mxdp_greylist_set(&harness.maps, &network, &entry, false), -ENOENT);
	expect_attempt(CLIENT4, reply_syn_ack);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("greylist");
	TCase *cases = tcase_create("greylist");

	tcase_add_checked_fixture(cases, open_harness, close_harness);
	tcase_add_loop_test(cases, a_retry_passes_inside_the_window, 0,
			    sizeof(retries) / sizeof(retries[0]));
	tcase_add_test(cases, nothing_is_written_before_the_cookie_comes_back);
	tcase_add_test(cases, an_attempt_changes_no_entry);
	tcase_add_test(cases, each_connection_is_a_try);
	tcase_add_test(cases, the_same_handshake_twice_is_one_try);
	tcase_add_test(cases, the_window_is_over_and_it_starts_anew);
	tcase_add_test(cases, a_client_is_known_by_its_network);
	tcase_add_test(cases, a_dialogue_outlasts_the_delay);
	tcase_add_test(cases, in_the_dialogue_it_is_told_at_rcpt);
	tcase_add_test(cases, the_exempt_are_spared);
	tcase_add_test(cases, mail_comes_first);
	tcase_add_test(cases, soft_mode_greylists_and_observe_mode_does_not);
	tcase_add_test(cases, a_full_greylist_lets_pass);
	tcase_add_test(cases, a_first_try_before_the_boot);
	suite_add_tcase(suite, cases);
	return harness_run_suite(suite, NULL);
}
