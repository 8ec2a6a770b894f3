/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/drop_rate.skel.h"
#include "link.h"
#include "sets.h"
#include "sets_fill.h"

#define IN  "in"
#define OUT "out"

/* The sender and what receives share a core: on more, the result would say which of them is slow.
 */
static int move_to_one_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	return sched_setaffinity(0, sizeof(cpus), &cpus) ? -errno : 0;
}

int bench_link_open(struct bench_link *link)
{
	int error = move_to_one_cpu();

	memset(link, 0, sizeof(*link));
	if (!error && unshare(CLONE_NEWNET))
		error = -errno;
	if (error)
		return error;
	/* Fixed words: nothing of this comes from outside. */
	if (system("ip link add " OUT " type veth peer name " IN " && ip link set " OUT
		   " up && ip link set " IN " up"))
		return -EIO;
	link->out = (int)if_nametoindex(OUT);
	link->in = (int)if_nametoindex(IN);
	link->skeleton = drop_rate_bpf__open_and_load();
	if (!link->skeleton)
		return -errno;
	link->skeleton->bss->out_ifindex = (uint32_t)link->out;
	return 0;
}

void bench_link_close(struct bench_link *link)
{
	drop_rate_bpf__destroy(link->skeleton);
	link->skeleton = NULL;
}

int bench_link_sources(struct bench_link *link, const uint32_t *sources, uint32_t count)
{
	size_t bytes = SETS_SOURCES * sizeof(struct sets_source);
	struct sets_source *list = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
					bpf_map__fd(link->skeleton->maps.sources), 0);
	uint32_t i;

	if (list == MAP_FAILED)
		return -errno;
	for (i = 0; i < count; i++)
		list[i].address = htonl(sources[i]);
	link->skeleton->bss->source_mask = count - 1;
	munmap(list, bytes);
	return 0;
}

/* Frames that arrived so far, or a negative errno. */
static long long received(void)
{
	FILE *file = fopen("/proc/self/net/dev", "r");
	long long found = -ENOENT;
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		long long bytes, frames;

		if (sscanf(line, " " IN ": %lld %lld", &bytes, &frames) == 2)
			found = frames;
	}
	if (file)
		fclose(file);
	return found;
}

static void make_syn(uint8_t frame[64])
{
	static const uint8_t start[] = {
		0x02, 0,    0,    0,  0, 1,  0x02, 0,  0,   0,  0,  2, /* Ethernet */
		0x08, 0x00, 0x45, 0,  0, 40, 0,    0,  0,   0,  64, 6, /* IPv4, TCP */
		0,    0,    0,    0,  0, 0,  198,  51, 100, 25,        /* to 198.51.100.25 */
		0x9c, 0x40, 0,    25,                                  /* port 25 */
	};

	memset(frame, 0, 64);
	memcpy(frame, start, sizeof(start));
	frame[46] = 0x50;
	frame[47] = 0x02;
}

double bench_link_run(struct bench_link *link, int program, uint32_t frames)
{
	uint8_t frame[64];
	struct xdp_md context = {.data_end = sizeof(frame)};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = sizeof(frame),
		    .ctx_in = &context, .ctx_size_in = sizeof(context), .repeat = (int)frames,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	long long before, after;
	double start, seconds;

	make_syn(frame);
	if (bpf_xdp_attach(link->in, program, XDP_FLAGS_DRV_MODE, NULL))
		return -errno;
	before = received();
	link->skeleton->bss->source_next = 0;
	start = sets_now();
	if (bpf_prog_test_run_opts(bpf_program__fd(link->skeleton->progs.send_frame), &options))
		return -errno;
	seconds = sets_now() - start;
	after = received();
	if (before < 0 || after < 0)
		return -EIO;
	if (after - before < frames - frames / 1000)
		return -EAGAIN;
	return (double)(after - before) / seconds;
}
