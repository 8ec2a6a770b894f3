#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where no reply can be made, mxdp says so and why, and a refused client is dropped, or let in where
# it was to be refused for now; once replies can be made, it is answered.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
lab_up
MXDP_ACTION=reject daemon_conf
sed -i 's/^attach_mode = .*/attach_mode = native/' "$DAEMON_CONF"
daemon_start

readonly LISTED=203.0.113.66
expect "the log says that there are no replies" \
	grep -q "wan0: refused clients get no answer: the other end of this veth pair" "$DAEMON_LOG"
expect "status says so too, with the way out" \
	says "has no XDP program in native mode" on gateway mxdp status
expect "enforce: a refused client is dropped" silent "$LISTED"
expect "and counted" is "$(counter verdict_unanswered_drop)" -gt 0
expect "explain says so, and why" says \
	"but not on wan0, where it gets no connection: its packets are dropped: the other end of this veth pair" \
	on gateway mxdp explain "$LISTED"
on gateway mxdp mode soft >/dev/null
expect "soft: explain says that it is let in" says "but not on wan0, where it is let through" \
	on gateway mxdp explain "$LISTED"
expect "soft: it is let in" deliver "$LISTED" soft@example.org
expect "and counted" is "$(counter verdict_unanswered_pass)" -gt 0
on gateway mxdp mode enforce >/dev/null

complains() {
	on gateway mxdp status | grep "no replies"
}

answered() {
	says "550 5.7.1 $LISTED blocked by bl.example" dial "$LISTED"
}
replies_flow
expect "a program on the other end is noticed" \
	wait_for 20 grep -q "wan0: refused clients are answered from now on" "$DAEMON_LOG"
expect "a refused client is answered" answered
expect "status has nothing to complain of" \
	refuses 1 "" complains
explained_otherwise() {
	on gateway mxdp explain "$LISTED" | grep "but not on"
}
expect "nor has explain" refuses 1 "" explained_otherwise
on outside ip link set dev eth0 xdpdrv off
expect "its end, too" wait_for 20 complains

sed -i 's/^attach_mode = .*/attach_mode = generic/' "$DAEMON_CONF"
daemon_end TERM
daemon_start
expect "in generic mode the other end does not matter" answered
finish
