#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A gateway with two uplinks: both are screened with one set of verdicts, and one can be given up.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"

# Outside's second way in: 198.18.0.0/15 comes and goes by wan1.
second_uplink() {
	link wan1 gateway 192.0.2.9/29 2001:db8:0:2::1/64 outside 192.0.2.10/29 2001:db8:0:2::2/64
	on gateway ip route replace 198.18.0.0/15 via 192.0.2.10 dev wan1
	on outside ip route add default via 192.0.2.9 dev eth1 table 2
	on outside ip rule add from 198.18.0.0/15 table 2
}

has_program() {
	on gateway ip -details link show dev "$1" | grep -q 'prog/xdp'
}

has_none() {
	! has_program "$1"
}

occupy() {
	on gateway ip link set dev "$1" xdpdrv object "${MXDP_BUILD:-$BOX_TOP/build}/bpf/mxdp.bpf.o" section xdp.frags
}

status_says() {
	on gateway mxdp status | grep -q "$1"
}

lab_up
second_uplink
daemon_conf wan0 wan1
expect "the daemon starts on two interfaces" daemon_start
expect "wan0 has the program" has_program wan0
expect "wan1 has the program" has_program wan1
expect "a listed client is refused on wan0" silent 203.0.113.66
expect "a listed client is refused on wan1" silent 198.19.0.66
expect "a clean client delivers by wan0" deliver 198.51.100.10 wan0@example.org
expect "a clean client delivers by wan1" deliver 198.18.0.10 wan1@example.org
expect "status names both" says wan1 on gateway mxdp status

daemon_conf wan0
expect "wan1 is given up by a reload" on gateway mxdp reload
expect "wan1 has no program any more" has_none wan1
expect "wan0 keeps its own" has_program wan0
expect "wan1 is not screened now" deliver 198.19.0.66 unscreened@example.org
expect "wan0 still is" silent 203.0.113.66

# A program that is not loaded by the dispatcher leaves no room on its interface.
daemon_end TERM
occupy wan1
daemon_conf wan0 wan1
expect "the daemon starts although wan1 is occupied" daemon_start
expect "wan0 is screened meanwhile" silent 203.0.113.66
expect "the log says what occupies wan1 and the way out" grep -q 'wan1 is screened by another mxdp.*xdp off' \
	"$BOX_RUN/mxdpd.log"
expect "status says that wan1 is not screened" says 'wan1: NOT SCREENED' on gateway mxdp status
on gateway ip link set dev wan1 xdp off
expect "it is attached once there is room" wait_for 30 status_says 'wan1: native XDP'
expect "a listed client is refused on wan1 then" silent 198.19.0.66

# A tunnel, a bond, a container's link that goes and comes: the look every 5 s would come too late.
made_anew() {
	on gateway ip link delete wan1
	sleep 0.5
	link wan1 gateway 192.0.2.9/29 2001:db8:0:2::1/64 outside 192.0.2.10/29 2001:db8:0:2::2/64
	wait_for 2 has_program wan1
}
for round in 1 2 3 4 5; do
	expect "wan1, deleted and made anew, is screened at once ($round)" made_anew
done
finish
