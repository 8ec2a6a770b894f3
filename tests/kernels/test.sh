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

# Says, besides what the jobs said, whether all of them had their say and nothing got out.
test_under() {
	local kernel=$1 status=0
	local output=$work/$kernel.output errors=$work/$kernel.errors
	tests/kernels/run "$kernel" tests/kernels/job "$kernel" "$probe" >"$output" 2>"$errors" ||
		status=$?
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
