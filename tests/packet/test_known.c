/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Floods in the names of clients that pass: over a limit each SYN is challenged, and the one whose
 * challenge was answered passes, no other of its address. Byte by byte, and on two CPUs.
 */
#include <bpf/bpf.h>
#include <check.h>
#include <pthread.h>
#include <string.h>

#include "client.h"
#include "flood.h"
#include "rings.h"

#define KNOWN_EPOCH     (1U << 30) /* as in the packet path */
#define CONNECTION_BITS 0x7fff0000U
#define FLOOD           200 /* SYNs */

#define HOUR (3600 * SECOND)

static struct harness harness;

static const char *client_of(const struct client_kind *kind)
{
	return kind->v6 ? "2001:db8::1" : "192.0.2.1";
}

static const char *neighbour_of(const struct client_kind *kind)
{
	return kind->v6 ? "2001:db8:0:9::2" : "192.0.2.2";
}

/* `count` at once, and then one an hour. */
static struct mxdp_rate rate(uint64_t count)
{
	return (struct mxdp_rate){HOUR, (count - 1) * HOUR};
}

static void limit_known(enum mxdp_scope scope, uint64_t count)
{
	memset(harness.settings.known, 0, sizeof(harness.settings.known));
	harness.settings.known[scope] = rate(count);
	harness_configure(&harness);
}

static void open_harness(void)
{
	harness_open(&harness, NULL);
	harness_replies(&harness);
	limit_known(MXDP_SCOPE_CLIENT, 1);
	for (int i = 0; i < 2; i++) {
		const struct client_kind *kind = &client_kinds[i ? 6 : 0];

		set_verdict(&harness, client_of(kind), MXDP_ACTION_PASS, 0);
		set_verdict(&harness, neighbour_of(kind), MXDP_ACTION_PASS, 0);
	}
}

static void close_harness(void)
{
	harness_close(&harness);
}

static uint32_t epoch_now(void)
{
	return (uint32_t)(mxdp_boottime_ns() >> MXDP_EPOCH_SHIFT);
}

/* The number that the client's SYN is asked for. */
static uint32_t number_of(const struct client *client, uint32_t epoch, uint32_t sequence)
{
	uint32_t stamp, cookie = client_cookie(client, epoch | KNOWN_EPOCH, &stamp);

	return (cookie & CONNECTION_BITS) | ((stamp ^ sequence ^ sequence >> 16) & 0xffff);
}

static struct answer send_syn(struct client *client, uint32_t sequence)
{
	return client_send_to(client, SYN, sequence, "", CLIENT_BARE_REPLY);
}

#define expect_syn(client, sequence, expected) \
	ck_assert_str_eq(counter_name(send_syn(client, sequence).counter), expected)
#define passes(client, sequence)     expect_syn(client, sequence, "verdict_pass")
#define challenged(client, sequence) expect_syn(client, sequence, "known_challenged")

/* A client whose limit is used up, and whose connection is not spared. */
static struct client client_over(const struct client_kind *kind)
{
	struct client client = client_new(&harness, kind);

	passes(&client, client.next);
	client.port++;
	client_choose_port(&client);
	return client;
}

START_TEST(a_syn_over_the_limit_becomes_a_challenge)
{
	struct client client = client_over(&client_kinds[_i]), plain = client;
	uint32_t before = epoch_now();
	struct answer answer = send_syn(&client, client.next);
	struct mxdp_event event;

	ck_assert_str_eq(counter_name(answer.counter), "known_challenged");
	ck_assert_uint_eq(answer.flags, SYN | ACK);
	ck_assert_uint_le(answer.frame, client.sent);
	/* Behind the SYN's own number, as firewalls like it. */
	ck_assert_uint_le(client.next - answer.acknowledged, CLIENT_NUMBER_BITS);
	answer.acknowledged &= CLIENT_NUMBER_BITS;
	ck_assert(answer.acknowledged == number_of(&plain, before, client.next) ||
		  answer.acknowledged == number_of(&plain, epoch_now(), client.next));
	/* It is no refusal, and nobody is told of one. */
	ck_assert(!take_event(harness.maps.samples, &event));
	ck_assert(!take_event(harness.maps.events, &event));
}
END_TEST

