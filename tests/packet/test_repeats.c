/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * At a flood's height: a SYN that comes again after a second passes, at a rate, and no other does.
 * Time passes in the table of SYNs seen, by hand.
 */
#include <bpf/bpf.h>
#include <check.h>
#include <unistd.h>

#include "client.h"
#include "flood.h"

#define REPEATS_EPOCH (1U << 29) /* as in the packet path, like these: */
#define TIME_SHIFT    27
#define TIME_BITS     0x3ffU
#define PLACES        (1U << 20)

/* Of the table's time, in units of 134 ms. A moment is less than TCP's first second. */
#define A_MOMENT 1
#define A_SECOND 8
#define A_MINUTE 440

static struct harness harness;

/* One CPU, and an epoch that lasts until the test is over: what is looked at is of this moment. */
static void open_height(void)
{
	while ((mxdp_boottime_ns() + 5 * SECOND) >> MXDP_EPOCH_SHIFT !=
	       mxdp_boottime_ns() >> MXDP_EPOCH_SHIFT)
		usleep(100000);
	harness_open(&harness, NULL);
	flood_begin(&harness, 50000);
}

static void close_harness(void)
{
	harness_close(&harness);
}

static int table(void)
{
	return bpf_map__fd(harness.skeleton->maps.syns_seen);
}

/* Two marks share an element. */
struct place {
	uint32_t element, mark;
	uint32_t marks[2];
};

static struct place place_of(const struct client *client)
{
	uint32_t epoch = (uint32_t)(mxdp_boottime_ns() >> MXDP_EPOCH_SHIFT), stamp;
	uint32_t number = client_cookie(client, epoch | REPEATS_EPOCH, &stamp) % PLACES;
	struct place place = {.element = number / 2, .mark = number % 2};

	ck_assert_int_eq(bpf_map_lookup_elem(table(), &place.element, place.marks), 0);
	return place;
}

static uint32_t mark_of(const struct client *client)
{
	struct place place = place_of(client);

	return place.marks[place.mark];
}

static void set_mark(const struct client *client, uint32_t mark)
{
	struct place place = place_of(client);

	place.marks[place.mark] = mark;
	ck_assert_int_eq(bpf_map_update_elem(table(), &place.element, place.marks, 0), 0);
}

/* The client's SYN was sent so long ago. */
static void let_pass(const struct client *client, uint32_t units)
{
	const uint32_t mark = mark_of(client);

	ck_assert_uint_ne(mark, 0);
	set_mark(client, (mark & ~TIME_BITS) | ((mark - units) & TIME_BITS));
}

#define expect_syn(client, sequence, expected)                                                 \
	ck_assert_str_eq(                                                                      \
		counter_name(                                                                  \
			client_send_to(client, SYN, sequence, "", CLIENT_BARE_REPLY).counter), \
		expected)
#define passes(client, sequence)     expect_syn(client, sequence, "challenge_spared")
#define challenged(client, sequence) expect_syn(client, sequence, "challenge_sent")

START_TEST(the_same_syn_a_second_later_passes)
{
	static const struct {
		uint32_t units;
		bool passes;
	} cases[] = {{0, false}, {A_MOMENT, false}, {A_SECOND, true}, {A_MINUTE, true}};
	struct client client = client_new(&harness, &client_kinds[_i]);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++, client.port++) {
		challenged(&client, client.next);
		let_pass(&client, cases[i].units);
		if (cases[i].passes)
			passes(&client, client.next);
		else
			challenged(&client, client.next);
	}
	ck_assert_uint_eq(COUNTED(repeats_spared), 2);
	ck_assert_uint_eq(COUNTED(repeats_over), 0);
}
END_TEST

/* Should its way to the server be lossy: a second later once more, and not before. */
START_TEST(it_passes_once_a_second)
{
	struct client client = client_new(&harness, &client_kinds[_i]);

	challenged(&client, client.next);
	for (int i = 0; i < 3; i++) {
		let_pass(&client, A_SECOND);
		passes(&client, client.next);
		challenged(&client, client.next);
		let_pass(&client, A_MOMENT);
		challenged(&client, client.next);
	}
}
END_TEST

