/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Included before the packet path, makes it another program to the kernel, one with another tag,
 * that does the same: an instruction without effect wherever the clock is read.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define bpf_ktime_get_boot_ns()                  \
	({                                       \
		asm volatile("r0 = 0" ::: "r0"); \
		bpf_ktime_get_boot_ns();         \
	})