START_TEST(who_answers_passes_with_this_very_syn)
{
	struct client client = client_over(&client_kinds[_i]), other;
	const struct mxdp_address parsed = address(client_of(&client.kind));
	struct answer answer = send_syn(&client, client.next);
	struct mxdp_proof proof;

	/* The reset goes on to the server, which knows of nothing. */
	answer = client_send(&client, RST, answer.acknowledged, "");
	ck_assert_str_eq(counter_name(answer.counter), "established");
	ck_assert_uint_eq(COUNTED(known_answered), 1);
	ck_assert_int_ne(mxdp_proof_get(&harness.maps, &parsed, &proof), 0);

	passes(&client, client.next);
	passes(&client, client.next); /* should the server not have heard it */
	ck_assert_uint_eq(COUNTED(known_confirmed), 2);
	challenged(&client, client.next + 1);
	challenged(&client, client.next ^ 0x8000);
	other = client;
	other.port++;
	client_choose_port(&other);
	challenged(&other, other.next);
	passes(&client, client.next);
}
END_TEST

START_TEST(other_resets_answer_nothing)
{
	struct client client = client_over(&client_kinds[_i]), other = client;
	const uint32_t epoch = epoch_now(), number = number_of(&client, epoch, client.next);
	uint32_t wrong[6], stamp;

	challenged(&client, client.next);
	for (uint32_t bit = 0; bit < 31; bit++) {
		client_send(&client, RST, number ^ 1U << bit, "");
		challenged(&client, client.next);
	}
	other.port++;
	wrong[0] = number_of(&other, epoch, client.next);
	wrong[1] = number_of(&client, epoch - 2, client.next);
	wrong[2] = number_of(&client, epoch + 2, client.next);
	wrong[3] = client_number(&client, epoch); /* an unknown client's */
	wrong[4] = client_cookie(&client, epoch, &stamp);
	wrong[5] = 0;
	for (size_t i = 0; i < 6; i++) {
		client_send(&client, RST, wrong[i], "");
		challenged(&client, client.next);
	}
	client_send(&client, ACK, number, "");
	challenged(&client, client.next);
	ck_assert_uint_eq(COUNTED(known_confirmed), 0);
	client_send(&client, RST | ACK, number | ~CLIENT_NUMBER_BITS, "");
	passes(&client, client.next);
}
END_TEST

/* The answer to such a challenge proves no address: the numbers of these are others. */
START_TEST(an_answer_of_the_epoch_before_still_counts)
{
	struct client client = client_over(&client_kinds[_i]);

	client_send(&client, RST, number_of(&client, epoch_now() - 1, client.next), "");
	passes(&client, client.next);
}
END_TEST

/* A SYN from each of many ports, each another one. Returns how many passed. */
static unsigned int flood(struct client *client, unsigned int packets)
{
	unsigned int passed = 0;

	for (unsigned int i = 0; i < packets; i++, client->port++)
		passed += counter_verdict(send_syn(client, client->next + i).counter) == XDP_PASS;
	return passed;
}

START_TEST(the_mail_server_sees_the_limit_and_what_is_spared)
{
	struct client client = client_new(&harness, &client_kinds[_i]);

	limit_known(MXDP_SCOPE_CLIENT, 20);
	/* One more than the limit: spared is one an hour. */
	ck_assert_uint_eq(flood(&client, FLOOD), 21);
	ck_assert_uint_eq(COUNTED(known_spared), 1);
	ck_assert_uint_eq(COUNTED(known_over_client), FLOOD - 20);
	/* The verdict is what it was; it costs the client nothing when the flood is over. */
	harness.settings.known[MXDP_SCOPE_CLIENT] = (struct mxdp_rate){0};
	harness_configure(&harness);
	passes(&client, client.next);
}
END_TEST

