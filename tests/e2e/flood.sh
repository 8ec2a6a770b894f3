#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Spoofed SYNs: some from addresses that nobody has, and floods: one in a provider's name while that
# provider delivers, one in the name of a single known client, one from random addresses while new and
# known clients do, and clients whose firewalls have an opinion of their own about the challenge.
# FLOOD_PACKETS (1000000) is about the size of each.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"

readonly PACKETS=${FLOOD_PACKETS:-1000000}
readonly LONGEST=240 # seconds that a flood may last; it is ended before that
readonly PROVIDER=198.18.7
readonly KNOWN_CLIENT=120 KNOWN_NETWORK=600 # a minute, and at once
# The challenge has no options; the mail server's SYN-ACK has.
readonly EAT="tcp flags & (syn | ack) == syn | ack tcp doff 5 counter drop"
readonly KEPT="verdicts4 verdicts6 pending4 pending6 limits4 limits6 rates4 rates6 proofs4 proofs6"

flood_conf() {
	daemon_conf wan0
	cat >>"$DAEMON_CONF" <<-END
		flood {
			enter = 500
			leave = 100
			calm = 20s
		}
		limits {
			known_client = $KNOWN_CLIENT
			known_network = $KNOWN_NETWORK
		}
	END
}

# A CPU is in a flood by itself.
flooded_everywhere() {
	local cpu
	for cpu in 0 1; do spoof 64.0.0.0/3 5000 0 1 "$cpu"; done
	on gateway mxdp status --json | tr -d ' \n' | grep -oE '"flood":[^}]*' | grep '"cpus":2'
}

judged_all() {
	on gateway mxdp status --json | tr -d ' \n' | grep '"running":0,'
}

calm() {
	! flooded
}

# post HOST CLIENT MESSAGE-ID [CPU]: one message, by a client that takes less CPU than swaks. Like
# every mail server it tries again, $retries times: where unknown clients are spared, a mail host that
# answers these by SYN cookies forgets a connection whose last ACK is lost in the crowd, and its client
# waits for a greeting in vain.
post() {
	local server=$MAIL4
	[ "${2#*:}" = "$2" ] || server="[$MAIL6]"
	on "$1" taskset -c "${4:-0-1}" curl -sS --interface "$2" --connect-timeout "${patience:-20}" --max-time 60 \
		--retry "${retries:-3}" --retry-delay 1 \
		"smtp://$server/mail.example.org" --mail-from sender@example.org \
		--mail-rcpt "inbox@$MAIL_DOMAIN" -T <(printf 'Message-Id: <%s>\n\nFloods.\n' "$3")
}

# post_all ID FIRST LAST: a message from each of these addresses of the provider, ten at a time.
post_all() {
	local host patience=20 retries=1
	for host in $(seq "$2" "$3"); do
		post outside "$PROVIDER.$host" "$1-$host@example.org" >>"$BOX_RUN/post" 2>&1 &
		[ $((host % 10)) -ne 0 ] || wait_posts
	done
	wait_posts
}

wait_posts() {
	local job
	for job in $(jobs -p); do
		[ "$job" = "${spoof_job:-}" ] || wait "$job"
	done
}

# arrived ID: how many different messages of this name.
arrived() {
	grep -rhoE "Message-Id: <$1-[0-9]+@" "$MAILBOX/new" | sort -u | wc -l
}

all_arrived() {
	is "$(arrived during)" -eq 100
}

# The verdicts of the provider's hosts FIRST to LAST: "host action score", sorted.
provider_verdicts() {
	on gateway mxdp verdicts --json --limit 10000 | python3 -c '
import json, sys
first, last = int(sys.argv[1]), int(sys.argv[2])
for verdict in json.load(sys.stdin)["verdicts"]:
    network, _, host = verdict["client"].rpartition(".")
    if network == sys.argv[3] and first <= int(host) <= last:
        print(host, verdict["action"], verdict["score"])
' "$1" "$2" "$PROVIDER" | sort -n
}

# How many entries the maps hold that are kept by address.
kept() {
	local map total=0
	for map in $KEPT; do
		total=$((total + $(bpftool -j map dump pinned "$PINS/$map" | grep -o '"key":' | wc -l)))
	done
	echo "$total"
}

looked_up() {
	on gateway mxdp status --json | tr -d ' \n' | grep -oE '"(announced|asked)":[0-9]+' | xargs
}

