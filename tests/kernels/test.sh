#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# test.sh [KERNEL...]: mxdp under Debian's kernels 6.1 and 6.12, in virtual machines. Prints TAP;
# skips, with the reason, where no machine can be started. Wants `make all tests` before it.
set -u

cd "$(dirname "$0")/../.." || exit 1
kernels=("$@")
[ $# -gt 0 ] || kernels=(6.1 6.12)
work=$(mktemp -d)
probe=/var/tmp/mxdp-kernel-probe.$$ # written in the machines, never on the host
trap 'rm -rf "$work"' EXIT

# jobs_under KERNEL: its output and errors are left in $work.
jobs_under() {
	tests/kernels/run "$1" tests/kernels/job "$1" "$probe" >"$work/$1.output" 2>"$work/$1.errors"
}

# Says, besides what the jobs said, whether all of them had their say and nothing got out. An emulated
# machine that ended before the first of them said anything never was one to test on: it gets a second
# chance.
test_under() {
	local kernel=$1 status=0
	local output=$work/$kernel.output errors=$work/$kernel.errors
	jobs_under "$kernel" || status=$?
	if [ "$status" -eq 125 ] && [ ! -s "$output" ]; then
		sed "s/^/# kernel $kernel, at first: /" "$errors"
		status=0
		jobs_under "$kernel" || status=$?
	fi
	if [ "$status" -eq 126 ]; then
		echo "ok - kernel $kernel # SKIP $(tail -n 1 "$errors")"
		return
	fi
	sed "s/^\(not ok\|ok\) - /\1 - kernel $kernel: /" "$output"
	sed 's/^/# /' "$errors"
	[ "$status" -eq 0 ] || echo "not ok - kernel $kernel: the jobs ended with status $status"
	[ ! -e "$probe" ] || echo "not ok - kernel $kernel: what it writes arrives on the host"
}

if ! tools/setup kernels >"$work/errors" 2>&1; then
	echo "ok - kernels # SKIP $(tail -n 1 "$work/errors")"
else
	for kernel in "${kernels[@]}"; do
		test_under "$kernel" >"$work/$kernel.tap" &
	done
	wait
	cat "$work"/*.tap
fi | tee "$work/all"
echo "1..$(grep -cE '^(not )?ok ' "$work/all")"
! grep -q '^not ok' "$work/all"