/* While a flood goes on, not even one each interval passes; afterwards they do again. */
START_TEST(far_over_the_limit_nothing_passes_unanswered)
{
	struct client client = client_new(&harness, &client_kinds[_i]);
	struct mxdp_rates rates = {0};
	struct mxdp_prefix4 key4 = {.length = 32, .address = {192, 0, 2, 1}};
	struct mxdp_prefix6 key6 = {.length = 64, .address = {0x20, 0x01, 0x0d, 0xb8}};
	const bool v6 = client.kind.v6;
	const int map = v6 ? harness.maps.rates6 : harness.maps.rates4;
	const void *key = v6 ? (void *)&key6 : (void *)&key4;

	/* In debt: not only the two hours of the two that passed, but by no more than a third. */
	limit_known(MXDP_SCOPE_CLIENT, 2);
	flood(&client, FLOOD);
	ck_assert_int_eq(bpf_map_lookup_elem(map, key, &rates), 0);
	ck_assert_uint_gt(rates.known_ns, mxdp_boottime_ns() + 2 * HOUR);
	ck_assert_uint_le(rates.known_ns, mxdp_boottime_ns() + 3 * HOUR);
	client_choose_port(&client);
	rates.known_ns = mxdp_boottime_ns() + HOUR + SECOND * 60;
	ck_assert_int_eq(bpf_map_update_elem(map, key, &rates, BPF_ANY), 0);
	challenged(&client, client.next);
	rates.known_ns = mxdp_boottime_ns() - 1;
	ck_assert_int_eq(bpf_map_update_elem(map, key, &rates, BPF_ANY), 0);
	passes(&client, client.next);
}
END_TEST

START_TEST(networks_and_all_have_limits_of_their_own)
{
	struct client client = client_new(&harness, &client_kinds[_i]), other = client;

	other.from = neighbour_of(&client.kind);
	client_choose_port(&client);
	client_choose_port(&other);
	passes(&client, client.next);
	passes(&other, other.next); /* the client's limit is not its neighbour's */
	challenged(&client, client.next);

	limit_known(MXDP_SCOPE_NETWORK, 1);
	passes(&client, client.next);
	challenged(&other, other.next);
	ck_assert_uint_eq(COUNTED(known_over_network), 1);

	limit_known(MXDP_SCOPE_ALL, 1);
	passes(&other, other.next);
	challenged(&client, client.next);
	ck_assert_uint_eq(COUNTED(known_over_all), 1);
}
END_TEST

START_TEST(who_is_never_asked)
{
	const bool v6 = client_kinds[_i].v6;
	const struct mxdp_prefix protected[] = {prefix("192.0.2.3"), prefix("2001:db8:3::3")};
	const char *allowed = v6 ? "2001:db8:2::2" : "192.0.2.4";

	limit_known(MXDP_SCOPE_ALL, 1);
	set_verdict(&harness, allowed, MXDP_ACTION_PASS, 0);
	set_rule(&harness, allowed, MXDP_ACTION_PASS, 0);
	ck_assert_int_eq(mxdp_set_replace(&harness.maps, MXDP_SET_NEVER_BLOCK, protected, 2), 0);
	for (uint16_t port = 1000; port < 1050; port++) {
		expect(&harness, rule_allow, .v6 = v6, .from_port = port, .from = allowed);
		expect(&harness, never_block, .v6 = v6, .from_port = port,
		       .from = v6 ? "2001:db8:3::3" : "192.0.2.3");
		expect(&harness, submission_pass, .v6 = v6, .from_port = port, .port = 587);
		expect(&harness, established, .v6 = v6, .from_port = port, .flags = ACK);
	}
	/* Nor where nothing can be sent, be it here or in observe mode. */
	harness.settings.reply_interfaces[0] = 4711;
	harness_configure(&harness);
	for (uint16_t port = 1000; port < 1050; port++)
		expect(&harness, verdict_pass, .v6 = v6, .from_port = port);
	ck_assert_uint_eq(COUNTED(known_unanswered), 49);
}
END_TEST

START_TEST(observe_mode_only_counts)
{
	struct client client = client_over(&client_kinds[_i]);
	const struct frame_spec spec = {.v6 = client.kind.v6, .from_port = client.port};

	ck_assert_str_eq(counter_name(harness_observe(&harness, &spec)), "known_challenged");
}
END_TEST

