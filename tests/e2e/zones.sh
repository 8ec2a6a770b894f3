#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Lists that go wrong: a good list (rbldnsd) beside zones of a scripted name server, all behind
# unbound. No clean client is refused, each fault is told with its cure, a zone comes back by itself,
# and nobody is refused for good on a list's word alone that is in doubt.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
lab_up

readonly ODD=$BOX_RUN/odd
# What each zone does, and what mxdp has to say about it.
readonly FAULTS=(
	"dead|nxdomain|does not list 127.0.0.2, as every list must: it is dead or empty"
	"world|127.0.0.2|it lists 127.0.0.1, as no list may|127.0.0.1, which no list may answer"
	"lame|refused|no answer about 127.0.0"
	"failing|servfail|no answer about 127.0.0"
	"mute|silent|no answer about 127.0.0"
	"sold|203.0.113.80|the zone is dead, for sale, or the resolver rewrites answers"
	"typo|127.255.255.252|the list does not know the name that was asked"
	"public|127.255.255.254|use a resolver of your own or an account key"
	"quota|127.255.255.255|too many questions"
	"other|127.255.255.99|look up the code at its operator"
	"odd1|127.0.0.1|127.0.0.1, which no list may answer"
	"welcome|127.0.0.255|the list refuses to answer (over quota"
)

# behave ZONE WORD...
behave() {
	echo "${*:2}" >"$ODD/$1.new" && mv "$ODD/$1.new" "$ODD/$1"
}

# Each zone at an address of its own, so that unbound's patience with one ends with that one.
odd_zone() {
	local zone=$1 address=127.0.1.$2
	behave "$zone" "${@:3}"
	(on_exec dns build/tests/e2e/odd_dns "$address" 5354 "$ODD/$zone" </dev/null >/dev/null 2>&1) &
	disown
	sed -i "/local-zone: \"bl.example.\"/i local-zone: \"$zone.odd.\" transparent" "$BOX_RUN/unbound.conf"
	printf 'stub-zone:\n name: "%s.odd"\n stub-addr: %s@5354\n' "$zone" "$address" >>"$BOX_RUN/unbound.conf"
}

# unbound that believes nothing for long.
resolver_again() {
	resolver_down
	sed -i '/so-rcvbuf/a infra-host-ttl: 1\ninfra-keep-probing: yes\ncache-max-ttl: 1\ncache-max-negative-ttl: 1' \
		"$BOX_RUN/unbound.conf"
	resolver_start
}

configured() {
	MXDP_ACTION=reject daemon_conf wan0
	sed -i 's/^resolver .*/resolver { servers = { "'"$DNS4"'" } timeout = 200ms tries = 1 ttl_min = 5m }/' "$DAEMON_CONF"
	sed -i 's/^screen .*/screen { action = reject check_timeout = 1s }/' "$DAEMON_CONF"
	for zone; do
		printf 'dnsbl "%s.odd" {\n\treply "127.0.0.[2..11]" { score = %s }\n}\n' "$zone" \
			"$([ "$zone" = welcome ] && echo -8 || echo 5)" >>"$DAEMON_CONF"
	done
}

zones() {
	on gateway mxdp zones "$@"
}

# state ZONE STATE: as `mxdp zones` shows it.
state() {
	zones | tee "$BOX_RUN/zones" | grep -E "^ *$1\.odd +$2 "
}

# probed_as ZONE STATE: after a probe that is made now.
probed_as() {
	zones --probe && state "$@"
}

# fault_said ZONE WORDS[|WORDS]: in the log and in `mxdp zones`, each with the zone's name.
fault_said() {
	local words=${2//|/\\|}
	zones | grep -E "^$1\.odd is suspended" | grep "$words" &&
		grep "dnsbl $1.odd: suspended: " "$DAEMON_LOG" | grep "$words"
}

refused_with() {
	local code=$1
	shift
	dial "$@" >"$BOX_RUN/dial"
	cat "$BOX_RUN/dial"
	grep -q "^<.* $code" "$BOX_RUN/dial"
}

mkdir -p "$ODD"
number=1
names=()
for fault in "${FAULTS[@]}"; do
	IFS='|' read -r name word _ <<<"$fault"
	odd_zone "$name" $((number++)) "$word"
	names+=("$name")
done
odd_zone turning $((number++)) list 127.0.0.2 .18.198
resolver_again
replies_flow

configured "${names[@]}"
expect "the daemon starts with every zone that can go wrong" daemon_start
expect "a clean client delivers at once" deliver 198.51.100.1 at-once@example.org
# A probe that a slow machine leaves unanswered comes again after a minute.
expect "a good list is probed and found good" wait_for 75 says "in order" zones
zones --probe >"$BOX_RUN/probed"
for fault in "${FAULTS[@]}"; do
	IFS='|' read -r name word said <<<"$fault"
	expect "$name ($word) is suspended" wait_for 20 state "$name" suspended
	expect "... with the cure, in the log and in mxdp zones" fault_said "$name" "$said"
done
for client in 198.51.100.{2..6}; do
	expect "$client, clean, delivers beside them" deliver "$client" "beside-$client@example.org"
done
expect "a client of the good list is refused, for now: the DNSWL is silent" \
	refused_with "4" 203.0.113.10
expect "... which mxdp explain says" says "not for good (welcome.odd, which might speak for it" \
	on gateway mxdp explain 203.0.113.10

behave welcome list 127.0.0.2
expect "the DNSWL is back" wait_for 20 probed_as welcome "in use"
expect "... in the log, too" says "dnsbl welcome.odd: in order again" cat "$DAEMON_LOG"
on gateway mxdp forget 203.0.113.10 >"$BOX_RUN/forget"
expect "now the listed client is refused for good" refused_with "5" 203.0.113.10

configured turning
expect "a good list more" on gateway mxdp reload
zones --probe >"$BOX_RUN/probed"
expect "... refuses whom it lists" refused_with "5" 198.18.0.1
behave turning 127.0.0.2
on gateway mxdp forget 198.51.100.0/24 >"$BOX_RUN/forget"
sleep 5 # for so long its word counts after it denied 127.0.0.1
expect "it begins to list the world: a clean client delivers at once" \
	deliver 198.51.100.2 turning@example.org
expect "... for its word was checked, and it is suspended" fault_said turning "it lists 127.0.0.1, as no list may"
expect "... and whom it refused before is not refused any more" \
	deliver 198.18.0.1 withdrawn@example.org
behave turning list 127.0.0.2 .18.198
expect "it is good again: within a minute it is back by itself" wait_for 75 state turning "in use"
expect "... and counts" refused_with "5" 198.18.0.2
daemon_end TERM
expect "without the daemon mxdp check probes the zones, too" \
	says "the verdict would be reject" on gateway mxdp check 203.0.113.99 --config "$DAEMON_CONF"
finish
