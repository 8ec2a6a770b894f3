/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SYN-ACKs and complete refusals a second on one core: by the packet path, and SYN-ACKs by the
 * kernel's stack with SYN cookies. The clients are a program at the other end of a veth pair
 * (bench/replies.bpf.c), so the core does their work, too.
 * usage: replies [-r ROUNDS] [-t MILLISECONDS] [-o FILE.json]
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <check.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "suite.h"
#include "bench/replies.skel.h"
#include "link.h"
#include "replies.h"
#include "report.h"
#include "tests/packet/harness.h"

#define ROUNDS_MAX 25
#define AT_ONCE    128 /* connections; a veth's ring has 256 places */

struct options {
	unsigned int rounds, milliseconds;
	const char *output;
	char **command;
};

enum { SYN_ACK_MXDP, SYN_ACK_KERNEL, DIALOGUE_MXDP, CONTESTS };

static const char *const names[] = {"syn_ack_mxdp", "syn_ack_kernel", "dialogue_mxdp"};

struct bench {
	struct harness harness;
	struct bench_link link;
	struct replies_bpf *clients;
	double a_second[CONTESTS][ROUNDS_MAX];
	double program_ns[CONTESTS][ROUNDS_MAX]; /* of our program, for each */
	double ratio[ROUNDS_MAX];
	char why[CONTESTS][160]; /* it could not be measured */
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* All clients are refused, in the dialogue. */
static void refuse_all(struct bench *bench)
{
	char text[INET_ADDRSTRLEN];
	unsigned int i;

	harness_replies(&bench->harness);
	bench->harness.settings.sample_interval_ns = 100 * MILLISECOND;
	bench->harness.settings.reply_interfaces[0] = (uint32_t)bench->link.in;
	harness_configure(&bench->harness);
	for (i = 0; i < REPLIES_CLIENTS; i++) {
		struct in_addr address = {htonl(REPLIES_FIRST_CLIENT + i)};

		set_verdict(&bench->harness, inet_ntop(AF_INET, &address, text, sizeof(text)),
			    MXDP_ACTION_REJECT, 0);
	}
}

static void make_room(struct mxdp_bpf *skeleton)
{
	bpf_map__set_max_entries(skeleton->maps.verdicts4, 2 * REPLIES_CLIENTS);
	bpf_map__set_max_entries(skeleton->maps.proofs4, MXDP_PROOFS_MAX);
}

/* A server that the kernel answers for, by SYN cookies alone: nothing is stored for a SYN. */
static void open_server(void)
{
	const struct sockaddr_in here = {.sin_family = AF_INET,
					 .sin_port = htons(25),
					 .sin_addr.s_addr = htonl(REPLIES_SERVER)};
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* Fixed words: nothing of this comes from outside. */
	ck_assert_int_eq(system("echo 2 >/proc/sys/net/ipv4/tcp_syncookies && "
				"ip route add 198.18.0.0/15 via 198.51.100.1 dev in && "
				"ip neigh add 198.51.100.1 lladdr 02:00:00:00:00:02 dev in "
				"nud permanent"),
			 0);
	ck_assert_int_ge(server, 0);
	ck_assert_int_eq(bind(server, (const struct sockaddr *)&here, sizeof(here)), 0);
	ck_assert_int_eq(listen(server, 4096), 0);
}

static void attach(int interface, const struct bpf_program *program)
{
	ck_assert_int_eq(
		bpf_xdp_attach(interface, bpf_program__fd(program), XDP_FLAGS_DRV_MODE, NULL), 0);
}

static void open_all(struct bench *bench)
{
	int error = bench_link_open(&bench->link, 1);

	ck_assert_msg(!error, "no link: %s", strerror(-error));
	bench->clients = replies_bpf__open_and_load();
	ck_assert_ptr_nonnull(bench->clients);
	bench->clients->bss->out_ifindex = (uint32_t)bench->link.out;
	attach(bench->link.out, bench->clients->progs.client);
	harness_open(&bench->harness, make_room);
	refuse_all(bench);
	open_server();
}

/* The first packets of so many connections. */
static int begin(const struct bench *bench)
{
	uint8_t frame[64] = {0};
	struct xdp_md context = {.data_end = sizeof(frame)};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = sizeof(frame),
		    .ctx_in = &context, .ctx_size_in = sizeof(context), .repeat = AT_ONCE,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	return bpf_prog_test_run_opts(bpf_program__fd(bench->clients->progs.begin), &options)
		       ? -errno
		       : 0;
}

static uint64_t so_far(const struct bench *bench, int contest)
{
	const volatile __u64 *count = contest == DIALOGUE_MXDP ? &bench->clients->bss->dialogues
							       : &bench->clients->bss->syn_acks;

	return *count;
}

/* The time that our program has run. */
static double run_time_ns(const struct bench *bench)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(bench->harness.skeleton->progs.mxdp), &info,
				   &size))
		return 0;
	return (double)info.run_time_ns;
}

static double rate_for(const struct bench *bench, int contest, unsigned int milliseconds)
{
	uint64_t before = so_far(bench, contest);
	double start = now();

	usleep(milliseconds * 1000);
	return (double)(so_far(bench, contest) - before) / (now() - start);
}

