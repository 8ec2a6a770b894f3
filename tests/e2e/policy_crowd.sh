#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The policy server, on both of its sockets, towards crowds and towards clients that do not keep to
# the protocol; and a 5xx through a real Postfix.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
lab_up

readonly UNIX_SOCKET=$BOX_RUN/policy TCP_SOCKET=$GATEWAY4:10040
daemon_conf wan0
cat >>"$DAEMON_CONF" <<-END
	mx_ports = { 2525 }
	policy {
		socket = $UNIX_SOCKET
		listen = "$TCP_SOCKET"
		refuse = reject
		received_spf = yes
	}
END
expect "the daemon starts" daemon_start

ask_policy() {
	on gateway build/tests/e2e/ask_policy "$@"
}

still_answers() {
	says "1 answered" ask_policy "$UNIX_SOCKET" 1 whole && says "1 answered" ask_policy "$TCP_SOCKET" 1 whole
}

expect "one request by the unix socket" says "action=PREPEND Received-SPF: none" ask_policy "$UNIX_SOCKET" 1 whole
expect "one request by TCP" says "action=PREPEND Received-SPF: none" ask_policy "$TCP_SOCKET" 1 whole
expect "a thousand at once by the unix socket are all answered" \
	says "1000 answered, 0 hung up" ask_policy "$UNIX_SOCKET" 1000 whole
expect "a thousand at once by TCP are all answered" \
	says "1000 answered, 0 hung up" ask_policy "$TCP_SOCKET" 1000 whole
expect "of more at once than there are places the rest is hung up on, none is left waiting" \
	says ", 0 silent" ask_policy "$TCP_SOCKET" 1500 whole
expect "garbage is hung up on" says "0 answered, 100 hung up" ask_policy "$UNIX_SOCKET" 100 garbage
expect "endless requests are hung up on" says "0 answered, 100 hung up" ask_policy "$TCP_SOCKET" 100 endless
(ask_policy "$TCP_SOCKET" 500 half >"$BOX_RUN/half") &
half=$!
(ask_policy "$UNIX_SOCKET" 100 drip >"$BOX_RUN/drip") &
drip=$!
expect "beside half-sent ones others are answered" still_answers
wait "$half" "$drip"
expect "half-sent requests are hung up on after half a minute" says "0 answered, 500 hung up" cat "$BOX_RUN/half"
expect "... and likewise those that send a byte a second" says "0 answered, 100 hung up" cat "$BOX_RUN/drip"
expect "the log says what was wrong" says "policy: a request is refused: " cat "$DAEMON_LOG"
expect "the daemon has not grown beyond 150 MiB" is "$(daemon_resident)" -lt 150

cat >>"$BOX_RUN/postfix/main.cf" <<-END
	smtpd_recipient_restrictions = reject_unauth_destination
	  check_policy_service { inet:$TCP_SOCKET, default_action=DUNNO, timeout=20s }
END
on mail postfix -c "$BOX_RUN/postfix" reload >>"$BOX_RUN/postfix.out" 2>&1
expect "Postfix refuses a listed client for good, by a 5.7.1 that names the list" \
	says "554 5.7.1" dial 203.0.113.66
expect "... in words" says "bl.example 5 (listed: 127.0.0.2)" dial 203.0.113.66
expect "a clean one delivers" deliver 198.51.100.1 clean@example.org
daemon_end TERM
finish
