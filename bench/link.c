/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/drop_rate.skel.h"
#include "link.h"
#include "sets.h"
#include "sets_fill.h"

#define IN  BENCH_LINK_IN
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

/* A namespace whose BPF file system ends with it: peers pin what they load. */
static int isolate(void)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL))
		return -errno;
	return 0;
}

/* Without this a veth takes no redirected frames unless it has an XDP program. */
static int take_frames_in(void)
{
	struct ethtool_value value = {.cmd = ETHTOOL_SGRO, .data = 1};
	struct ifreq request = {.ifr_name = IN, .ifr_data = (void *)&value};
	int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = 0;

	if (socket_fd < 0 || ioctl(socket_fd, SIOCETHTOOL, &request))
		error = -errno;
	if (socket_fd >= 0)
		close(socket_fd);
	return error;
}

int bench_link_open(struct bench_link *link, uint32_t hash_entries)
{
	int error = move_to_one_cpu();

	memset(link, 0, sizeof(*link));
	if (!error)
		error = isolate();
	if (error)
		return error;
	/* Fixed words: nothing of this comes from outside. */
	if (system("ip link set lo up && ip link add " OUT " type veth peer name " IN
		   " address 02:00:00:00:00:01 && ip link set " OUT " up && ip link set " IN
		   " up && ip address add 198.51.100.25/24 dev " IN))
		return -EIO;
	link->out = (int)if_nametoindex(OUT);
	link->in = (int)if_nametoindex(IN);
	error = take_frames_in();
	if (error)
		return error;
	link->skeleton = drop_rate_bpf__open();
	if (!link->skeleton)
		return -errno;
	bpf_map__set_max_entries(link->skeleton->maps.hash, hash_entries);
	error = drop_rate_bpf__load(link->skeleton);
	if (!error)
		link->skeleton->bss->out_ifindex = (uint32_t)link->out;
	return error;
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

/* The ones' complement sum of the header, whose source and checksum are still 0. */
static uint32_t header_sum(const uint8_t *frame)
{
	const uint8_t *ip = frame + 14;
	uint32_t sum = 0;
	uint16_t word;
	int i;

	for (i = 0; i < 20; i += 2) {
		memcpy(&word, ip + i, sizeof(word));
		sum += word;
	}
	return sum;
}

long long bench_link_delivered(void)
{
	FILE *file = fopen("/proc/self/net/snmp", "r");
	long long delivered = -ENOENT;
	char line[512];

	/* The second line of Ip: … InDelivers is the ninth number. */
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Ip: %*d %*d %*d %*d %*d %*d %*d %*d %lld", &delivered) == 1)
			break;
	}
	if (file)
		fclose(file);
	return delivered;
}

double bench_link_run(struct bench_link *link, uint32_t frames)
{
	uint8_t frame[64];
	struct xdp_md context = {.data_end = sizeof(frame)};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = sizeof(frame),
		    .ctx_in = &context, .ctx_size_in = sizeof(context), .repeat = (int)frames,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	long long before = received(), after;
	double start, seconds;

	make_syn(frame);
	link->skeleton->bss->header_sum = header_sum(frame);
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