/* A while longer, with the kernel's clock about our program: reading it is not free. */
static double time_for(const struct bench *bench, int contest, unsigned int milliseconds)
{
	int statistics = bpf_enable_stats(BPF_STATS_RUN_TIME);
	uint64_t before = so_far(bench, contest), count;
	double start_ns = run_time_ns(bench), spent_ns;

	usleep(milliseconds * 1000);
	count = so_far(bench, contest) - before;
	spent_ns = run_time_ns(bench) - start_ns;
	if (statistics >= 0)
		close(statistics);
	return count ? spent_ns / (double)count : 0;
}

/* Ends what goes round, and says how many connections still did. */
static uint64_t end(const struct bench *bench)
{
	const volatile __u64 *stopped = &bench->clients->bss->stopped;
	uint64_t before = *stopped;

	bench->clients->bss->stop = 1;
	usleep(50000);
	bench->clients->bss->stop = 0;
	return *stopped - before;
}

static void run(struct bench *bench, int contest, unsigned int round, unsigned int milliseconds)
{
	bool ours = contest != SYN_ACK_KERNEL;
	uint64_t left;
	int error;

	attach(bench->link.in,
	       ours ? bench->harness.skeleton->progs.mxdp : bench->clients->progs.pass);
	bench->clients->bss->talks = contest == DIALOGUE_MXDP;
	error = begin(bench);
	usleep(20000);
	bench->a_second[contest][round] = rate_for(bench, contest, milliseconds);
	if (ours)
		bench->program_ns[contest][round] = time_for(bench, contest, milliseconds / 4);
	left = end(bench);
	bpf_xdp_detach(bench->link.in, XDP_FLAGS_DRV_MODE, NULL);
	if (error)
		snprintf(bench->why[contest], sizeof(bench->why[contest]),
			 "live frames cannot be sent: %s", strerror(-error));
	else if (left < AT_ONCE / 2)
		snprintf(bench->why[contest], sizeof(bench->why[contest]),
			 "of %d connections at once only %llu were left, the others lost packets",
			 AT_ONCE, (unsigned long long)left);
}

static json_t *result_of(const struct bench *bench, int contest, unsigned int rounds)
{
	json_t *result;

	if (*bench->why[contest])
		return json_pack("{s:s, s:s}", "name", names[contest], "unmeasured",
				 bench->why[contest]);
	result = json_pack("{s:s, s:o}", "name", names[contest], "a_second",
			   report_spread(bench->a_second[contest], rounds));
	if (contest != SYN_ACK_KERNEL)
		json_object_set_new(result, "program_ns_each",
				    report_spread(bench->program_ns[contest], rounds));
	if (contest == SYN_ACK_MXDP && !*bench->why[SYN_ACK_KERNEL])
		json_object_set_new(result, "times_kernel", report_spread(bench->ratio, rounds));
	if (contest == SYN_ACK_MXDP)
		report_target(result, "a_second", true, 1e6);
	if (contest == DIALOGUE_MXDP)
		report_target(result, "a_second", true, 3e5);
	return result;
}

static int show(const struct bench *bench, const struct options *options)
{
	json_t *report = report_new("replies", options->command), *results = json_array();

	json_object_set_new(report, "rounds", json_integer(options->rounds));
	json_object_set_new(
		report, "conditions",
		json_string("the clients share the core: what is here is both sides' work"));
	for (int contest = 0; contest < CONTESTS; contest++) {
		json_array_append_new(results, result_of(bench, contest, options->rounds));
		printf("%-16s %10.0f a second, %6.0f ns each in our program%s%s\n", names[contest],
		       report_median(bench->a_second[contest], options->rounds),
		       report_median(bench->program_ns[contest], options->rounds),
		       *bench->why[contest] ? ": " : "", bench->why[contest]);
	}
	json_object_set_new(report, "results", results);
	return report_write(report, options->output);
}

static struct options options = {7, 1000, NULL, NULL};

/* As a test of Check's: what the harness asserts ends it with a message. */
START_TEST(each_contest)
{
	static struct bench bench;

	open_all(&bench);
	for (unsigned int round = 0; round < options.rounds; round++) {
		report_round("all contests", round, options.rounds);
		for (int contest = 0; contest < CONTESTS; contest++)
			run(&bench, contest, round, options.milliseconds);
		bench.ratio[round] = bench.a_second[SYN_ACK_MXDP][round] /
				     (bench.a_second[SYN_ACK_KERNEL][round] > 0
					      ? bench.a_second[SYN_ACK_KERNEL][round]
					      : 1);
	}
	ck_assert_int_eq(show(&bench, &options), 0);
	harness_close(&bench.harness);
	replies_bpf__destroy(bench.clients);
	bench_link_close(&bench.link);
}
END_TEST

static int read_options(int argc, char **argv)
{
	int option;

	options.command = argv;
	while ((option = getopt(argc, argv, "r:t:o:")) != -1) {
		if (option == 'r')
			options.rounds = (unsigned int)strtoul(optarg, NULL, 10);
		else if (option == 't')
			options.milliseconds = (unsigned int)strtoul(optarg, NULL, 10);
		else if (option == 'o')
			options.output = optarg;
		else
			return -1;
	}
	if (options.milliseconds >= 4 && options.rounds && options.rounds <= ROUNDS_MAX)
		return 0;
	fprintf(stderr, "replies: -t takes 4 or more, -r 1 to %d\n", ROUNDS_MAX);
	return -1;
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("replies");
	TCase *tests = tcase_create("replies");

	if (read_options(argc, argv))
		return 2;
	tcase_set_timeout(tests, 600);
	tcase_add_test(tests, each_contest);
	suite_add_tcase(suite, tests);
	return run_measurements(suite);
}
