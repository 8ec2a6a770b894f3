#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A resolver that is down, or answers every question alike, whatever it is: nobody is judged anew,
# unknown clients pass, known verdicts hold, and mxdp explain says what came back.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
lab_up
readonly BEHAVIOUR=$BOX_RUN/behaviour
# What it answers, and what mxdp explain says of it.
readonly ANSWERS=(
	"silent|no answer"
	"late|no answer"
	"servfail|no answer: server failure"
	"refused|no answer: server failure"
	"truncated|no answer"
	"garbage|no answer: server failure"
	"chain|not listed"
	"nxdomain|not listed"
	"127.255.255.254|answered 127.255.255.254"
	"192.0.2.80|answered 192.0.2.80"
	"many|suspended: it lists 127.0.0.1"
	"127.0.0.2|suspended: it lists 127.0.0.1"
)
# The clients' own look-ups are not what is tested.
export RES_OPTIONS='timeout:1 attempts:1'
daemon_conf wan0
daemon_start

# A resolver in unbound's place.
odd_resolver() {
	echo silent >"$BEHAVIOUR"
	(on_exec dns build/tests/e2e/odd_dns "$DNS4" 53 "$BEHAVIOUR" </dev/null >/dev/null 2>&1) &
	disown
	wait_for 20 listens dns udp 53
}

behave() {
	echo "$1" >"$BEHAVIOUR.new" && mv "$BEHAVIOUR.new" "$BEHAVIOUR"
}

deliver 198.51.100.10 known-clean@example.org
silent 203.0.113.66
expect "a listed client has its verdict" is "$(verdict4_field 203.0.113.66 action)" = MXDP_ACTION_DROP
expect "the resolver stops" resolver_down

expect "an unknown clean client delivers" deliver 198.51.100.11 down-clean@example.org
expect "an unknown listed client delivers, too" deliver 203.0.113.67 down-listed@example.org
expect "its verdict says that no check answered" \
	is "$(verdict4_field 203.0.113.67 reason)" = MXDP_REASON_FAIL_OPEN
expect "a known clean client delivers" deliver 198.51.100.10 down-known@example.org
expect "a known listed client stays refused" silent 203.0.113.66
expect "mxdp explain says that the list did not answer" says "no answer" on gateway mxdp explain 203.0.113.67
expect "status counts the clients that nobody judged" says "fail_open" on gateway mxdp status --json

odd_resolver
client=20
for answer in "${ANSWERS[@]}"; do
	IFS='|' read -r word said <<<"$answer"
	client=$((client + 1))
	behave "$word"
	expect "$word to every question: an unknown client delivers" \
		deliver "203.0.113.$client" "$client-odd@example.org"
	expect "... and mxdp explain tells why" says "$said" on gateway mxdp explain "203.0.113.$client"
done
finish