START_TEST(no_other_syn_passes)
{
	static const uint32_t changes[] = {1, 2, 1 << 9, 1 << 10, 1 << 21, 1U << 31};
	struct client client = client_new(&harness, &client_kinds[_i]), other = client;
	uint32_t mark;

	challenged(&client, client.next);
	let_pass(&client, A_SECOND);
	mark = mark_of(&client);
	other.port++;
	challenged(&other, client.next);
	other = client;
	other.from = client.kind.v6 ? "2001:db8::2" : "192.0.2.2";
	challenged(&other, client.next);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		set_mark(&client, mark);
		challenged(&client, client.next ^ changes[i]);
	}
	set_mark(&client, mark);
	passes(&client, client.next);
}
END_TEST

/* What fills the table does not drive out who is there, and nobody owns a place for long. */
START_TEST(a_place_is_kept_for_a_second)
{
	static const uint32_t foreign = 0x5a5a5c00;
	struct client client = client_new(&harness, &client_kinds[_i]);
	uint32_t now;

	challenged(&client, client.next);
	now = mark_of(&client) & TIME_BITS;
	set_mark(&client, foreign | ((now - A_MOMENT) & TIME_BITS));
	challenged(&client, client.next);
	ck_assert_uint_eq(mark_of(&client) & ~TIME_BITS, foreign);
	set_mark(&client, foreign | ((now - A_SECOND - A_MOMENT) & TIME_BITS));
	challenged(&client, client.next);
	ck_assert_uint_ne(mark_of(&client) & ~TIME_BITS, foreign);
	let_pass(&client, A_SECOND);
	passes(&client, client.next);
}
END_TEST

/* Who sends each SYN twice: a fiftieth of flood.leave a second. */
START_TEST(a_flood_of_pairs_gains_no_more_than_the_rate)
{
	enum { PAIRS = 100, RATE = 10 };
	struct client client = client_new(&harness, &client_kinds[_i]);
	uint64_t began, seconds;
	uint16_t first = client.port;

	harness.settings.flood_leave = 50 * RATE;
	harness_configure(&harness);
	for (int i = 0; i < PAIRS; i++, client.port++) {
		challenged(&client, client.next);
		let_pass(&client, A_SECOND);
	}
	began = mxdp_boottime_ns();
	client.port = first;
	for (int i = 0; i < PAIRS; i++, client.port++)
		client_send_to(&client, SYN, client.next, "", CLIENT_BARE_REPLY);
	seconds = (mxdp_boottime_ns() - began) / SECOND + 1;
	ck_assert_uint_ge(COUNTED(repeats_spared), RATE);
	ck_assert_uint_le(COUNTED(repeats_spared), RATE + seconds * RATE);
	/* Two of them may have the same place in the table. */
	ck_assert_uint_ge(COUNTED(repeats_spared) + COUNTED(repeats_over), PAIRS - 2);
	ck_assert_uint_le(COUNTED(repeats_spared) + COUNTED(repeats_over), PAIRS);
	ck_assert_uint_eq(COUNTED(challenge_spared), COUNTED(repeats_spared));
}
END_TEST

START_TEST(nothing_is_kept_by_address)
{
	struct client client = client_new(&harness, &client_kinds[_i]);

	challenged(&client, client.next);
	let_pass(&client, A_SECOND);
	passes(&client, client.next);
	flood_left_nothing(&harness);
}
END_TEST

int main(void)
{
	const int kinds = (int)client_kind_count;
	Suite *suite = suite_create("repeats");
	TCase *tests = tcase_create("repeats");

	tcase_set_timeout(tests, 30);
	tcase_add_checked_fixture(tests, open_height, close_harness);
	tcase_add_loop_test(tests, the_same_syn_a_second_later_passes, 0, kinds);
	tcase_add_loop_test(tests, it_passes_once_a_second, 0, kinds);
	tcase_add_loop_test(tests, no_other_syn_passes, 0, kinds);
	tcase_add_loop_test(tests, a_place_is_kept_for_a_second, 0, kinds);
	tcase_add_loop_test(tests, a_flood_of_pairs_gains_no_more_than_the_rate, 0, kinds);
	tcase_add_loop_test(tests, nothing_is_kept_by_address, 0, kinds);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
