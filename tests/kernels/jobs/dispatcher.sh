#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mxdp in libxdp's dispatcher: alone, beside another XDP program (xdp-filter) in both orders of
# attaching, restarted, upgraded and detached, while a denied client sends SYNs all the time.
# build/tests/kernels/other/mxdpd is the upgrade: the same source with another program tag.
#
# Since Linux 6.12.x a dispatcher refuses programs that change packets unless libxdp (1.5.5) has made
# it for them. There mxdp attaches alone, by a link; beside others, or where attach = beside asks for
# room, its program without replies joins the dispatcher.
set -u

. tests/kernels/jobs/tap.sh
. tests/kernels/jobs/scene.sh

other=build/tests/kernels/other/mxdpd
ours=mxdp # beside others; mxdp_read_only where a dispatcher takes no program that changes packets

# What hangs on the interface, as xdp-loader sees it: "mxdp xdpfilt_alw_ip".
programs() {
	xdp-loader status outer |
		awk '$1 == "=>" { print $3 } $1 == "outer" && $4 ~ /^[0-9]+$/ { print $2 }' |
		grep -v xdp_dispatcher | sort | xargs
}

# The kernel's number of a program on the interface; another load has another number.
number_of() {
	xdp-loader status outer | awk -v name="$1" '
		($1 == "=>" && $3 == name) || ($1 == "outer" && $2 == name) { print $4 }' | xargs
}

hangs() {
	equal "what hangs on the interface" "$(programs)" "$*"
}

# The dispatcher of Debian 12's libxdp takes us on its own kernel, 6.1, whatever else may be.
attached_by() {
	by=dispatcher
	! grep -q "outer: libxdp's dispatcher does not take the program" "$scene/log" || by='link'
	[[ $(uname -r) != 6.1.* ]] || by=dispatcher
}

alone() {
	daemon_start
	attached_by
	expect "alone, it attaches natively, by $by" \
		daemon_said "outer: attached, native mode, by $by"
	expect "the kernel shows it there" hangs mxdp
	expect "it watches sockets" grep -q "here proves an address" <(build/mxdp status)
	build/mxdp deny 10.99.2.2 >/dev/null
	flood_start
	flood_stop
	expect "a denied client gets no SYN through" nothing_through
}

restart() {
	local number
	number=$(number_of "$ours")
	flood_start
	daemon_stop "$1"
	daemon_start
	flood_stop
	expect "restart after SIG$1: the program is adopted" daemon_said "outer: adopted, native"
	expect "restart after SIG$1: it is the same one" equal number "$(number_of "$ours")" "$number"
	expect "restart after SIG$1: no SYN came through" nothing_through
}

# upgrade TO WHERE
upgrade() {
	local number
	number=$(number_of "$ours")
	flood_start
	daemon_stop
	daemon_start "$1"
	flood_stop
	expect "upgrade $2: the program is replaced" daemon_said "outer: replaced, native mode"
	expect "upgrade $2: it is another one" [ "$(number_of "$ours")" != "$number" ]
	expect "upgrade $2: no SYN came through" nothing_through
}

neighbour_joins() {
	flood_start
	xdp-filter load outer --mode native --features ipv4 --policy allow
	flood_stop
	expect "a neighbour joins" hangs "$ours" xdpfilt_alw_ip
	expect "while a neighbour joins, no SYN came through" nothing_through
}

# The neighbour is asked first, and what it drops we never see.
neighbour_works() {
	xdp-filter ip --mode src 10.99.3.2
	flood_start 3
	flood_stop
	expect "whom the neighbour bars gets no SYN through" nothing_through
	xdp-filter ip --mode src --remove 10.99.3.2
	build/mxdp allow 10.99.3.2 >/dev/null
	flood_start 3
	flood_stop
	expect "whom neither bars does" [ "$through" -gt 20 ]
}

# Two of ours are left where an upgrade was cut short.
cut_short() {
	daemon_stop KILL
	build/tests/kernels/join_again outer 2>/dev/null
	expect "an upgrade cut short leaves two programs" hangs "$ours" "$ours" xdpfilt_alw_ip
	flood_start
	daemon_start
	flood_stop
	expect "the next start makes one of them" hangs "$ours" xdpfilt_alw_ip
	expect "meanwhile no SYN came through" nothing_through
}

