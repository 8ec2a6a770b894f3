#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# 10,000 unknown clients at once, half of them listed: at least 99 of 100 get a verdict from the
# checks within the hold time; the rest passes, and a counter says why.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
# The test is about the work of two cores: what else the machine does shall wait.
renice -n -15 -p $$ >/dev/null
[ ! -w /proc/self/autogroup ] || echo -15 >/proc/self/autogroup
lab_up
on mail ip address add 192.0.2.26/28 dev eth0 # no server there: a SYN that passes is reset
on outside tc qdisc add dev eth0 root pfifo limit 20000 # a veth holds 256 packets
daemon_conf wan0
# All within a second on one CPU, they would be at the threshold of a flood, which is another test.
echo "flood { enter = 50000 }" >>"$DAEMON_CONF"
daemon_start

readonly CLIENTS_EACH=5000 HOLD_MS=2500
readonly FAIL_OPEN_COUNTERS="unknown_pass unknown_hold_over unknown_stale unknown_no_room
	unknown_not_stored unknown_event_lost"

# CLOCK_BOOTTIME, the maps' clock.
start_ms=$(awk '{ print int($1 * 1000) }' /proc/uptime)

# Two ranges, one of them listed, at the same time. The hold ends after 2.5 s.
for first in 198.18.0.1 198.19.0.1; do
	on outside nice -n 15 "$BOX_TOP/build/tests/e2e/syn_burst" 192.0.2.26 25 "$first" "$CLIENTS_EACH" 8 \
		>"$BOX_RUN/burst.$first" &
	bursts+=" $!"
done
# shellcheck disable=SC2086,SC2154 # a list of process ids
wait $bursts
sed 's/^/# /' "$BOX_RUN"/burst.*

answered() {
	sed -nE 's/.* answered ([0-9]+) .*/\1/p' "$BOX_RUN/burst.$1"
}

# judged MILLISECONDS REASON...: the burst's verdicts with such a reason, made in this time.
judged() {
	local within=$1
	shift
	bpftool map dump pinned "$PINS/verdicts4" | awk -v reasons=" $* " \
		-v end=$((start_ms + within)) '
		/"reason":/ { match($0, /REASON_[A-Z_]+/)
			mine = index(reasons, " " substr($0, RSTART + 7, RLENGTH - 7) " ") }
		/"decided_ns":/ { count += mine && $2 / 1000000 <= end }
		END { print count + 0 }'
}

in_time=$(judged "$HOLD_MS" CLEAN DNSBL)
late=$(($(judged 60000 CLEAN DNSBL) - in_time)) open=$(judged 60000 FAIL_OPEN)
# shellcheck disable=SC2086 # a list of names
passed=$(counter $FAIL_OPEN_COUNTERS)
echo "# judged $in_time, late $late, without an answer $open; passed unjudged $passed"
on gateway mxdp status | sed -n "s/^ *\(judged\|resolver\) /# \1/p"

expect "the checks judge 99 of 100 clients within the hold time" is "$in_time" -ge 9900
expect "of the rest each is counted" is $((in_time + late + open + passed)) -ge 10000
expect "the clean half gets through" is "$(answered 198.18.0.1)" -ge 4950
expect "the listed half does not" is "$(answered 198.19.0.1)" -le 50
expect "the mail server still takes mail" deliver 198.51.100.10 after-burst@example.org
finish
