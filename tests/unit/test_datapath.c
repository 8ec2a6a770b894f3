/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What survives the daemon, and is it the same afterwards? Attach, restart, upgrade and removal.
 */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/stat.h>

#include <bpf/libbpf.h>

#include "datapath_stand.h"

/* The id of the program on an interface, 0 for none. */
static uint32_t program_on(const char *interface)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	ck_assert_int_eq(bpf_xdp_query((int)if_nametoindex(interface), 0, &query), 0);
	return query.prog_id;
}

/* `since`: how the program came to hang there. */
static const struct mxdp_attachment *start(const char *since)
{
	const struct mxdp_attachment *attachments = attach();

	ck_assert_str_eq(attachments[0].since, since);
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
	run("rm " PINS "/settings " PINS "/verdicts4");
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
	run("ip link del outer0 && ip link add outer0 type veth peer name inner0");
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

START_TEST(an_interface_occupied_by_a_stranger_is_refused)
{
	int stranger = load_stranger();

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
		an_interface_occupied_by_a_stranger_is_refused,
		maps_of_another_abi_are_replaced,
		maps_of_another_layout_are_replaced,
		removing_leaves_nothing,
		a_pin_directory_outside_bpffs_is_refused,
	};

	return run_datapath_suite("datapath", tests, sizeof(tests) / sizeof(tests[0]),
				  private_world);
}
