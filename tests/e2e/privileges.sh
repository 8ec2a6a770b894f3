#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Once it runs, the daemon is its own user with CAP_BPF alone in effect, every thread of it, and all
# that it does works: verdicts, rules, feeds, reload, attaching again, restart, detach.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
readonly FEED=$BOX_RUN/feed.txt CAP_BPF=0000008000000000

# shellcheck disable=SC2154 # set by daemon_start
# The effective capabilities of all threads, each once.
in_effect() {
	cat "/proc/$daemon_pid/task/"*/status | awk '$1 == "CapEff:" { print $2 }' | sort -u | xargs
}

user_of() {
	awk '$1 == "Uid:" { print $2, $3, $4 }' "/proc/$daemon_pid/status"
}

only_bpf() {
	echo "in effect: $(in_effect)"
	[ "$(in_effect)" = "$CAP_BPF" ]
}

has_program() {
	on gateway ip -details link show dev wan0 | grep -q 'prog/xdp'
}

has_return_path() {
	on gateway tc filter show dev wan0 egress | grep -q mxdp_return
}

drops() {
	on gateway mxdp lookup "$1" 2>&1 | grep -q drop
}

run_as() {
	sed -i "s/daemon { \(user = \"[a-z-]*\" \)*/daemon { user = \"$1\" /" "$DAEMON_CONF"
}

lab_up
nobody=$(id -u nobody)
: >"$FEED" && chmod 644 "$FEED"
echo 198.51.100.200 >"$FEED"
daemon_conf wan0
expect "the daemon starts as root" daemon_start
expect "without a user of its own it says that it stays root" says "user root" on gateway mxdp status
on gateway mxdp deny 198.51.100.66 >/dev/null
expect "... and stops" daemon_end TERM

daemon_conf wan0
run_as nobody
echo "feed \"lab\" { source = \"file://$FEED\" action = drop }" >>"$DAEMON_CONF"
chmod 644 "$DAEMON_CONF"
expect "it starts as another user, on what root left" daemon_start
expect "status names the user" says "user nobody" on gateway mxdp status
expect "sockets are watched all the same" says "here proves an address" on gateway mxdp status
expect "it is that user" is "$(user_of)" = "$nobody $nobody $nobody"
expect "CAP_BPF alone is in effect, in all its threads" only_bpf
expect "the rule that root's daemon stored is there" says 198.51.100.66 on gateway mxdp rules
expect "a clean client delivers" deliver 198.51.100.10 first@example.org
expect "a listed client is refused" silent 203.0.113.66
expect "the feed is in force" wait_for 20 drops 198.51.100.200
echo 198.51.100.201 >>"$FEED"
expect "a new line of the feed comes into force" wait_for 20 drops 198.51.100.201
expect "a rule is stored" on gateway mxdp deny 198.51.100.67

link=$(bpftool link show pinned "$PINS/link_wan0" 2>/dev/null | sed -n '1s/:.*//p')
bpftool link detach id "$link"
expect "taken off by somebody, the program is attached again" wait_for 20 has_program
expect "... with CAP_BPF alone in effect afterwards" wait_for 20 only_bpf
on gateway tc qdisc del dev wan0 clsact
expect "so is the return path" wait_for 20 has_return_path
expect "nothing was missed that is there" is "$(grep -c 'attaching again' "$DAEMON_LOG")" -eq 2
expect "a reload works" on gateway mxdp reload
expect "... and leaves CAP_BPF alone in effect" only_bpf

expect "it is killed" daemon_end KILL
expect "and starts again" daemon_start
expect "the rule that it stored is there" says 198.51.100.67 on gateway mxdp rules
expect "a clean client delivers again" deliver 198.51.100.10 second@example.org
expect "it stops" daemon_end TERM
expect "its socket is gone" test ! -e /run/mxdp/api.sock
expect "it starts once more" daemon_start
expect "mxdp detach succeeds" on gateway mxdp detach
expect "no program is left" eval '! has_program'
expect "no pins are left" test ! -e "$PINS"

run_as no-such-user
expect "a user that does not exist is refused" eval '! daemon_start'
expect "... by name" grep -q 'user = no-such-user: there is no such user' "$DAEMON_LOG"
finish
