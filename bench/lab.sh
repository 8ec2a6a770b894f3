# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the benchmarks with a whole mail system share: the lab of tools/lab, its Postfix with or
# without postscreen, and what its processes cost. Whoever sources this calls box_enter first.

. "${BASH_SOURCE[0]%/*}/../tools/lab/lab.sh"

readonly BENCH=$BOX_TOP/build/bench
# The lines for bench/gather.
readonly MEASURED=$BOX_RUN/measured

# measured RESULT FIELD NUMBER
measured() {
	echo "$*" >>"$MEASURED"
	echo "  $*"
}

# round_begins ROUND ROUNDS: for whoever waits.
round_begins() {
	printf '  round %d of %d, %d:%02d min\n' "$1" "$2" $((SECONDS / 60)) $((SECONDS % 60))
}

# Bots by the ten thousand (swarm.c). Their addresses are nobody's own, all are listed by bl.example.
readonly SWARM_RANGE=100.64.0.0/10
swarm_next=0 swarm_job=

swarm_up() {
	on gateway ip route add "$SWARM_RANGE" via "$OUTSIDE4" dev wan0
}

# swarm_begin RATE SECONDS PATIENCE: from addresses that were not there yet, until swarm_end.
swarm_begin() {
	local mac first
	mac=$(on gateway ip -o link show wan0 | sed -nE 's|.*link/ether ([0-9a-f:]+).*|\1|p')
	first=100.$((64 + swarm_next / 65536 % 32)).$((swarm_next / 256 % 256)).0
	swarm_next=$((swarm_next + $1 * $2 + 256))
	(on_exec outside "$BENCH/swarm" eth0 "$mac" "$MAIL4" 25 "$first" "$1" "$2" "$3" \
		>"$BOX_RUN/swarm" 2>&1) &
	swarm_job=$!
}

# What it says is in $said.
swarm_end() {
	kill "$swarm_job"
	swarm_wait
} 2>/dev/null

swarm_wait() {
	wait "$swarm_job"
	said=$(<"$BOX_RUN/swarm")
}

# Microseconds of CPU that the processes of these names used so far: exactly for those that live, in
# 10 ms for children that have ended. Each has one thread.
cpu_us() {
	local names=" $* "
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v names="$names" '
		{ file = "/proc/" $1 "/schedstat"; name = $0
		  sub(/^[^(]*\(/, "", name); sub(/\).*/, "", name); sub(/^.*\) /, "") }
		index(names, " " name " ") {
			ticks += $14 + $15
			if ((getline line <file) > 0) { split(line, part); ns += part[1] }
			close(file)
		}
		END { printf "%.0f", ns / 1000 + ticks * 10000 }'
}

# daemon_us: the same of all of the daemon's threads.
daemon_us() {
	cat "/proc/$daemon_pid"/task/*/schedstat | awk '{ ns += $1 } END { printf "%.0f", ns / 1000 }'
}

# shellcheck disable=SC2034 # for the scripts
readonly POSTFIX_NAMES=(master postscreen dnsblog smtpd tlsproxy anvil cleanup qmgr virtual bounce
	trivial-rewrite postlogd proxymap)
# shellcheck disable=SC2034
readonly DNS_NAMES=(unbound rbldnsd)

# mail_front plain|default|tuned: Postfix without postscreen, with it as it comes, or with limits and
# waits for a flood.
mail_front() {
	local conf=$BOX_RUN/postfix
	mail_stop
	mail_main_cf >"$conf/main.cf"
	mail_master_cf >"$conf/master.cf"
	[ "$1" = plain ] || mail_postscreen "$1" "$conf"
	rm -f "$BOX_RUN"/postfix-data/postscreen_cache*
	: >"$MAIL_LOG"
	mail_master
}

# Without the second each that Postfix's own script waits and checks.
mail_stop() {
	local master
	master=$(tr -d ' ' <"$BOX_RUN/queue/pid/master.pid") && kill "$master" && wait_for 10 is_gone "$master"
} 2>/dev/null

is_gone() {
	! kill -0 "$1"
} 2>/dev/null

mail_master() {
	on mail /usr/lib/postfix/sbin/master -w -c "$BOX_RUN/postfix" </dev/null \
		>>"$BOX_RUN/postfix.out" 2>&1 || return 1
	wait_for 10 listens mail tcp 25
}

# The mail server starts again, with what it had learnt of clients, but without its queues of connections.
mail_again() {
	mail_stop
	mail_master
}

mail_postscreen() {
	sed -i '/^smtp  *inet/d' "$2/master.cf"
	cat >>"$2/master.cf" <<-END
		smtp       inet       n - n - 1 postscreen
		smtpd      pass       - - n - 200 smtpd
		dnsblog    unix       - - n - 0 dnsblog
		tlsproxy   unix       - - n - 0 tlsproxy
	END
	cat >>"$2/main.cf" <<-END
		postscreen_dnsbl_sites = bl.example=127.0.0.2
		postscreen_dnsbl_action = enforce
		postscreen_greet_action = enforce
	END
	[ "$1" = default ] || cat >>"$2/main.cf" <<-END
		postscreen_pre_queue_limit = 100000
		postscreen_post_queue_limit = 10000
		postscreen_client_connection_count_limit = 0
		default_process_limit = 4000
		postscreen_greet_wait = 1s
	END
}

# daemon_cold [LINE]: mxdpd anew, knowing nobody, with a line more in its configuration.
daemon_cold() {
	daemon_forget
	daemon_conf wan0
	printf '%s\n' "${1:-}" >>"$DAEMON_CONF"
	daemon_start
}

daemon_forget() {
	[ -z "$daemon_pid" ] || daemon_end TERM
	daemon_pid=
	on gateway mxdp detach >/dev/null 2>&1
	rm -rf "$BOX_RUN/state"
}

# bots OPTION...: bench/bots against the mail server; what it says is in $said.
bots() {
	said=$(on outside "$BENCH/bots" "$@")
}

# of NAME: that number of what bots said, 0 when it did not say it.
of() {
	awk -v name="$1" '$1 == name { value = $2 } END { print value + 0 }' <<<"$said"
}

# ratio NUMERATOR DENOMINATOR: with three decimals.
ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f\n", b ? a / b : 0 }'
}

# An address of the listed range, by number.
listed() {
	echo "198.19.$(($1 / 256)).$(($1 % 256))"
}
