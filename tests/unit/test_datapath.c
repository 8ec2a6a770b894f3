/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What survives the daemon, and is it the same afterwards? Attach, restart, upgrade and removal on
 * veth pairs in a network namespace, with a bpffs, of the test's own.
 */
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "userspace/datapath/datapath.h"
#include "userspace/datapath/link.h"
#include "tests/suite.h"

#define PINS "/sys/fs/bpf/mxdp-test"

static char *interfaces[] = {"outer0", "outer1"};
static struct mxdp_config config;
static struct mxdp_datapath *datapath;

/* Every test runs in a process of its own, so its namespaces go with it. */
static void private_world(void)
{
	config = (struct mxdp_config){
		.interface_count = 1,
		.interfaces = interfaces,
		.attach_mode = MXDP_ATTACH_AUTO,
		.pin_directory = PINS,
		.verdicts_max = 64,
	};
	ck_assert_int_eq(unshare(CLONE_NEWNET | CLONE_NEWNS), 0);
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL), 0);
	ck_assert_int_eq(system("ip link add outer0 type veth peer name inner0 &&"
				"ip link add outer1 type veth peer name inner1"),
			 0);
	mxdp_log_open(MXDP_LOG_ERROR);
}

/* The id of the program on an interface, 0 for none. */
static uint32_t program_on(const char *interface)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	ck_assert_int_eq(bpf_xdp_query((int)if_nametoindex(interface), 0, &query), 0);
	return query.prog_id;
}

static const struct mxdp_attachment *start(const char *since)
{
	const struct mxdp_attachment *attachments;

	ck_assert_int_eq(mxdp_datapath_open(&config, &datapath), 0);
	ck_assert_int_eq(mxdp_datapath_attach(datapath, &config), 0);
	ck_assert_uint_eq(mxdp_datapath_attachments(datapath, &attachments),
			  config.interface_count);
	ck_assert_str_eq(attachments[0].since, since);
	ck_assert(mxdp_datapath_intact(datapath, &config));
	return attachments;
}

START_TEST(program_and_verdicts_survive_the_daemon)
{
	struct mxdp_verdict verdict = {.action = MXDP_ACTION_DROP, .score = 7};
	struct mxdp_address address;
	struct mxdp_prefix key, found;
	uint32_t program;

	mxdp_address_parse("192.0.2.66", &address);
	key = mxdp_prefix_host(&address);
	start("attached");
	ck_assert_int_eq(mxdp_verdict_set(mxdp_datapath_maps(datapath), &key, &verdict), 0);
	mxdp_datapath_close(datapath);
	program = program_on("outer0");
	ck_assert_uint_ne(program, 0);

	start("adopted");
	ck_assert_uint_eq(program_on("outer0"), program);
	memset(&verdict, 0, sizeof(verdict));
	ck_assert_int_eq(
		mxdp_verdict_match(mxdp_datapath_maps(datapath), &address, &found, &verdict), 0);
	ck_assert_int_eq(verdict.action, MXDP_ACTION_DROP);
	ck_assert_int_eq(verdict.score, 7);
	mxdp_datapath_close(datapath);
}
END_TEST

/* The same code on other maps must not go on judging by the old ones. */
START_TEST(a_program_on_other_maps_is_replaced_in_place)
{
	uint32_t program;

	start("attached");
	mxdp_datapath_close(datapath);
	program = program_on("outer0");
	ck_assert_int_eq(system("rm " PINS "/settings " PINS "/verdicts4"), 0);
	start("replaced");
	ck_assert_uint_ne(program_on("outer0"), program);
	ck_assert_uint_ne(program_on("outer0"), 0);
	mxdp_datapath_close(datapath);
}
END_TEST

START_TEST(an_interface_no_longer_configured_is_detached)
{
	config.interface_count = 2;
	start("attached");
	ck_assert_uint_ne(program_on("outer1"), 0);
	config.interface_count = 1;
	ck_assert_int_eq(mxdp_datapath_attach(datapath, &config), 0);
	ck_assert_uint_eq(program_on("outer1"), 0);
	ck_assert_uint_ne(program_on("outer0"), 0);
	mxdp_datapath_close(datapath);
}
END_TEST

START_TEST(an_interface_that_went_away_and_came_back_is_noticed)
{
	start("attached");
	ck_assert_int_eq(system("ip link del outer0 && "
				"ip link add outer0 type veth peer name inner0"),
			 0);
	ck_assert(!mxdp_datapath_intact(datapath, &config));
	ck_assert_int_eq(mxdp_datapath_attach(datapath, &config), 0);
	ck_assert(mxdp_datapath_intact(datapath, &config));
	mxdp_datapath_close(datapath);
}
END_TEST

START_TEST(the_mode_is_the_one_asked_for)
{
	config.attach_mode = MXDP_ATTACH_GENERIC;
	ck_assert(!start("attached")[0].native);
	mxdp_datapath_close(datapath);
	config.attach_mode = MXDP_ATTACH_NATIVE;
	ck_assert(start("attached")[0].native);
	mxdp_datapath_close(datapath);
}
END_TEST

