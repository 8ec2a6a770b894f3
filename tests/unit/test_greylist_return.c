/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who came back after a greylisting, over maps of one's own: proofs, trust, restoring, forgetting.
 * Time goes by when an entry's first try is moved back.
 */
#include <bpf/bpf.h>
#include <check.h>
#include <string.h>
#include <time.h>

#include "directory.h"
#include "kernel_maps.h"
#include "userspace/greylist/greylist.h"
#include "tests/addresses.h"
#include "tests/suite.h"

#define SECOND   1000000000LL
#define CLIENT4  "192.0.2.1"
#define CLIENT6  "2001:db8::1"
#define NETWORK4 "192.0.2.0/24"
#define NETWORK6 "2001:db8::/64"
#define PLACES   64

static uv_loop_t loop;
static struct mxdp_maps maps;
static struct mxdp_greylist *greylist;
static struct mxdp_config config;
static unsigned int returns;

static void on_return(void *context, const struct mxdp_address *client)
{
	(void)context;
	(void)client;
	returns++;
}

static void start(void)
{
	ck_assert_int_eq(mxdp_greylist_new(&loop, &maps, &config, &greylist), 0);
	mxdp_greylist_on_return(greylist, on_return, NULL);
}

static void stop(void)
{
	mxdp_greylist_free(greylist);
	uv_run(&loop, UV_RUN_DEFAULT);
}

static void make_networks(void)
{
	maps.greylist4 = make_hash("greylist4", sizeof(struct mxdp_prefix4),
				   sizeof(struct mxdp_greylisting), PLACES);
	maps.greylist6 = make_hash("greylist6", sizeof(struct mxdp_prefix6),
				   sizeof(struct mxdp_greylisting), PLACES);
}

static void set_up(void)
{
	make_directory();
	make_networks();
	make_verdicts(&maps, PLACES);
	maps.proofs4 = make_hash("proofs4", sizeof(struct mxdp_client4), sizeof(struct mxdp_proof),
				 PLACES);
	maps.proofs6 = make_hash("proofs6", sizeof(struct mxdp_client6), sizeof(struct mxdp_proof),
				 PLACES);
	maps.counters = -1;
	config = (struct mxdp_config){
		.state_directory = directory,
		.greylist = {.at = MXDP_GREYLIST_XDP,
			     .delay = 300,
			     .window = 14400,
			     .prefix4 = 24,
			     .prefix6 = 64,
			     .trust = 86400,
			     .score = -1},
	};
	uv_loop_init(&loop);
	start();
}

static void tear_down(void)
{
	stop();
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	remove_directory();
}

/* A network's first try was so many seconds ago. */
static void tried(const char *network, int64_t ago)
{
	struct mxdp_greylisting entry = {.tries = 1};
	struct mxdp_prefix key = prefix_of(network);

	entry.first_seen_ns = entry.last_try_ns = mxdp_boottime_ns() - (uint64_t)(ago * SECOND);
	mxdp_greylist_delete(&maps, &key);
	ck_assert_int_eq(mxdp_greylist_set(&maps, &key, &entry, true), 0);
}

static void judged(const char *client, enum mxdp_action action)
{
	struct mxdp_prefix key = prefix_of(client);
	struct mxdp_verdict verdict = {.action = action};

	ck_assert_int_eq(mxdp_verdict_set(&maps, &key, &verdict), 0);
}

static bool came_back(const char *client)
{
	struct mxdp_address from = address(client);

	return mxdp_greylist_came_back(greylist, &from);
}

static bool has_evidence(const char *client, int64_t later)
{
	struct mxdp_address from = address(client);
	struct mxdp_evidence evidence;

	if (!mxdp_greylist_evidence(greylist, &from, time(NULL) + later, &evidence))
		return false;
	ck_assert_int_eq(evidence.class, MXDP_EVIDENCE_RETURNED);
	ck_assert_double_eq(evidence.score, -1);
	ck_assert(mxdp_prefix_contains(&evidence.key, &from));
	ck_assert_str_eq(evidence.source, "greylist");
	return true;
}

