#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# machine.sh KERNEL PROBE: that the virtual machine is what the other jobs take it for.

set -u

. tests/kernels/jobs/tap.sh

kernel=$1
probe=$2

runs_kernel() {
	[[ $(uname -r) == "$kernel".* ]]
}

expect "the kernel is Debian's $kernel: $(uname -r)" runs_kernel
expect "files can be written, in the machine's memory" touch "$probe"
expect "modules load (veth)" ip link add mxdp-probe type veth peer name mxdp-peer
expect "the BPF file system and BTF are there" test -d /sys/fs/bpf -a -r /sys/kernel/btf/vmlinux
ip link del mxdp-probe 2>/dev/null || true
