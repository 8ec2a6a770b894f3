/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A datapath on veth pairs in a network namespace, with a bpffs, of the test's own: what the tests
 * that attach programs share. Needs root.
 */
#ifndef MXDP_TEST_DATAPATH_STAND_H
#define MXDP_TEST_DATAPATH_STAND_H

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include <check.h>
#include <bpf/bpf.h>

#include "userspace/datapath/datapath.h"
#include "tests/suite.h"

#define PINS "/sys/fs/bpf/mxdp-test"

static char *interfaces[] = {"outer0", "outer1"};
static struct mxdp_config config;
static struct mxdp_datapath *datapath;

static inline void run(const char *command)
{
	ck_assert_msg(system(command) == 0, "%s", command);
}

/* Every test runs in a process of its own, so its namespaces go with it. */
static inline void private_world(void)
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
	run("ip link add outer0 type veth peer name inner0 &&"
	    "ip link add outer1 type veth peer name inner1");
	mxdp_log_open(MXDP_LOG_ERROR);
}

static inline const struct mxdp_attachment *attach(void)
{
	const struct mxdp_attachment *attachments;

	ck_assert_int_eq(mxdp_datapath_open(&config, &datapath), 0);
	ck_assert_int_eq(mxdp_datapath_attach(datapath, &config), 0);
	ck_assert_uint_eq(mxdp_datapath_attachments(datapath, &attachments),
			  config.interface_count);
	ck_assert(mxdp_datapath_intact(datapath, &config));
	return attachments;
}

/* Somebody else's program, which lets everything pass. */
static inline int load_stranger(void)
{
	const struct bpf_insn pass[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 2},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int program = bpf_prog_load(BPF_PROG_TYPE_XDP, "stranger", "GPL", pass, 2, NULL);

	ck_assert_int_ge(program, 0);
	return program;
}

/* The end of main(): all the tests, each in a world of its own, which `set_up` makes. */
static inline int run_datapath_suite(const char *name, const TTest *const tests[], size_t count,
				     void (*set_up)(void))
{
	Suite *suite = suite_create(name);
	TCase *cases = tcase_create("attach");

	if (geteuid()) {
		puts("1..0 # SKIP attaching programs needs root");
		return 0;
	}
	tcase_set_timeout(cases, 30);
	tcase_add_checked_fixture(cases, set_up, NULL);
	for (size_t i = 0; i < count; i++)
		tcase_add_test(cases, tests[i]);
	suite_add_tcase(suite, cases);
	return run_suite(suite);
}

#endif
