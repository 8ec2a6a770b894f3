#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/up --interface: the shipped configuration on an interface that is there, observing unless
# told to enforce; whatever ends it, the interface is as it was.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
set -m # Ctrl-C reaches a background job only so
lab_up
conf=$BOX_RUN/real.conf
sed 's/^mode = .*/mode = observe/; s/"wan0"/"eth0"/' > "$conf" < <(daemon_conf wan0 && cat "$DAEMON_CONF")

up() {
	(on_exec gateway tools/up --interface wan0 "$@" </dev/null) >"$BOX_RUN/up.out" 2>&1 &
	up_pid=$!
	wait_for 20 grep -q "Live, until" "$BOX_RUN/up.out"
}

# ended STATUS: tools/up has ended with it, and nothing that it made is left.
ended() {
	local status=0
	wait "$up_pid" || status=$?
	cat "$BOX_RUN/up.out"
	[ "$status" -eq "$1" ] || { echo "exit status $status, expected $1" && return 1; }
	wait_for 20 nothing_left || { left && return 1; }
}

left() {
	ls -d "$PINS" /sys/fs/bpf/xdp /run/mxdp /run/mxdp-up.*
	on gateway ip -details link show dev wan0 | grep 'prog/xdp'
	on gateway tc qdisc show dev wan0 | grep clsact
	pgrep -a mxdpd
} 2>/dev/null

nothing_left() {
	[ -z "$(left)" ]
}

cd "$BOX_TOP" || exit 1
expect "the shipped configuration runs on an interface" up
expect "it observes" says "OBSERVE" cat "$BOX_RUN/up.out"
expect "the program is attached" on gateway mxdp status
kill -INT "$up_pid"
expect "Ctrl-C detaches and leaves nothing" ended 130

expect "a configuration of one's own, enforced" up --enforce --config "$conf"
# Its first connection passes where the look-up takes a slow machine longer than the hold.
expect "it drops a listed client" wait_for 20 silent 203.0.113.66
kill -KILL "$up_pid"
expect "kill -9 detaches and leaves nothing, too" ended 137
expect "the client gets through now" deliver 203.0.113.66 after@example.org

echo 'colour = blue' >>"$conf"
(on_exec gateway tools/up --interface wan0 --config "$conf" </dev/null) >"$BOX_RUN/up.out" 2>&1 &
up_pid=$!
expect "a configuration with a fault starts nothing" ended 1
finish