START_TEST(challenges_keep_their_rate)
{
	struct client client = client_over(&client_kinds[_i]);

	harness.settings.challenges = (struct mxdp_rate){HOUR, 9 * HOUR};
	harness_configure(&harness);
	flood(&client, FLOOD);
	/* Ten for each CPU that the test ran on. */
	ck_assert_uint_ge(COUNTED(known_challenged), 10);
	ck_assert_uint_le(COUNTED(known_challenged), 10U * (unsigned)libbpf_num_possible_cpus());
	ck_assert_uint_ge(COUNTED(challenge_over), 1);
}
END_TEST

/* ---- two CPUs ---- */

static struct frame one_syn;

static void *send_many(void *context)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = one_syn.bytes,
		    .data_size_in = (uint32_t)one_syn.length, .repeat = 50000);

	if (move_to_cpu(*(const int *)context) ||
	    bpf_prog_test_run_opts(bpf_program__fd(harness.skeleton->progs.mxdp), &options))
		return context;
	return NULL;
}

START_TEST(two_cpus_share_one_limit)
{
	pthread_t threads[2];
	int cpus[2] = {0, 1};
	void *failed;

	/* No challenge takes the place of the packet, so that it can be sent again and again. */
	harness.settings.reply_interfaces[0] = 4711;
	limit_known(MXDP_SCOPE_CLIENT, 1000);
	build_frame(&(struct frame_spec){.v6 = _i}, &one_syn);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, send_many, &cpus[i]), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
		ck_assert_ptr_null(failed);
	}
	ck_assert_uint_eq(COUNTED(known_over_client), 100000 - 1000);
}
END_TEST

/* Whoever sends in a limited client's name uses up its limit, and not what it has for itself. */
START_TEST(a_limited_client_keeps_its_own_share)
{
	struct client client = client_new(&harness, &client_kinds[_i]), other;
	struct mxdp_event event;
	struct answer answer;

	harness.settings.limit_interval_ns = HOUR;
	harness.settings.limit_burst_ns = HOUR;
	limit_known(MXDP_SCOPE_CLIENT, 1000);
	set_verdict(&harness, client_of(&client.kind), MXDP_ACTION_LIMIT, 0);
	for (int i = 0; i < 2; i++, client.port++)
		expect_syn(&client, client.next, "limit_pass");
	for (int i = 0; i < FLOOD; i++, client.port++)
		challenged(&client, client.next);
	ck_assert(!take_event(harness.maps.samples, &event)); /* none of it a refusal */

	for (int i = 0; i < 3; i++, client.port++) {
		other = client;
		answer = send_syn(&client, client.next);
		ck_assert_str_eq(counter_name(answer.counter), "known_challenged");
		client_send(&client, RST, answer.acknowledged, "");
		expect_syn(&client, other.next, i < 2 ? "limit_pass" : "limit_drop");
		challenged(&client, other.next + 1);
	}
	harness.settings.reply_interfaces[0] = 4711;
	harness_configure(&harness);
	expect_syn(&client, client.next, "limit_drop");
}
END_TEST

int main(void)
{
	const int kinds = (int)client_kind_count;
	Suite *suite = suite_create("known");
	TCase *tests = tcase_create("floods in known names");

	tcase_add_checked_fixture(tests, open_harness, close_harness);
	tcase_add_loop_test(tests, a_syn_over_the_limit_becomes_a_challenge, 0, kinds);
	tcase_add_loop_test(tests, who_answers_passes_with_this_very_syn, 0, kinds);
	tcase_add_loop_test(tests, other_resets_answer_nothing, 0, kinds);
	tcase_add_loop_test(tests, an_answer_of_the_epoch_before_still_counts, 0, kinds);
	tcase_add_loop_test(tests, the_mail_server_sees_the_limit_and_what_is_spared, 0, kinds);
	tcase_add_loop_test(tests, far_over_the_limit_nothing_passes_unanswered, 0, kinds);
	tcase_add_loop_test(tests, networks_and_all_have_limits_of_their_own, 0, kinds);
	tcase_add_loop_test(tests, a_limited_client_keeps_its_own_share, 0, kinds);
	tcase_add_loop_test(tests, who_is_never_asked, 0, kinds);
	tcase_add_loop_test(tests, observe_mode_only_counts, 0, kinds);
	tcase_add_loop_test(tests, challenges_keep_their_rate, 0, kinds);
	tcase_add_loop_test(tests, two_cpus_share_one_limit, 0, 2);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
