#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An upgrade that changes the maps, and the way back: while a denied client keeps sending SYNs, none
# gets through; rules, verdicts and feeds are in the new maps before the new program judges by them;
# clean clients deliver all the time. The later daemon is the same source under another ABI version.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
readonly LATER=$BOX_TOP/build/tests/kernels/other_abi/mxdpd
readonly DENIED=198.51.100.66 FEED=$BOX_RUN/feed.txt

# start_of MXDPD: that daemon, on the pins of the one before.
start_of() {
	(on_exec gateway "$1" --config "$DAEMON_CONF" </dev/null >>"$DAEMON_LOG" 2>&1 5>&-) &
	daemon_pid=$!
	disown
	wait_for 20 daemon_ready_or_gone && daemon_ready
}

abi_in_force() {
	bpftool map dump pinned "$PINS/settings" | sed -nE 's/.*"abi_version": ([0-9]+).*/\1/p'
}

# How many SYNs to the address without a server came through: the mail host resets each.
arrived() {
	on mail awk '/^Tcp:/ && ++line == 2 { print $15 }' /proc/net/snmp
}

# The sender ends with its standard input.
syns_start() {
	mkfifo "$BOX_RUN/hold"
	on outside "$BOX_TOP/build/tests/kernels/syn_sender" "$DENIED" 192.0.2.26 25 <"$BOX_RUN/hold" \
		>"$BOX_RUN/syns" &
	syns=$!
	exec 5>"$BOX_RUN/hold"
	rm "$BOX_RUN/hold"
}

syns_stop() {
	exec 5>&-
	wait "$syns"
}

listed_by_feed() {
	on gateway mxdp lookup 198.51.100.200 2>&1 | grep -q 'drop'
}

# upgrade MXDPD ABI WHAT
upgrade() {
	local map before
	before=$(arrived)
	map=$(bpftool map show pinned "$PINS/rules4" | sed -n '1s/:.*//p')
	syns_start
	sleep 1
	expect "$3: the daemon before it stops" daemon_end TERM
	expect "$3: a clean client delivers meanwhile" deliver 198.51.100.10 "meanwhile-$2@example.org"
	expect "$3: the daemon starts on pins of another ABI" start_of "$1"
	expect "$3: a clean client delivers" deliver 198.51.100.10 "after-$2@example.org"
	syns_stop
	expect "$3: SYNs were sent all the time" is "$(grep -oE '[0-9]+' "$BOX_RUN/syns")" -gt 1000
	expect "$3: none of the denied client's SYNs got through" is "$(arrived)" = "$before"
	expect "$3: the maps are of the new ABI" is "$(abi_in_force)" = "$2"
	expect "$3: they are other maps" is "$(bpftool map show pinned "$PINS/rules4" | sed -n '1s/:.*//p')" \
		!= "$map"
	expect "$3: nothing is left of the changeover" test ! -e "$PINS/next"
	expect "$3: the rule is there" says "$DENIED" on gateway mxdp rules
	expect "$3: the listed client's verdict is there" is "$(verdict4_field 203.0.113.66 action)" = \
		MXDP_ACTION_DROP
	expect "$3: the listed client is refused" silent 203.0.113.66
	expect "$3: the feed is in force" wait_for 20 listed_by_feed
}

lab_up
on mail ip address add 192.0.2.26/28 dev eth0 # reachable, and no server on it
echo 198.51.100.200 >"$FEED"
daemon_conf wan0
echo "feed \"lab\" { source = \"file://$FEED\" action = drop }" >>"$DAEMON_CONF"
expect "the daemon starts" daemon_start
on gateway mxdp deny "$DENIED" >/dev/null
silent 203.0.113.66
expect "the feed is in force" wait_for 20 listed_by_feed
sleep 1.5 # what it decided is written within a second
own=$(abi_in_force)

upgrade "$LATER" 1000 "upgrade"
upgrade "$BOX_TOP/build/mxdpd" "$own" "way back"

# Killed anywhere on the way, the next start goes on.
for after in 0.05 0.2 0.4; do
	daemon_end TERM
	(on_exec gateway "$LATER" --config "$DAEMON_CONF" </dev/null >>"$DAEMON_LOG" 2>&1 5>&-) &
	sleep "$after"
	kill -KILL $! 2>/dev/null
	expect "killed after $after s of an upgrade: the denied client gets nothing" silent "$DENIED"
	expect "killed after $after s of an upgrade: the next start works" start_of "$BOX_TOP/build/mxdpd"
	expect "killed after $after s of an upgrade: the rule is there" says "$DENIED" on gateway mxdp rules
done
expect "mxdp detach succeeds" on gateway mxdp detach
expect "no pins are left" test ! -e "$PINS"
before=$(arrived)
syns_start
sleep 0.5
syns_stop
expect "detached, the SYNs come through (so the test can see them)" is "$(arrived)" -gt "$before"
finish
