/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Swaps of generations under traffic: every packet is judged by one whole generation, nothing is
 * left of the old ones, and a publisher that is killed does no harm.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "swap_watch.h"
#include "tests/packet/swap_watch.skel.h"
#include "tests/unit/snapshot_reference.h"
#include "tests/suite.h"

#define SWAPS  100
#define KILLS  40
#define REPEAT (1u << 18)

static struct swap_watch_bpf *skeleton;

static int feeds(void)
{
	return bpf_map__fd(skeleton->maps.feeds4);
}

/* All hosts, of the generation's class. */
static struct mxdp_snapshot build(uint64_t generation)
{
	struct mxdp_snapshot_builder *builder;
	struct mxdp_snapshot snapshot;

	ck_assert_int_eq(mxdp_snapshot_builder_new(&builder), 0);
	for (uint32_t i = 0; i < SWAP_HOSTS; i++) {
		struct mxdp_prefix host = {reference_v4(i * SWAP_STRIDE), 32};

		if (mxdp_snapshot_add(builder, &host, SWAP_CLASS(generation), 0))
			ck_abort_msg("a host was refused");
	}
	ck_assert_int_eq(mxdp_snapshot_build4(builder, generation, &snapshot), 0);
	ck_assert_uint_gt(snapshot.count, MXDP_SNAPSHOT_CHUNK_LINES);
	mxdp_snapshot_builder_free(builder);
	return snapshot;
}

struct traffic {
	bool stop;
	int error;
	uint64_t packets, ns;
};

static void send_packets(struct traffic *traffic)
{
	uint8_t packet[64] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = REPEAT);

	if (bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.watch), &options))
		traffic->error = -errno;
	traffic->packets += REPEAT;
	traffic->ns += (uint64_t)options.duration * REPEAT;
}

static void *keep_sending(void *context)
{
	struct traffic *traffic = context;

	while (!__atomic_load_n(&traffic->stop, __ATOMIC_ACQUIRE) && !traffic->error)
		send_packets(traffic);
	return NULL;
}

static void check_count(const struct traffic *traffic)
{
	const struct swap_count *count = &skeleton->bss->swap_count;

	ck_assert_int_eq(traffic->error, 0);
	ck_assert_uint_eq(count->nothing, 0);
	ck_assert_uint_eq(count->missing, 0);
	ck_assert_uint_eq(count->mixed, 0);
	ck_assert_uint_eq(count->wrongly, 0);
	ck_assert_uint_eq(count->listed + count->clean, traffic->packets);
	ck_assert_uint_gt(count->listed, traffic->packets / 3);
}

static void show_rate(const struct traffic *traffic)
{
	printf("# %llu packets at %.1f million a second\n", (unsigned long long)traffic->packets,
	       (double)traffic->packets * 1e3 / (double)traffic->ns);
}

/* The numbers of the maps in feeds4. */
static size_t list_maps(uint32_t numbers[MXDP_SNAPSHOT_PLACES])
{
	size_t count = 0;

	for (uint32_t place = 1; place < MXDP_SNAPSHOT_PLACES; place++)
		if (!bpf_map_lookup_elem(feeds(), &place, &numbers[count]))
			count++;
	return count;
}

static bool is_alive(uint32_t number)
{
	int fd = bpf_map_get_fd_by_id(number);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The kernel frees a map some time after its last user has gone. */
static bool dies(uint32_t number)
{
	const struct timespec pause = {.tv_nsec = 20000000};

	for (int i = 0; i < 500 && is_alive(number); i++)
		nanosleep(&pause, NULL);
	return !is_alive(number);
}

static size_t count_files(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static size_t count_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	size_t count = 0;

	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof(line), maps))
		count += strstr(line, "bpf-map") != NULL;
	fclose(maps);
	return count;
}

/* A swap as the daemon does it: the new generation mapped, the one before let go. */
static void swap(struct mxdp_snapshot *snapshot, uint64_t generation, struct mxdp_snapshot_map *map)
{
	struct mxdp_snapshot_map next;

	snapshot->lines[0].header.generation = generation;
	ck_assert_int_eq(mxdp_snapshot_publish(feeds(), snapshot, &next), 0);
	mxdp_snapshot_release(feeds());
	mxdp_snapshot_close(map);
	*map = next;
}

