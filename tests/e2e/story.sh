#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The story that tools/up plays, with XDP in the driver and in the generic path: each step that was
# observed is a test.
set -u
cd "${0%/*}/../.." || exit 1
tests=0 failed=0

play() {
	local mode=$1 status=0 line mark what output
	output=$(MXDP_ATTACH_MODE=$mode tools/up --once 2>&1) || status=$?
	while read -r mark what; do
		case $mark in
		✔) report ok "$mode: ${what%%  *}" ;;
		✘) report "not ok" "$mode: ${what%%  *}" ;;
		esac
	done <<<"$output"
	report "$(grep -qi "wan0: attached, $mode mode" <<<"$output" && echo ok || echo "not ok")" \
		"$mode: this is how the program is attached"
	report "$([ "$status" -eq 0 ] && echo ok || echo "not ok")" "$mode: tools/up --once exits 0"
	[ "$status" -eq 0 ] || while read -r line; do echo "# $line"; done <<<"$output"
}

report() {
	tests=$((tests + 1))
	[ "$1" = ok ] || failed=$((failed + 1))
	echo "$1 $tests - $2"
}

play native
play generic
echo "1..$tests"
exit $((failed > 0))
