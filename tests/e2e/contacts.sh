#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A refused client can write to postmaster and abuse, and to nobody else: real Postfix on both sides,
# the policy service on the mail server's.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"

lab_up
replies_flow
sender_up || echo "# the sending Postfix does not run"
MXDP_ACTION=reject daemon_conf
cat >>"$DAEMON_CONF" <<-END
	own_domains = { "$MAIL_DOMAIN" }
	reply {
		name = mx.$MAIL_DOMAIN
		url = "https://www.example.net/blocked?ip={address}"
	}
	policy { listen = "$GATEWAY4:10040" }
	limit { per_minute = 1 burst = 4 }
END
daemon_start
cat >>"$BOX_RUN/postfix/main.cf" <<-END
	smtpd_recipient_restrictions = reject_unauth_destination
	  check_policy_service { inet:$GATEWAY4:10040, default_action=DUNNO, timeout=20s }
END
on mail postfix -c "$BOX_RUN/postfix" reload >>"$BOX_RUN/postfix.out" 2>&1

status() {
	wait_for 20 sent "$1" "$2" || { tail -n 5 "$SENDER_LOG" && return 1; }
	sent "$1" "$2"
}

mail_heard() {
	grep -F "203.0.113.66" "$MAIL_LOG"
}

expect "no contact need be configured: postmaster is one" \
	refuses 1 "" grep -q "reply.contact is not set" "$DAEMON_LOG"
expect "status says that no mail server has asked yet" \
	says "nobody is let in" on gateway mxdp status
expect "before that nobody is let in" submit postmaster
expect "postmaster: deferred" status postmaster deferred
expect "with the reason in the log" \
	wait_for 20 grep -q "no mail server has asked the policy server" "$DAEMON_LOG"
expect "a clean client delivers" deliver 198.51.100.10 clean@example.org

expect "now the next attempt opens the way" send_again
expect "the daemon lets it in" wait_for 20 grep -q "203.0.113.66 is refused, but let in" "$DAEMON_LOG"
expect "the mail server has heard nothing of it so far" refuses 1 "" mail_heard
expect "the verdict: a limited pass" is "$(verdict4_field 203.0.113.66 action)" = MXDP_ACTION_LIMIT
expect "explain says why" says "write to postmaster or abuse" on gateway mxdp explain 203.0.113.66
expect "status counts it" says "1 refused clients may write" on gateway mxdp status
expect "the attempt after that" send_again
expect "delivers to postmaster" status postmaster sent
expect "and to abuse, at once" submit Abuse
expect "abuse: delivered" status Abuse sent
expect "another recipient" submit listed
expect "is bounced, in the packet path's words" status listed bounced
expect "by the mail server, as the policy service told it" says "5.7.1" \
	grep -E "reject: RCPT from .*203.0.113.66.*Blocked by bl.example, see https://www.example.net/blocked\?ip=203.0.113.66" "$MAIL_LOG"

dial_many() {
	for _ in $(seq 12); do
		dial 203.0.113.66 --quit-after CONNECT >/dev/null 2>&1 &
	done
	wait
	is "$(counter limit_drop)" -gt 0
}
expect "its connections are limited" dial_many

daemon_end TERM
daemon_start
expect "a restart remembers the pass" says "1 refused clients may write" on gateway mxdp status
on gateway mxdp forget 203.0.113.66 >/dev/null
expect "forget ends it" says "0 refused clients may write" on gateway mxdp status
finish
