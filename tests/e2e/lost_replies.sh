#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every third packet of ours is lost on the way to each of the refused clients: each dialogue
# converges, or ends by the client's own time-out; none goes round in circles, and we say no more than
# they do.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"

readonly CLIENTS_LOST=30 CLIENTS_RAW=5

# Each client loses every third packet of its own, the first of them its first, second or third: where
# all are counted as one, chance takes the same client's packet again and again.
losses() {
	local client
	for ((client = 1; client <= 69; client++)); do
		echo "ip daddr 203.0.113.$client numgen inc mod 3 $((client % 3)) jump lost"
	done
}

# Packets as they arrive outside, those that are lost, and what the clients send.
lose_every_third() {
	on outside nft -f - <<-END
		table netdev lossy {
			chain lost {
				counter drop
			}
			chain each_client {
				$(losses)
			}
			chain arriving {
				type filter hook ingress device eth0 priority 0; policy accept;
				tcp sport 25 counter jump each_client
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

# packets CHAIN: what the chain's counter says.
packets() {
	on outside nft list ruleset | awk -v chain="$1" '
		$1 == "chain" { inside = ($2 == chain) }
		inside && /counter packets/ {
			match($0, /packets [0-9]+/)
			print substr($0, RSTART + 8, RLENGTH - 8)
		}'
}

# talk NAME CLIENT WORD...: standard input, said by a refused client as the words have it.
talk() {
	local name=$1 client=$2
	shift 2
	on outside timeout 100 build/tests/e2e/talk "$client" "$MAIL4" 25 "$@" \
		>"$BOX_RUN/said.$name.$client" 2>&1
	echo "$?" >"$BOX_RUN/ended.$name.$client"
}

words() {
	printf 'EHLO a\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@%s>\r\nQUIT\r\n' "$MAIL_DOMAIN"
}

# A line a turn, as a mail server does.
dialogues() {
	local client
	for ((client = 1; client <= CLIENTS_LOST; client++)); do
		words | talk turns "203.0.113.$client" turns &
		sleep 0.05
	done
	wait
}

# Clients that do as they like, all at once; the last writes each byte by itself, more of them than
# its first window takes.
raw_clients() {
	local client
	for ((client = 1; client <= CLIENTS_RAW; client++)); do
		words | talk pipelined "203.0.113.4$client" &
		printf 'EHLO a\r\n' | talk half "203.0.113.5$client" half &
		words | talk bytes "203.0.113.6$client" turns bytes &
		sleep 0.05
	done
	wait
}

# Each of them got as far as QUIT, or it waited for as long as it wanted to.
done_or_given_up() {
	echo "$(reached "$1" 221) done, $(grep -lx 1 "$BOX_RUN/ended.$1".* | wc -l) gave up"
	is $(($(reached "$1" 221) + $(grep -lx 1 "$BOX_RUN/ended.$1".* | wc -l))) -eq "$2"
}

reached_end() {
	is "$(reached "$1" 221)" -eq 1
}

# reached NAME REPLY: how many of these have a line that begins so.
reached() {
	grep -lE "^$2" "$BOX_RUN/said.$1".* | wc -l
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
	ours=$(packets arriving) theirs=$(packets leaving) again=$(answered_again)
	echo "$ours packets of ours, $theirs of theirs, $again said again"
	[ "$ours" -gt $((CLIENTS_LOST * 6)) ] && [ "$ours" -le $((theirs + again)) ]
}

# Nobody's TCP goes on: what is sent still is the end of connections, ever less often.
silence() {
	local before
	before=$(packets leaving)
	sleep 3
	is $(($(packets leaving) - before)) -le 10
}

lab_up
replies_flow
MXDP_ACTION=reject daemon_conf
sed -i 's/^attach_mode = .*/attach_mode = native/' "$DAEMON_CONF"
drops_privileges
expect "the daemon starts" daemon_start
expect "every third of our packets gets lost" lose_every_third
dialogues
expect "that happened" is "$(packets lost)" -gt $((CLIENTS_LOST * 2))
expect "they are greeted: a lost greeting is said again" is "$(reached turns 220)" -eq "$CLIENTS_LOST"
# On a slow machine a client may lose patience later.
expect "who is greeted reads why it is refused" is "$(reached turns 550)" -ge $((CLIENTS_LOST - 2))
expect "... and leaves" is "$(reached turns 221)" -ge $((CLIENTS_LOST - 2))
expect "the others give up" done_or_given_up turns "$CLIENTS_LOST"
expect "status tells of greetings that were said again" is "$(answered_again)" -gt 0
expect "we have said no more than they" no_more_than_they
expect "then there is silence" silence

theirs=$(packets leaving)
raw_clients
expect "who sends all at once is answered, or gives up" done_or_given_up pipelined "$CLIENTS_RAW"
expect "most of them are answered" is "$(reached pipelined 550)" -ge 3
expect "who closes its half is answered" is "$(reached half 250)" -eq "$CLIENTS_RAW"
expect "... and let go" is "$(cat "$BOX_RUN"/ended.half.* | grep -cx 0)" -eq "$CLIENTS_RAW"
expect "who writes byte by byte is greeted" is "$(reached bytes 220)" -ge $((CLIENTS_RAW - 1))
expect "... and answered, or gives up" done_or_given_up bytes "$CLIENTS_RAW"
expect "none of them goes round in circles" is $(($(packets leaving) - theirs)) -lt 1000
expect "we have still said no more than they" no_more_than_they
expect "and there is silence" silence

# The handshake's end gets lost, and whatever else says nothing.
lose_acknowledgements() {
	on outside nft -f - <<-END
		table inet acknowledgements {
			chain leaving {
				type filter hook output priority 0; policy accept;
				tcp dport 25 tcp flags & (fin|syn|rst|psh|ack) == ack counter drop
			}
		}
	END
}
on outside nft delete table netdev lossy
expect "the handshake's last packet gets lost" lose_acknowledgements
words | talk unheard 203.0.113.80 turns &
sleep 1.5
on outside nft delete table inet acknowledgements
expect "our SYN-ACK is sent again, and the client goes on" wait_for 20 reached_end unheard
expect "the mail server has heard nothing of it" refuses 1 "" grep -F 203.0.113. "$MAIL_LOG"
finish
