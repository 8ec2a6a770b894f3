#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job in short: who gets a connection to the mail server's port, and who does not.
set -u

. tests/kernels/jobs/tap.sh
. tests/kernels/jobs/scene.sh

counted() {
	build/mxdp counters --json | tr -d ' \n' | grep -Eq "\"$1\":\{[^}]*\"count\":[1-9]"
}

passed() {
	grep -q "^ *$1.* pass" <(build/mxdp verdicts)
}

busybox nc -ll -p 25 -e /bin/echo "220 mx.example.net" &
listener=$!
scene_open
daemon_start build/mxdpd
build/mxdp deny 10.99.2.2 --reason "test" >/dev/null
build/mxdp deny fd99:2::2 >/dev/null
for gateway in 10.99 fd99:; do
	case $gateway in
	10.99) clean=10.99.1.1 client=10.99.1.2 denied=10.99.2.1 ;;
	*) clean=fd99:1::1 client=fd99:1:: denied=fd99:2::1 ;;
	esac
	expect "an unknown client is checked and gets its connection ($clean)" connects "$clean"
	expect "its verdict is in the map ($client)" eventually passed "$client"
	expect "a denied client gets none ($denied)" refused "$denied"
done
expect "the unknown client was held for its checks" counted unknown_held
expect "the denied client's packets are counted" counted rule_deny
daemon_stop KILL
expect "without the daemon, the known client still connects" connects 10.99.1.1
expect "without the daemon, the denied client still does not" refused 10.99.2.1
daemon_start build/mxdpd
expect "started again, it takes over what it finds" daemon_said "outer: adopted"
expect "and knows the rule" refused 10.99.2.1
build/mxdp allow 10.99.2.2 >/dev/null
expect "allowed, the client gets its connection" connects 10.99.2.1
build/mxdp detach >/dev/null
wait "$daemon"
expect "detached, everybody connects" connects fd99:2::1
kill "$listener"
scene_close