# What the mail host sees of connection attempts, counted by a firewall of its own.
count_syns() {
	on mail nft -f - 2>/dev/null <<-END
		table inet lab {
			chain input {
				type filter hook input priority 0; policy accept;
				tcp dport 25 tcp flags & (syn | ack) == syn counter
			};
		};
	END
}

syns() {
	on mail nft list ruleset | sed -nE 's/.*counter packets ([0-9]+) .*/\1/p'
}

# over_by COUNT: so many SYNs in the known client's name were beyond its limit, since this began.
over_by() {
	is "$(($(counter known_over_client) - over))" -ge "$1"
}

# post_ten CLIENT ID
post_ten() {
	local number retries=0
	for number in $(seq 10); do
		post outside "$1" "$2-$number@example.org" || return 1
	done
}

# A host behind a firewall that masquerades it: inside ── nat ── outside.
nat_up() {
	host_make nat && host_make inside
	link nat0 nat 10.9.0.1/30 fd09::1/64 inside 10.9.0.2/30 fd09::2/64
	link out9 outside 198.18.40.1/30 fd08::1/64 nat 198.18.40.2/30 fd08::2/64
	default_route inside 10.9.0.1 fd09::1
	default_route nat 198.18.40.1 fd08::1
	on outside ip route add 198.18.40.2/32 dev out9 table local
	forwarding nat
	forwarding outside
	nat_rules
}

# nat_rules [RULE]: masquerading, what is invalid dropped, and one rule more.
nat_rules() {
	on nat nft -f - <<-END
		flush ruleset
		table ip lab {
			chain forward {
				type filter hook forward priority 0; policy accept;
				ct state invalid counter drop
				${1:-}
			};
			chain hide {
				type nat hook postrouting priority 100; policy accept;
				oifname "eth9" masquerade
			};
		};
	END
}

# arrives HOST CLIENT MESSAGE-ID [CPU]
arrives() {
	time post "$@" || return 1
	wait_for 20 in_mailbox "$3"
}

# all_arrive ID COMMAND...: a message from behind the firewall, and others until the command succeeds,
# as one connection in five is spared the challenge, and then is a proof by itself.
all_arrive() {
	local number id=$1
	shift
	for number in 1 2 3 4 5; do
		on gateway mxdp forget 198.18.40.2 >/dev/null
		on gateway bpftool map delete pinned "$PINS/proofs4" key 198 18 40 2
		arrives inside 10.9.0.2 "$id-$number@example.org" 0 || return 1
		! "$@" || return 0
	done
}

# Of connections that SYNs which came again have opened.
repeated() {
	is "$(counter repeats_spared)" -gt "$sent"
}

proved() {
	is "$(counter challenge_proved)" -gt "$sent"
}

eaten() {
	is "$(on nat nft list ruleset | sed -nE 's/.*doff 5 counter packets ([0-9]+) .*/\1/p')" -gt 0
}

lab_up
replies_flow
flood_conf
expect "the daemon starts" daemon_start

# ---- from addresses that nobody has ----

impossible() {
	is "$(counter source_impossible)" -eq 256
}

asked=$(looked_up)
for prefix in 224.0.0.0/4 0.0.0.0/8 255.255.255.255/32 "$MAIL4/32"; do
	spoof "$prefix" 64 0 1
done
expect "SYNs from multicast, 0/8, broadcast and the server's own address are dropped" wait_for 20 impossible
expect "and nobody is looked up" test "$(looked_up)" = "$asked"

# ---- in a provider's name ----

expect "half of a provider's hosts deliver" post_all before 1 50
provider_verdicts 1 50 >"$BOX_RUN/before"
expect "and have verdicts" is "$(wc -l <"$BOX_RUN/before")" -eq 50
began=$SECONDS
spoof_begin 198.18.0.0/20 "$((PACKETS * 10))" 40000 "$LONGEST"
expect "a flood in the provider's name is noticed" wait_for 20 flooded
expect "a hundred of its hosts deliver meanwhile" post_all during 1 100
expect "while the flood goes on" kill -0 "$spoof_job"
while [ $((SECONDS - began)) -lt $((PACKETS / 40000)) ]; do sleep 1; done
spoof_end
echo "# $(spoofed)"
expect "100 of 100 messages arrived" wait_for 20 all_arrived
provider_verdicts 1 50 >"$BOX_RUN/after"
expect "its verdicts and scores are as they were" diff "$BOX_RUN/before" "$BOX_RUN/after"
expect "all verdicts are to pass" test "$(provider_verdicts 1 255 | cut -d ' ' -f 2 | sort -u)" = pass
expect "nobody was dropped or refused" is "$(counter verdict_drop reply_syn_ack handshakes_over)" -eq 0