static const struct {
	const char *what;
	int64_t ago; /* < 0: never tried */
	enum mxdp_action action;
	bool back;
} visits[] = {
	{"never greylisted", -1, MXDP_ACTION_GREYLIST, false},
	{"too early", 200, MXDP_ACTION_GREYLIST, false},
	{"in time", 400, MXDP_ACTION_GREYLIST, true},
	{"too late", 15000, MXDP_ACTION_GREYLIST, false},
	{"another of its network was greylisted", 400, MXDP_ACTION_PASS, false},
};

START_TEST(a_proved_client_has_come_back_when_it_was_greylisted_in_time)
{
	static const char *const clients[] = {CLIENT4, CLIENT6};
	static const char *const networks[] = {NETWORK4, NETWORK6};

	for (int i = 0; i < 2; i++) {
		if (visits[_i].ago >= 0)
			tried(networks[i], visits[_i].ago);
		judged(clients[i], visits[_i].action);
		ck_assert_msg(came_back(clients[i]) == visits[_i].back, "%s", visits[_i].what);
		ck_assert_msg(has_evidence(clients[i], 0) == visits[_i].back, "%s",
			      visits[_i].what);
	}
}
END_TEST

START_TEST(trust_is_the_networks_in_ipv4_and_the_hosts_in_ipv6)
{
	tried(NETWORK4, 400);
	tried(NETWORK6, 400);
	judged(CLIENT4, MXDP_ACTION_GREYLIST);
	judged(CLIENT6, MXDP_ACTION_GREYLIST);
	ck_assert(came_back(CLIENT4));
	ck_assert(came_back(CLIENT6));
	ck_assert(has_evidence("192.0.2.99", 0));
	ck_assert(!has_evidence("192.0.3.1", 0));
	ck_assert(has_evidence(CLIENT6, 0));
	ck_assert(!has_evidence("2001:db8::2", 0));
	/* It ends. */
	ck_assert(has_evidence(CLIENT4, 86000));
	ck_assert(!has_evidence(CLIENT4, 86401));
}
END_TEST

static void prove(const char *client, uint64_t reset_ns, uint64_t handshake_ns)
{
	struct mxdp_client4 key;
	struct mxdp_address from = address(client);
	struct mxdp_proof proof = {.reset_ns = reset_ns, .handshake_ns = handshake_ns};

	memcpy(key.address, from.bytes + 12, sizeof(key.address));
	ck_assert_int_eq(bpf_map_update_elem(maps.proofs4, &key, &proof, BPF_ANY), 0);
}

static void run_for(uint64_t milliseconds)
{
	uint64_t end = uv_hrtime() + milliseconds * 1000000;

	while (uv_hrtime() < end)
		uv_run(&loop, UV_RUN_ONCE);
}

START_TEST(who_is_let_through_has_come_back_once_it_is_proved)
{
	uint64_t now = mxdp_boottime_ns();
	struct mxdp_address client = address(CLIENT4);

	tried(NETWORK4, 400);
	judged(CLIENT4, MXDP_ACTION_GREYLIST);
	/*
	 * An older proof, of its first visit, says nothing; nor does a reset, which a host sends
	 * that knows of no visit at all.
	 */
	prove(CLIENT4, now + 1, now - 400 * SECOND);
	mxdp_greylist_let_through(greylist, &client, now);
	run_for(1200);
	ck_assert_uint_eq(returns, 0);
	ck_assert(!has_evidence(CLIENT4, 0));
	prove(CLIENT4, 0, now + 1);
	while (!returns)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert(has_evidence(CLIENT4, 0));
}
END_TEST

static void count_rows(void *context, const struct mxdp_greylist_row *row)
{
	++((unsigned int *)context)[row->kind];
}

