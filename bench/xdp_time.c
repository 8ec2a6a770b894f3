/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long the XDP program of an interface runs, and how often, from now until standard input ends.
 * usage: xdp_time INTERFACE
 * Prints "ready" first and in the end "nanoseconds runs".
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int open_program(const char *interface)
{
	uint32_t number = 0;

	if (bpf_xdp_query_id((int)if_nametoindex(interface), 0, &number) || !number)
		return -ENOENT;
	return bpf_prog_get_fd_by_id(number);
}

static int read_times(int program, struct bpf_prog_info *info)
{
	uint32_t size = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return bpf_obj_get_info_by_fd(program, info, &size);
}

int main(int argc, char **argv)
{
	int program = argc == 2 ? open_program(argv[1]) : -EINVAL;
	/* The kernel counts for as long as somebody holds this. */
	int statistics = bpf_enable_stats(BPF_STATS_RUN_TIME);
	struct bpf_prog_info before, after;
	char byte;

	if (program < 0 || statistics < 0 || read_times(program, &before)) {
		fprintf(stderr, "xdp_time: no XDP program on this interface: %s\n",
			strerror(program < 0 ? -program : errno));
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	if (read_times(program, &after))
		return 1;
	printf("%llu %llu\n", (unsigned long long)(after.run_time_ns - before.run_time_ns),
	       (unsigned long long)(after.run_cnt - before.run_cnt));
	return 0;
}