# ---- in the name of one client, which is known ----

if count_syns; then
	seen=$(syns) over=$(counter known_over_client) confirmed=$(counter known_confirmed)
	began=$SECONDS
	spoof_begin "$PROVIDER.1/32" "$((PACKETS * 10))" 50000 "$LONGEST"
	expect "a flood in a known client's name is noticed" wait_for 20 over_by 1
	expect "the client delivers ten messages, none of them tried twice" post_ten "$PROVIDER.1" own
	expect "and its neighbour, likewise known" post_ten "$PROVIDER.2" next
	expect "while the flood goes on" kill -0 "$spoof_job"
	expect "the others were challenged" wait_for 60 over_by $((PACKETS / 4))
	spoof_end
	echo "# $(spoofed); the mail host saw $(($(syns) - seen)) SYNs, challenged: $(counter known_challenged)"
	expect "they arrived" wait_for 20 is "$(arrived own) $(arrived next)" = "10 10"
	expect "the mail host saw no more SYNs than the limits let through" \
		is $(($(syns) - seen)) -le $((KNOWN_CLIENT + (SECONDS - began + 1) * KNOWN_NETWORK / 60 + 40))
	expect "and the client could tell its own" is "$(($(counter known_confirmed) - confirmed))" -ge 5
	expect "mxdp status tells of it" says "in the names of clients that pass challenged" on gateway mxdp status
	expect "its verdict is as it was" diff <(grep '^1 ' "$BOX_RUN/before") <(provider_verdicts 1 1)
else
	skip "a flood in a known client's name" "this kernel has no nftables"
fi

# ---- from random addresses ----

expect "a flood from random addresses is noticed, on each CPU" wait_for 30 flooded_everywhere
wait_for 20 judged_all
before=$(kept) asked=$(looked_up) sent=$(counter challenge_sent)
for cpu in 0 1; do spoof 64.0.0.0/3 $((PACKETS / 2)) 0 10 "$cpu"; done
echo "# $(tail -n 2 "$BOX_RUN/flood" | xargs)"
expect "no map holds more than before" is "$(kept)" -le "$before"
expect "no lookup was started" test "$(looked_up)" = "$asked"
expect "challenges were sent in their place" is "$(counter challenge_sent)" -gt "$sent"
expect "mxdp status tells of the flood" says "unknown clients must prove" on gateway mxdp status

spoof_begin 64.0.0.0/3 100000000 0 "$LONGEST" 0
sent=$(counter challenge_proved)
for host in 1 2 3 4 5; do
	expect "a new client gets in" arrives outside "198.18.99.$host" "new4-$host@example.org" 0
done
expect "and one of IPv6" arrives outside 2001:db8:51::9 new6@example.org 0
expect "challenged, most of them" is "$(counter challenge_proved)" -ge $((sent + 3))
sent=$(counter challenge_proved)
expect "a known client gets in" arrives outside "$PROVIDER.1" known@example.org 0
expect "by its verdict: it notices nothing" is "$(counter challenge_proved)" -eq "$sent"

# ---- behind firewalls, at the height of the flood and when it is over ----

nat=
if nat_up; then
	nat=up sent=$(counter repeats_spared)
	nat_rules "$EAT"
	expect "a client whose firewall eats the challenge gets in at the height" \
		arrives inside 10.9.0.2 height@example.org 0
	expect "it was challenged" eaten
	expect "and passed as its SYN came again" repeated
fi
expect "the flood goes on" kill -0 "$spoof_job"
spoof_end

spoof_begin 64.0.0.0/3 100000000 300 "$LONGEST" 0
sleep 3
if [ -n "$nat" ]; then
	nat_rules
	sent=$(counter challenge_proved)
	expect "a client behind masquerading and 'ct state invalid drop' gets in" \
		all_arrive nat proved
	expect "it could answer the challenge" proved
	nat_rules "$EAT"
	expect "one whose firewall eats the challenge gets in" \
		all_arrive eaten eaten
	expect "it ate some" eaten
else
	skip "clients behind firewalls" "this kernel has no nftables"
fi
spoof_end
expect "the flood is over" wait_for 45 calm
expect "the log has its beginning" grep -q "a flood of connection attempts" "$DAEMON_LOG"
expect "that of the one in a known client's name" grep -q "in the names of clients that pass than" "$DAEMON_LOG"
expect "and its end, with figures" wait_for 20 grep -E "flood is over after [0-9]+ s: [1-9][0-9]* challenges" "$DAEMON_LOG"
finish
