/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ring PATH BYTES: what lies in the pages of a pinned ring buffer of this size, read or not, to
 * standard output. For looking after what must never have been in it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bpf.h>

static int open_pinned(const char *path)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.pathname = (uintptr_t)path;
	return (int)syscall(SYS_bpf, BPF_OBJ_GET, &attributes, sizeof(attributes));
}

int main(int argc, char **argv)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t size = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	int fd = size ? open_pinned(argv[1]) : -1;
	const char *pages;

	if (fd < 0) {
		fprintf(stderr, "ring: usage: ring PATH BYTES, of a pinned ring buffer\n");
		return 2;
	}
	/* The producer's page, then the data. */
	pages = mmap(NULL, page + size, PROT_READ, MAP_SHARED, fd, (off_t)page);
	if (pages == MAP_FAILED) {
		perror("ring: mmap");
		return 2;
	}
	return fwrite(pages + page, 1, size, stdout) != size;
}
