#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A steady stream of unknown clients, each seen once, a fifth of them listed, and beside it clients
# that mean it: memory and queue stay bounded, none of the latter is lost. MXDP_STREAM_SECONDS (10)
# at MXDP_STREAM_RATE (5000) a second.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
readonly LASTS=${MXDP_STREAM_SECONDS:-10} RATE=${MXDP_STREAM_RATE:-5000}
renice -n -15 -p $$ >/dev/null
lab_up
on mail ip address add 192.0.2.26/28 dev eth0 # no server there: a SYN that passes is reset
on outside tc qdisc add dev eth0 root pfifo limit 20000
clients_at wan0 "$OUTSIDE4" "$OUTSIDE6" 10.0.0.0/8
daemon_conf wan0
daemon_start

# figure SECTION NAME: of mxdp status.
figure() {
	on gateway mxdp status --json | sed -n "/\"$1\": {/,/}/p" | sed -nE "s/^ *\"$2\": ([0-9]+),?$/\1/p"
}

nothing_waits() {
	is "$(figure screener running)" -eq 0 && is "$(figure resolver queued)" -eq 0 &&
		is "$(figure journal queued)" -eq 0
}

# Twenty clients a second that send their SYN again until they are answered.
honest() {
	local second
	for second in $(seq 0 $((LASTS - 1))); do
		on outside build/tests/e2e/syn_burst 192.0.2.26 25 \
			"198.18.$((second / 10)).$((second % 10 * 20 + 1))" 20 20 >>"$BOX_RUN/honest" &
		sleep 1
	done
	wait
}

# The most that was seen of each, twice a second.
watch_figures() {
	local most_running=0 most_queued=0 most_resident=0 value
	while [ ! -e "$BOX_RUN/over" ]; do
		value=$(figure screener running) && [ "${value:-0}" -gt "$most_running" ] && most_running=$value
		value=$(figure resolver queued) && [ "${value:-0}" -gt "$most_queued" ] && most_queued=$value
		value=$(daemon_resident) && [ "${value:-0}" -gt "$most_resident" ] && most_resident=$value
		echo "$most_running $most_queued $most_resident" >"$BOX_RUN/most"
		sleep 0.5
	done
}

before=$(daemon_resident)
watch_figures &
honest &
crowd=$!
on outside build/tests/e2e/syn_stream 192.0.2.26 25 10.0.0.1 $((RATE * 4 / 5)) "$LASTS" >"$BOX_RUN/stream.clean" &
clean=$!
on outside build/tests/e2e/syn_stream 192.0.2.26 25 198.19.0.1 $((RATE / 5)) "$LASTS" >"$BOX_RUN/stream.listed" &
listed=$!
wait "$clean" "$listed"
deliver 198.51.100.10 amid@example.org
delivered=$?
wait "$crowd"
touch "$BOX_RUN/over"
sleep 1
read -r most_running most_queued most_resident <"$BOX_RUN/most"
answered=$(awk '{ sum += $4 } END { print sum + 0 }' "$BOX_RUN/honest")
sed 's/^/# /' "$BOX_RUN"/stream.*
on gateway mxdp status | sed -n "s/^ *\(judged\|resolver\|journal\) /# \1/p"
echo "# honest clients: $answered of $((LASTS * 20)) answered, the last after" \
	"$(awk '{ if ($NF > most) most = $NF } END { print most }' "$BOX_RUN/honest") ms at most"
echo "# resident $before MiB before, $most_resident MiB at most; checked at once $most_running at most," \
	"questions waiting $most_queued at most"
bpftool map dump pinned "$PINS/counters" -j >"$BOX_RUN/counters"
echo "# announced $(figure screener announced), judged $(figure screener decided)," \
	"refused for want of room $(figure screener refused)," \
	"without an answer $(figure screener fail_open)"

expect "the stream is sent as it should be" is "$(grep -c '0 failed' <(cat "$BOX_RUN"/stream.*))" -eq 2
expect "every client that means it is answered" is "$answered" -eq $((LASTS * 20))
expect "a message is delivered" is "$delivered" -eq 0
expect "clients checked at once stay within clients_max" is "$most_running" -le 20000
expect "the daemon stays below 400 MiB" is "$most_resident" -lt 400
expect "questions that wait stay within queue_max" is "$most_queued" -le 65536
expect "it answers, and nothing waits any more" wait_for 20 nothing_waits
expect "a listed client is refused afterwards" silent 203.0.113.66
daemon_end TERM
finish