/* Any program will do; in `mode`. */
static void pass_on(const char *interface, uint32_t mode)
{
	const struct bpf_insn pass[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 2},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int program = bpf_prog_load(BPF_PROG_TYPE_XDP, "pass", "GPL", pass, 2, NULL);

	ck_assert_int_ge(program, 0);
	ck_assert_int_eq(bpf_xdp_attach((int)if_nametoindex(interface), program, mode, NULL), 0);
	close(program);
}

static bool answers(int ifindex)
{
	struct mxdp_settings settings;

	ck_assert_int_eq(mxdp_settings_read(mxdp_datapath_maps(datapath), &settings), 0);
	for (int i = 0; i < MXDP_REPLY_INTERFACES_MAX; i++)
		if (settings.reply_interfaces[i] == (uint32_t)ifindex)
			return true;
	return false;
}

static bool says_why(const struct mxdp_attachment *attachment, const char *words)
{
	ck_assert_int_eq(mxdp_datapath_watch_replies(datapath), 0);
	ck_assert_int_eq(answers(attachment->ifindex), !words);
	return words ? attachment->no_replies && strstr(attachment->no_replies, words) != NULL
		     : !attachment->no_replies;
}

START_TEST(a_veth_answers_only_an_end_with_a_program)
{
	const struct mxdp_attachment *attachment;

	config.attach_mode = MXDP_ATTACH_NATIVE;
	attachment = start("attached");
	ck_assert(says_why(attachment, "the other end of this veth pair"));
	pass_on("inner0", XDP_FLAGS_SKB_MODE);
	ck_assert(says_why(attachment, "the other end of this veth pair"));
	ck_assert_int_eq(system("ip link set inner0 xdpgeneric off"), 0);
	pass_on("inner0", XDP_FLAGS_DRV_MODE);
	ck_assert(says_why(attachment, NULL));
	ck_assert_int_eq(system("ip link set inner0 xdp off"), 0);
	ck_assert(says_why(attachment, "the other end of this veth pair"));
	mxdp_datapath_close(datapath);
}
END_TEST

START_TEST(the_other_end_may_be_in_another_namespace)
{
	const struct mxdp_attachment *attachment;

	config.attach_mode = MXDP_ATTACH_NATIVE;
	pass_on("inner0", XDP_FLAGS_DRV_MODE);
	attachment = start("attached");
	ck_assert(says_why(attachment, NULL));
	/* The namespace lives as long as the command in it; a program would leave with the move. */
	ck_assert_int_eq(system("unshare -n sleep 5 & p=$!; sleep 0.5; "
				"ip link set inner0 xdp off; ip link set inner0 netns $p"),
			 0);
	ck_assert(says_why(attachment, "the other end of this veth pair"));
	mxdp_datapath_close(datapath);
}
END_TEST

START_TEST(generic_mode_answers_everywhere)
{
	const struct mxdp_attachment *attachment;

	config.attach_mode = MXDP_ATTACH_GENERIC;
	attachment = start("attached");
	ck_assert(says_why(attachment, NULL));
	mxdp_datapath_close(datapath);
}
END_TEST

START_TEST(what_drivers_can_do)
{
	uint64_t features = 0;
	int error = mxdp_link_xdp_features((int)if_nametoindex("outer0"), &features);

	ck_assert(error == -ENOENT || error == 0); /* before Linux 6.3, and since */
	if (!error)
		ck_assert_uint_eq(features & MXDP_XDP_BASIC, MXDP_XDP_BASIC);
	if (!error) /* the loopback has none in its driver */
		ck_assert_int_eq(mxdp_link_xdp_features((int)if_nametoindex("lo"), &features), 0);
	ck_assert_uint_eq(features & (error ? 0 : MXDP_XDP_BASIC), 0);
	ck_assert_int_lt(mxdp_link_xdp_features(4711, &features), 0);
}
END_TEST

START_TEST(what_the_kernel_says_of_links)
{
	struct mxdp_link link;

	ck_assert_int_eq(mxdp_link_read((int)if_nametoindex("outer0"), MXDP_NETNS_OWN, &link), 0);
	ck_assert_str_eq(link.kind, "veth");
	ck_assert_int_eq(link.peer, (int)if_nametoindex("inner0"));
	ck_assert_int_eq(link.peer_netns, MXDP_NETNS_OWN);
	ck_assert_int_eq(mxdp_link_read((int)if_nametoindex("lo"), MXDP_NETNS_OWN, &link), 0);
	ck_assert_str_eq(link.kind, "");
	ck_assert_int_lt(mxdp_link_read(4711, MXDP_NETNS_OWN, &link), 0);
	ck_assert_int_lt(mxdp_link_read(1, 4711, &link), 0);
}
END_TEST