taken_off() {
	xdp-loader unload outer --all
	expect "taken off by somebody, it is attached again" eventually hangs mxdp
	expect "and this is said aloud" daemon_said "an interface is without the program"
}

neighbour_leaves() {
	flood_start
	xdp-filter unload outer
	flood_stop
	expect "the neighbour leaves us behind" hangs "$ours"
	expect "while the neighbour leaves, no SYN came through" nothing_through
}

detach() {
	local number
	number=$(number_of xdpfilt_alw_ip)
	build/mxdp detach >/dev/null
	wait "$daemon"
	expect "detach leaves the neighbour alone" hangs xdpfilt_alw_ip
	expect "detach does not reload it" equal number "$(number_of xdpfilt_alw_ip)" "$number"
	expect "detach removes the pins" [ ! -e /sys/fs/bpf/mxdp ]
	flood_start
	flood_stop
	expect "detached, SYNs come through (so the test can see them)" [ "$through" -gt 20 ]
}

join_neighbour() {
	daemon_start
	expect "it joins a neighbour that was first" hangs "$ours" xdpfilt_alw_ip
	expect "and says so" daemon_said "outer: attached, .*, beside xdpfilt_alw_ip"
	build/mxdp deny 10.99.2.2 >/dev/null
	flood_start
	flood_stop
	expect "beside the neighbour a denied client gets no SYN through" nothing_through
}

ends_clean() {
	build/mxdp detach >/dev/null
	wait "$daemon"
	expect "at the end nothing hangs on the interface" \
		grep -q 'outer .*No XDP program' <(xdp-loader status outer)
}

# A program that is alone by its own will is never thrown out; this one is even of our making.
stay_off_single() {
	bpftool prog load build/bpf/mxdp.bpf.o /sys/fs/bpf/single
	bpftool net attach xdpdrv pinned /sys/fs/bpf/single dev outer
	timeout 30 build/mxdpd --config "$scene/mxdp.conf" >"$scene/log" 2>&1
	expect "where a single program leaves no room, it says so and ends" \
		daemon_said "outer is screened by another mxdp"
	expect "and leaves that one in place" bpftool net detach xdpdrv dev outer
	rm -rf /sys/fs/bpf/single /sys/fs/bpf/mxdp
}

generic() {
	scene_configure generic
	daemon_start
	expect "generic mode attaches in the same way" \
		daemon_said "outer: attached, GENERIC mode, by $by"
	build/mxdp deny 10.99.2.2 >/dev/null
	flood_start
	flood_stop
	expect "generic: a denied client gets no SYN through" nothing_through
}

beside_neighbours() {
	neighbour_joins
	neighbour_works
	upgrade build/mxdpd "beside a neighbour"
	cut_short
	detach
	join_neighbour
	neighbour_leaves
	taken_off
	ends_clean
}

# The dispatcher takes no program that changes packets.
without_replies() {
	ends_clean
	ours=mxdp_read_only
	xdp-filter load outer --mode native --features ipv4 --policy allow
	join_neighbour
	expect "status says that there are no replies, and why" \
		grep -q "no replies to refused clients: beside other XDP programs" <(build/mxdp status)
	restart TERM
	upgrade "$other" "beside a neighbour"
	upgrade build/mxdpd "back, beside a neighbour"
	neighbour_works
	neighbour_leaves
	ends_clean
	scene_configure auto beside
	daemon_start
	expect "attach = beside leaves room" hangs mxdp_read_only
	build/mxdp deny 10.99.2.2 >/dev/null
	neighbour_joins
	restart KILL
	ends_beside
}

ends_beside() {
	build/mxdp detach >/dev/null
	wait "$daemon"
	expect "detach leaves the neighbour alone" hangs xdpfilt_alw_ip
	xdp-filter unload outer
	ours=mxdp
	scene_configure auto
}

scene_open
alone
restart TERM
restart KILL
upgrade "$other" alone
case $by in
dispatcher) beside_neighbours ;;
*) without_replies ;;
esac
stay_off_single
generic
ends_clean
scene_close
