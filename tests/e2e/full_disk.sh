#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The state directory fills up, is full from the start, is deleted, damaged, or cannot be written: each is
# told, screening goes on, and what could not be written is caught up with when there is room.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
lab_up
readonly STATE=$BOX_RUN/state
mkdir "$STATE"
mount -t tmpfs -o size=1m,mode=750 state "$STATE"
daemon_conf wan0

journal() {
	on gateway mxdp status --json | sed -n '/"journal"/,/}/p' | grep -q "\"$1\": $2"
}

fill() {
	dd if=/dev/zero of="$STATE/ballast" bs=4k 2>&1 | tail -n 1
	df "$STATE" | tail -n 1
}

# screens CLIENT LISTED: both kinds are judged.
screens() {
	deliver "$1" "disk-$1@example.org" && silent "$2"
}

# Verdicts until the file needs more room than there is.
fill_up() {
	local i
	fill
	for i in {1..60}; do
		on gateway mxdp check "198.18.7.$i" >/dev/null
		journal failing true && return
	done
	return 1
}

expect "the daemon starts" daemon_start
expect "it screens" screens 198.51.100.1 203.0.113.1
expect "the disk fills up: the journal fails" fill_up
expect "... which is an alarm with the file's name and what it costs" says "error: $STATE/history.sqlite" \
	grep "the journal has gaps" "$DAEMON_LOG"
expect "... and mxdp status shows it" says "cannot be written" on gateway mxdp status
expect "screening goes on" screens 198.51.100.2 203.0.113.2
expect "a rule is in force, though it cannot be kept" on gateway mxdp deny 198.51.100.3 --ttl 1h --reason disk
expect "... and acts" silent 198.51.100.3
rm "$STATE/ballast"
expect "there is room again: so says the log" wait_for 20 grep -q "the journal can be written again" "$DAEMON_LOG"
expect "what was judged meanwhile is in the journal" wait_for 20 says 203.0.113.2 \
	on gateway mxdp search 203.0.113.2

daemon_end TERM
rm -f "$STATE"/*
fill >"$BOX_RUN/fill"
expect "full from the start: the daemon starts" daemon_start
expect "... tells it" says "$STATE/" grep -E "error: .*(full|space)" "$DAEMON_LOG"
expect "... and screens" screens 198.51.100.4 203.0.113.4

daemon_end TERM
rm -rf "${STATE:?}"/*
expect "there is room: the daemon starts" daemon_start
expect "... and screens" screens 198.51.100.8 203.0.113.8
rm -rf "${STATE:?}"/*
expect "deleted under the daemon: it screens" screens 198.51.100.6 203.0.113.6
expect "... tells it, and the way out" wait_for 20 grep -q "error: $STATE/history.sqlite was deleted .* restarted" \
	"$DAEMON_LOG"
expect "... shows it" says "cannot be written" on gateway mxdp status
expect "... and a rule acts" on gateway mxdp deny 198.51.100.7 --reason deleted
daemon_end TERM
expect "... restarted, it makes its files anew" daemon_start
expect "... and has the rule from the kernel" says 198.51.100.7 on gateway mxdp rules

daemon_end TERM
expect "three files are left to be damaged" is "$(find "$STATE" -name '*.sqlite' -size +4k | wc -l)" -eq 3
truncate -s 6000 "$STATE/mxdp.sqlite"
truncate -s 4096 "$STATE/greylist.sqlite"
dd if=/dev/urandom of="$STATE/history.sqlite" bs=1k seek=4 count=8 conv=notrunc 2>"$BOX_RUN/dd"
: >"$DAEMON_LOG"
expect "all three damaged: the daemon starts" daemon_start
for file in mxdp greylist history; do
	expect "... $file.sqlite is told and set aside" \
		grep "error: $STATE/$file.sqlite is damaged: set aside as .* begun anew" "$DAEMON_LOG"
done
expect "... it screens" screens 198.51.100.9 203.0.113.9
expect "... still has the rule" says 198.51.100.7 on gateway mxdp rules
expect "... and writes its journal" wait_for 20 says 203.0.113.9 on gateway mxdp search 203.0.113.9
truncate -s 4096 "$STATE/history.sqlite"
expect "cut short under the daemon: it screens" screens 198.51.100.14 203.0.113.14
expect "... tells it, and the way out" wait_for 20 \
	grep "error: $STATE/history.sqlite is damaged: set aside as .* restart mxdpd" "$DAEMON_LOG"
expect "... shows it" says "cannot be written" on gateway mxdp status

daemon_end TERM
rm -rf "${STATE:?}"/*
mount -o remount,ro "$STATE"
: >"$DAEMON_LOG"
expect "read-only: the daemon starts" daemon_start
expect "... tells it" says "$STATE" grep "error" "$DAEMON_LOG"
expect "... and screens" screens 198.51.100.5 203.0.113.5
daemon_end TERM
expect "too few open files are refused with the way out" refuses 1 "raise the limit (ulimit -n)" \
	on gateway bash -c "ulimit -n 100; exec mxdpd --config '$DAEMON_CONF'"
finish