START_TEST(an_interface_occupied_by_a_stranger_is_refused)
{
	const struct bpf_insn pass[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 2},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int stranger = bpf_prog_load(BPF_PROG_TYPE_XDP, "stranger", "GPL", pass, 2, NULL);

	ck_assert_int_ge(stranger, 0);
	ck_assert_int_eq(bpf_xdp_attach((int)if_nametoindex("outer0"), stranger, 0, NULL), 0);
	ck_assert_int_eq(mxdp_datapath_open(&config, &datapath), 0);
	ck_assert_int_eq(mxdp_datapath_attach(datapath, &config), -EBUSY);
	mxdp_datapath_close(datapath);
	ck_assert_int_eq(mxdp_datapath_remove(PINS, NULL), 0);
	ck_assert_uint_ne(program_on("outer0"), 0); /* the stranger's, untouched */
	close(stranger);
}
END_TEST

static uint32_t pinned_id(const char *name)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	char path[128];
	int fd;

	snprintf(path, sizeof(path), PINS "/%s", name);
	fd = bpf_obj_get(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bpf_obj_get_info_by_fd(fd, &info, &size), 0);
	close(fd);
	return info.id;
}

START_TEST(maps_of_another_abi_are_replaced)
{
	struct mxdp_settings settings = {.abi_version = MXDP_ABI_VERSION + 1};
	uint32_t program, old_verdicts, old_settings;

	start("attached");
	ck_assert_int_eq(mxdp_settings_write(mxdp_datapath_maps(datapath), &settings), 0);
	mxdp_datapath_close(datapath);
	program = program_on("outer0");
	old_verdicts = pinned_id("verdicts4");
	old_settings = pinned_id("settings");

	ck_assert_int_eq(mxdp_datapath_open(&config, &datapath), 0);
	ck_assert_uint_eq(program_on("outer0"), program); /* it works until the new one does */
	ck_assert_uint_ne(pinned_id("verdicts4"), old_verdicts);
	ck_assert_uint_ne(pinned_id("settings"), old_settings);
	ck_assert_int_ne(access(PINS "/next", F_OK), 0);
	mxdp_datapath_close(datapath);

	start("replaced");
	ck_assert_uint_ne(program_on("outer0"), program);
	ck_assert_uint_ne(program_on("outer0"), 0);
}
END_TEST

/* Replaces a pin by a map with larger values. */
static void pin_other_layout(const char *name)
{
	char path[128];
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, name, 4, 200, 64, NULL);

	snprintf(path, sizeof(path), PINS "/%s", name);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bpf_obj_pin(fd, path), 0);
	close(fd);
}

START_TEST(maps_of_another_layout_are_replaced)
{
	struct mxdp_settings settings = {.abi_version = MXDP_ABI_VERSION};
	uint32_t other;

	start("attached");
	ck_assert_int_eq(mxdp_settings_write(mxdp_datapath_maps(datapath), &settings), 0);
	mxdp_datapath_close(datapath);
	pin_other_layout("verdicts4");
	other = pinned_id("verdicts4");
	ck_assert_int_eq(mkdir(PINS "/next", 0700), 0); /* of a start that was cut short */
	start("replaced");
	ck_assert_uint_ne(pinned_id("verdicts4"), other);
	ck_assert_int_ne(access(PINS "/next", F_OK), 0);
	mxdp_datapath_close(datapath);
	ck_assert_int_eq(mxdp_datapath_remove(PINS, NULL), 0);
}
END_TEST

START_TEST(removing_leaves_nothing)
{
	config.interface_count = 2;
	start("attached");
	mxdp_datapath_close(datapath);
	ck_assert_int_eq(mxdp_datapath_remove(PINS, NULL), 0);
	ck_assert_uint_eq(program_on("outer0"), 0);
	ck_assert_uint_eq(program_on("outer1"), 0);
	ck_assert_int_ne(access(PINS, F_OK), 0);
	ck_assert_int_eq(mxdp_datapath_remove(PINS, NULL), -ENOENT);
}
END_TEST

START_TEST(a_pin_directory_outside_bpffs_is_refused)
{
	config.pin_directory = "/tmp/mxdp-test-pins";
	ck_assert_int_eq(mxdp_datapath_open(&config, &datapath), -ENOTDIR);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		program_and_verdicts_survive_the_daemon,
		a_program_on_other_maps_is_replaced_in_place,
		an_interface_no_longer_configured_is_detached,
		an_interface_that_went_away_and_came_back_is_noticed,
		the_mode_is_the_one_asked_for,
		a_veth_answers_only_an_end_with_a_program,
		the_other_end_may_be_in_another_namespace,
		generic_mode_answers_everywhere,
		what_drivers_can_do,
		what_the_kernel_says_of_links,
		an_interface_occupied_by_a_stranger_is_refused,
		maps_of_another_abi_are_replaced,
		maps_of_another_layout_are_replaced,
		removing_leaves_nothing,
		a_pin_directory_outside_bpffs_is_refused,
	};
	Suite *suite = suite_create("datapath");
	TCase *attach = tcase_create("attach");

	if (geteuid()) {
		puts("1..0 # SKIP attaching programs needs root");
		return 0;
	}
	tcase_set_timeout(attach, 30);
	tcase_add_checked_fixture(attach, private_world, NULL);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(attach, tests[i]);
	suite_add_tcase(suite, attach);
	return run_suite(suite);
}
