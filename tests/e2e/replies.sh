#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Refused clients are answered by XDP: what real mail programs make of it, and that the mail server
# behind never hears of them.
set -u
[ -n "${MXDP_ATTACH_MODE:-}" ] || {
	status=0 tests=0
	for mode in native generic; do
		while read -r line; do
			case $line in
			ok\ * | not\ ok\ *)
				tests=$((tests + 1))
				result=${line%%[0-9]*}
				echo "$result$tests - $mode: ${line#* - }"
				[ "$result" = "ok " ] || status=1
				;;
			1..*) ;;
			*) echo "$line" ;;
			esac
		done < <(MXDP_ATTACH_MODE=$mode "$0" "$@" 2>&1)
	done
	echo "1..$tests"
	exit "$status"
}
. "${0%/*}/lib.sh"
box_enter "$0" "$@"

replies_conf() {
	MXDP_ACTION=${1:-reject} daemon_conf
	cat >>"$DAEMON_CONF" <<-END
		reply {
			name = mx.$MAIL_DOMAIN
			url = "https://www.example.net/blocked?ip={address}"
			contact = "postmaster@example.com"
		}
	END
}

untouched() {
	! grep -E 'connect from|203\.0\.113\.|2001:db8:bad' "$MAIL_LOG"
}

bounced() {
	wait_for "${2:-15}" sent "$1" bounced || { tail -n 5 "$SENDER_LOG" && return 1; }
	sent "$1" bounced
}

lab_up
replies_flow
sender_up || echo "# the sending Postfix does not run"
replies_conf
expect "the daemon starts" daemon_start

expect "a user sends to a listed client's way" submit listed
expect "Postfix bounces it" bounced listed
expect "at RCPT, with our code and text" says "550 5.7.1 Blocked by bl.example, see https://www.example.net/blocked?ip=203.0.113.66" sent listed bounced
expect "the bounce has the DSN code" says "dsn=5.7.1" sent listed bounced
expect "in answer to RCPT" says "in reply to RCPT TO" sent listed bounced
expect "the user finds it in the mailbox" wait_for 5 bounce_says "Blocked by bl.example"
expect "with whom to ask" wait_for 5 bounce_says "postmaster@example.com"
expect "IPv6: sent" submit listed6
expect "IPv6: Postfix bounces it" bounced listed6
expect "IPv6: the text has the address" says "ip=2001:db8:bad::66" sent listed6 bounced
expect "the mail server heard nothing of it" untouched
expect "a clean client delivers" deliver 198.51.100.10 clean@example.org
finish
