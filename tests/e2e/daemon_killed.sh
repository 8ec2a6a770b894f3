#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The daemon hangs, and is killed while clients pour in: mail flows, verdicts hold; started again it takes over
# maps and program, and mxdp detach leaves nothing.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
lab_up
on mail ip address add 192.0.2.26/28 dev eth0 # reachable, and no server on it
daemon_conf wan0
daemon_start

program_id() {
	on gateway ip -details link show dev wan0 | sed -nE 's/.*prog\/xdp id ([0-9]+).*/\1/p'
}

same_or_newer_program() {
	echo "program before: $1, now: $(program_id)"
	[ -n "$(program_id)" ]
}

map_id() {
	bpftool map show pinned "$PINS/verdicts4" | sed -n '1s/:.*//p'
}

# Enough of the burst has come, and it is not over.
pouring() {
	[ "$(counter unknown_held)" -gt 100 ]
}

no_program() {
	local id
	id=$(program_id)
	echo "program: $id"
	[ -z "$id" ]
}

deliver 198.51.100.10 before@example.org
silent 203.0.113.66
expect "a listed client has its verdict" is "$(verdict4_field 203.0.113.66 action)" = MXDP_ACTION_DROP
daemon_signal STOP
expect "the daemon hangs: a never-seen client delivers" deliver 198.51.100.70 hangs@example.org
expect "... also once its heartbeat is stale" deliver 198.51.100.71 stale@example.org
expect "... and a known listed client stays refused" silent 203.0.113.66
daemon_signal CONT
expect "it goes on: a listed client, never seen before, is refused" silent 203.0.113.71
expect "... and tells for how long it did not" grep -qE "stood still for [0-9]+\.[0-9] s" "$DAEMON_LOG"
map=$(map_id) program=$(program_id)

on outside "$BOX_TOP/build/tests/e2e/syn_burst" 192.0.2.26 25 198.18.0.1 8000 8 >"$BOX_RUN/burst" &
burst=$!
wait_for 20 pouring
expect "the daemon is killed under load" daemon_end KILL
expect "... and cannot be reached" refuses 3 mxdp on gateway mxdp status
expect "the program stays on the interface" is "$(program_id)" = "$program"
expect "a never-seen client delivers" deliver 198.51.100.77 orphan@example.org
expect "a known clean client delivers" deliver 198.51.100.10 orphan-known@example.org
expect "a known listed client stays refused" silent 203.0.113.66
wait "$burst"
expect "every client of the burst got through in the end" grep -q "answered 8000 silent 0" "$BOX_RUN/burst"

hits=$(verdict4_field 203.0.113.66 hits)
expect "the daemon starts again" daemon_start
expect "it takes over the pinned maps" is "$(map_id)" = "$map"
expect "the verdict keeps its hits" is "$(verdict4_field 203.0.113.66 hits)" -ge "$hits"
expect "a program is on the interface" same_or_newer_program "$program"
expect "a listed client, never seen before, is refused" silent 203.0.113.99
expect "a clean client, never seen before, delivers" deliver 198.51.100.99 again@example.org

expect "mxdp detach succeeds" on gateway mxdp detach
expect "no program is left" no_program
expect "no pins are left" test ! -e "$PINS"
expect "the daemon has ended" wait_for 20 daemon_gone
expect "the listed client gets through now" deliver 203.0.113.66 detached@example.org
finish