/* The maps are gone, as after a reboot: the file alone knows. */
START_TEST(what_was_is_known_at_the_next_start)
{
	unsigned int rows[MXDP_GREYLIST_KIND_COUNT] = {0};
	struct mxdp_address client = address("198.51.100.1");
	struct mxdp_prefix key = prefix_of("192.0.3.0/24");
	struct mxdp_greylisting entry;

	tried(NETWORK4, 400);
	tried("192.0.3.0/24", 400);
	tried("192.0.4.0/24", 15000);
	judged(CLIENT4, MXDP_ACTION_GREYLIST);
	ck_assert(came_back(CLIENT4));
	ck_assert_uint_eq(mxdp_greylist_triplet(greylist, &client, "a@b", "c@d"), 300);
	stop();
	make_networks();
	start();
	ck_assert(has_evidence(CLIENT4, 0));
	ck_assert_int_eq(mxdp_greylist_get(&maps, &key, &entry), 0);
	ck_assert_int_ge((int64_t)(mxdp_boottime_ns() - entry.first_seen_ns), 399 * SECOND);
	ck_assert_int_le((int64_t)(mxdp_boottime_ns() - entry.first_seen_ns), 402 * SECOND);
	mxdp_greylist_list(greylist, NULL, count_rows, rows);
	ck_assert_uint_eq(rows[MXDP_GREYLIST_NETWORK], 2);
	ck_assert_uint_eq(rows[MXDP_GREYLIST_TRIPLET], 1);
	ck_assert_uint_eq(rows[MXDP_GREYLIST_RETURNED], 1);
	ck_assert_uint_le(mxdp_greylist_triplet(greylist, &client, "a@b", "c@d"), 300);
	mxdp_greylist_list(greylist, NULL, count_rows, rows);
	ck_assert_uint_eq(rows[MXDP_GREYLIST_TRIPLET], 2); /* the same one, counted again */
}
END_TEST

START_TEST(what_is_forgotten_stays_forgotten)
{
	struct mxdp_prefix host = prefix_of(CLIENT4), other = prefix_of("198.51.100.0/24");

	tried(NETWORK4, 400);
	judged(CLIENT4, MXDP_ACTION_GREYLIST);
	ck_assert(came_back(CLIENT4));
	ck_assert_int_eq(mxdp_greylist_forget(greylist, &other), 0);
	ck_assert_int_eq(mxdp_greylist_forget(greylist, &host), 2);
	ck_assert(!has_evidence(CLIENT4, 0));
	ck_assert(!came_back(CLIENT4));
	stop();
	start();
	ck_assert(!has_evidence(CLIENT4, 0));
	ck_assert_int_eq(mxdp_greylist_forget(greylist, &host), 0);
}
END_TEST

START_TEST(without_a_greylist_nothing_happens)
{
	struct mxdp_address client = address(CLIENT4);
	struct mxdp_prefix host = prefix_of(CLIENT4);
	struct mxdp_greylist_stats stats;
	struct mxdp_evidence evidence;

	ck_assert(!mxdp_greylist_came_back(NULL, &client));
	ck_assert(!mxdp_greylist_evidence(NULL, &client, 0, &evidence));
	ck_assert_uint_eq(mxdp_greylist_triplet(NULL, &client, "", ""), 0);
	ck_assert_int_eq(mxdp_greylist_forget(NULL, &host), 0);
	mxdp_greylist_let_through(NULL, &client, 1);
	mxdp_greylist_stats(NULL, &stats);
	ck_assert_uint_eq(stats.networks, 0);
	mxdp_greylist_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("greylist return");
	TCase *cases = tcase_create("return");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_loop_test(cases, a_proved_client_has_come_back_when_it_was_greylisted_in_time, 0,
			    sizeof(visits) / sizeof(visits[0]));
	tcase_add_test(cases, trust_is_the_networks_in_ipv4_and_the_hosts_in_ipv6);
	tcase_add_test(cases, who_is_let_through_has_come_back_once_it_is_proved);
	tcase_add_test(cases, what_was_is_known_at_the_next_start);
	tcase_add_test(cases, what_is_forgotten_stays_forgotten);
	tcase_add_test(cases, without_a_greylist_nothing_happens);
	suite_add_tcase(suite, cases);
	return run_suite(suite);
}
