#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Postfix asks mxdpd about each message by its policy protocol.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
lab_up

# A domain that permits nobody to send, and a provider, known to the resolver.
resolver_learn 'nobody.example. TXT "v=spf1 -all"' \
	'provider.example. TXT "v=spf1 ip4:198.51.100.32/28 -all"'

# XDP screens another port, so that a listed client gets as far as the mail server.
daemon_conf wan0
sed -i 's/^mode = .*/mode = soft/' "$DAEMON_CONF"
cat >>"$DAEMON_CONF" <<-END
	mx_ports = { 2525 }
	spf_allow = { "provider.example" }
	trust { after = 2s messages = 3 score = -3 lives = 1h }
	policy {
		listen = "$GATEWAY4:10040"
		refuse = reject
		spf_fail = tempfail
		received_spf = yes
	}
END
daemon_start

mail_asks_mxdpd

delivers_with() {
	deliver "$1" "$2" && grep -H -- "$3" "$(in_mailbox "$2")"
}

exempt_ranges() {
	on gateway mxdp status | grep "provider.example's SPF: 1 ranges"
	on_exec gateway bpftool -j map dump pinned "$PINS/exempt4"
}

expect "a clean client's message gets the header Received-SPF" \
	delivers_with 198.51.100.1 spf@example.org "^Received-SPF: none"
expect "... which names us and the client" \
	delivers_with 198.51.100.1 spf2@example.org "receiver=gateway; client-ip=198.51.100.1"
expect "a listed client is deferred, by a 4.7.1 that says why" \
	says "450 4.7.1" dial 203.0.113.66 --header "Message-Id: <listed@example.org>"
expect "the reason names the list" says "bl.example" dial 203.0.113.66
expect "a sender whose domain permits nobody is deferred by a 4.7.23" \
	says "450 4.7.23" dial 198.51.100.2 --from a@nobody.example
on gateway mxdp check 198.51.100.2 >/dev/null
expect "the address of that client stays clean" says "is let through" \
	on gateway mxdp explain 198.51.100.2
on gateway mxdp check 198.51.100.3 >/dev/null
dial 198.51.100.3 --helo localhost >/dev/null
expect "what a client calls itself is evidence" says " helo " on gateway mxdp explain 198.51.100.3
on gateway mxdp check 198.51.100.33 >/dev/null
dial 198.51.100.33 --helo localhost >/dev/null
expect "a provider's server is exempt from that" says "exempt: provider.example's SPF, so heuristics" \
	on gateway mxdp explain 198.51.100.33
expect "its ranges are in the map" says '"length":28' exempt_ranges
earns_trust() {
	deliver 198.51.100.50 trust1@example.org && deliver 198.51.100.50 trust2@example.org &&
		sleep 2 && deliver 198.51.100.50 trust3@example.org
	on gateway mxdp check 198.51.100.50
}
expect "three clean messages earn trust" says "-3.0  trust" earns_trust
on gateway mxdp report 198.51.100.50 --score 5 --reason "a user complained" >/dev/null
expect "... which outweighs a report" says "is let through" on gateway mxdp explain 198.51.100.50
expect "... and is told in words" says "3 messages in 0 days, none refused" \
	on gateway mxdp explain 198.51.100.50
expect "messages that were refused earn none" refuses 1 "" \
	grep -q trust <(on gateway mxdp check 198.51.100.2)
on gateway mxdp allow 203.0.113.66 --reason "a customer" >/dev/null
expect "an allow rule beats the list here, too" deliver 203.0.113.66 allowed@example.org

# The provider has moved to other servers, and the operator does not wait for the record's TTL.
resolver_down
sed -i 's,ip4:198.51.100.32/28,& ip4:198.51.100.64/28,' "$BOX_RUN/unbound.conf"
resolver_start
sed -i 's/^mode = .*/mode = observe/' "$DAEMON_CONF"
on gateway mxdp reload >/dev/null
has_both_ranges() {
	on gateway mxdp status | grep "provider.example's SPF: 2 ranges"
}
expect "... and the provider's ranges are looked up anew" wait_for 20 has_both_ranges
expect "in observe mode a listed client delivers" deliver 203.0.113.67 observed@example.org
expect "and its message is not touched" \
	refuses 1 "" grep -q "^Received-SPF" "$(in_mailbox observed@example.org)"

in_journal() {
	on gateway mxdp search "$1" | grep -F "$2"
}
expect "a message is found in the journal by its sender's domain, with the answer" \
	wait_for 20 in_journal nobody.example "DEFER_IF_PERMIT 4.7.23"
expect "no local part of a sender is kept" \
	refuses 1 "" grep -rqa "a@nobody.example" "$BOX_RUN/state"

daemon_end TERM
expect "without the daemon mail flows" deliver 198.51.100.4 flows@example.org

# heard_earlier MINUTES: what is kept of the client's messages grows older by that.
heard_earlier() {
	python3 -c 'import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as file:
	file.execute("UPDATE trust SET first = first - ?1, last = last - ?1", [60 * int(sys.argv[2])])' \
		"$BOX_RUN/state/history.sqlite" "$1"
	daemon_start
}
heard_earlier 30
expect "half of its life later trust weighs half" says "-1.5  trust" \
	on gateway mxdp check 198.51.100.50
daemon_end TERM
heard_earlier 31
expect "... and is gone in the end" refuses 1 "" \
	grep -q "  trust" <(on gateway mxdp check 198.51.100.50)
finish