START_TEST(a_hundred_swaps_under_traffic)
{
	/* Generations of three classes in turn. */
	struct mxdp_snapshot snapshots[3] = {build(1), build(2), build(3)};
	static uint32_t numbers[SWAPS + 1][MXDP_SNAPSHOT_PLACES];
	size_t files, mappings, used;
	struct traffic traffic = {false};
	struct mxdp_snapshot_map map = {0};
	pthread_t thread;

	swap(&snapshots[0], 1, &map);
	used = list_maps(numbers[0]);
	files = count_files();
	mappings = count_mappings();
	ck_assert_int_eq(pthread_create(&thread, NULL, keep_sending, &traffic), 0);
	for (unsigned int i = 1; i <= SWAPS; i++) {
		swap(&snapshots[i % 3], i % 3 + 1 + 200 * (i % 2), &map);
		ck_assert_uint_eq(list_maps(numbers[i]), used);
	}
	__atomic_store_n(&traffic.stop, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	check_count(&traffic);
	show_rate(&traffic);
	for (unsigned int i = 0; i < 3; i++)
		ck_assert_uint_gt(skeleton->bss->swap_count.generations[i + 1], 0);
	for (unsigned int i = 0; i < SWAPS; i++)
		for (size_t j = 0; j < used; j++)
			ck_assert_msg(dies(numbers[i][j]), "a map of swap %u is still there", i);
	ck_assert_uint_eq(count_files(), files);
	ck_assert_uint_eq(count_mappings(), mappings);
	mxdp_snapshot_close(&map);
	for (unsigned int i = 0; i < 3; i++)
		mxdp_snapshot_free(&snapshots[i]);
}
END_TEST

/* A publisher that swaps until it is killed. */
static pid_t start_publisher(struct mxdp_snapshot snapshots[2])
{
	pid_t pid = fork();

	for (unsigned int i = 0; pid == 0; i++) {
		if (mxdp_snapshot_publish(feeds(), &snapshots[i % 2], NULL))
			_exit(1);
		mxdp_snapshot_release(feeds());
	}
	ck_assert_int_gt(pid, 0);
	return pid;
}

START_TEST(a_publisher_that_is_killed_does_no_harm)
{
	struct mxdp_snapshot snapshots[2] = {build(1), build(2)};
	uint32_t numbers[MXDP_SNAPSHOT_PLACES];
	struct traffic traffic = {false};
	uint64_t random = 42;
	size_t used;

	ck_assert_int_eq(mxdp_snapshot_publish(feeds(), &snapshots[0], NULL), 0);
	used = list_maps(numbers);
	for (unsigned int i = 0; i < KILLS; i++) {
		pid_t pid = start_publisher(snapshots);
		struct timespec pause = {.tv_nsec = (long)(reference_random(&random) % 150000000)};
		int status;

		nanosleep(&pause, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		ck_assert(WIFSIGNALED(status));
		send_packets(&traffic);
		if (i % 2) {
			/* What comes next cleans up. */
			ck_assert_int_eq(
				mxdp_snapshot_publish(feeds(), &snapshots[i / 2 % 2], NULL), 0);
			mxdp_snapshot_release(feeds());
			ck_assert_uint_eq(list_maps(numbers), used);
			send_packets(&traffic);
		}
	}
	check_count(&traffic);
	mxdp_snapshot_free(&snapshots[0]);
	mxdp_snapshot_free(&snapshots[1]);
}
END_TEST

static void set_up(void)
{
	skeleton = swap_watch_bpf__open_and_load();
	ck_assert_ptr_nonnull(skeleton);
}

static void tear_down(void)
{
	swap_watch_bpf__destroy(skeleton);
}

int main(void)
{
	Suite *suite = suite_create("snapshot swaps");
	TCase *tests = tcase_create("swaps");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 240);
	tcase_add_test(tests, a_hundred_swaps_under_traffic);
	tcase_add_test(tests, a_publisher_that_is_killed_does_no_harm);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
