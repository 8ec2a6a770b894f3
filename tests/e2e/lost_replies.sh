#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every third packet of ours is lost on the way to the refused clients: each dialogue converges, or
# ends by the client's own time-out; none goes round in circles, and we say no more than they do.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"

readonly CLIENTS_LOST=30

# Packets as they arrive outside, before the loss and after it, and what the clients send.
lose_every_third() {
	on outside nft -f - <<-END
		table netdev lossy {
			chain arriving {
				type filter hook ingress device eth0 priority 0; policy accept;
				tcp sport 25 counter
				tcp sport 25 numgen inc mod 3 0 counter drop
			}
		}
		table inet seen {
			chain leaving {
				type filter hook output priority 0; policy accept;
				tcp dport 25 counter
			}
		}
	END
}

# packets CHAIN NUMBER: what the chain's counter of this number says.
packets() {
	on outside nft list ruleset | awk -v chain="$1" -v number="$2" '
		$1 == "chain" { inside = ($2 == chain) }
		inside && /counter packets/ && ++found == number {
			match($0, /packets [0-9]+/)
			print substr($0, RSTART + 8, RLENGTH - 8)
		}'
}

# One refused client: a line a turn, as a mail server does.
dialogue() {
	printf 'EHLO a\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@%s>\r\nQUIT\r\n' "$MAIL_DOMAIN" |
		on outside timeout 100 build/tests/e2e/talk "$1" "$MAIL4" 25 turns >"$BOX_RUN/said.$1" 2>&1
	echo "$?" >"$BOX_RUN/ended.$1"
}

dialogues() {
	local client
	for ((client = 1; client <= CLIENTS_LOST; client++)); do
		dialogue "203.0.113.$client" &
		sleep 0.05
	done
	wait
}

ended_by_themselves() {
	is "$(cat "$BOX_RUN"/ended.* | grep -cx 0)" -eq "$CLIENTS_LOST"
}

# How many of the dialogues have a line that begins so.
reached() {
	grep -lE "^$1" "$BOX_RUN"/said.* | wc -l
}

# The daemon is on its own, as a user with CAP_BPF alone.
drops_privileges() {
	sed -i "s/daemon { /daemon { user = \"nobody\" /" "$DAEMON_CONF"
	chmod 644 "$DAEMON_CONF"
}

answered_again() {
	on gateway mxdp status --json | sed -nE 's/.*"answered_again": ([0-9]+).*/\1/p'
}

# Each of our packets answers one of theirs, but for those that the daemon had us say again.
no_more_than_they() {
	local ours theirs again
	ours=$(packets arriving 1) theirs=$(packets leaving 1) again=$(answered_again)
	echo "$ours packets of ours, $theirs of theirs, $again said again"
	[ "$ours" -gt $((CLIENTS_LOST * 6)) ] && [ "$ours" -le $((theirs + again)) ]
}

# Nobody's TCP goes on: what is sent still is the end of connections, ever less often.
silence() {
	local before
	before=$(packets leaving 1)
	sleep 3
	is $(($(packets leaving 1) - before)) -le 10
}

lab_up
replies_flow
MXDP_ACTION=reject daemon_conf
sed -i 's/^attach_mode = .*/attach_mode = native/' "$DAEMON_CONF"
drops_privileges
expect "the daemon starts" daemon_start
expect "every third of our packets gets lost" lose_every_third
dialogues
expect "that happened" is "$(packets arriving 2)" -gt $((CLIENTS_LOST * 2))
expect "all are greeted: a lost greeting is said again" is "$(reached 220)" -eq "$CLIENTS_LOST"
expect "all read why they are refused" is "$(reached 550)" -eq "$CLIENTS_LOST"
expect "nobody has to wait for a time-out" ended_by_themselves
expect "status tells of greetings that were said again" is "$(answered_again)" -gt 0
expect "we have said no more than they" no_more_than_they
expect "then there is silence" silence
expect "the mail server has heard nothing of it" refuses 1 "" grep -F 203.0.113. "$MAIL_LOG"
finish
