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
		feed "own" {
			source = "file://$BOX_RUN/list"
			action = reject
			shown = "Our List"
			url = "https://list.example.org/{address}"
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

# An attempt may come before the daemon has heard of the last one's end: then there is another.
bounced_again() {
	send_again && wait_for 4 sent "$1" bounced
}

# raw CLIENT [WORD...]: a script on standard input, as a client that does as it likes.
raw() {
	local client=$1
	shift
	on outside build/tests/e2e/talk "$client" "$MAIL4" 25 "$@" 2>&1
}

script() {
	printf 'EHLO a\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@%s>\r\nQUIT\r\n' "$MAIL_DOMAIN"
}

pipelined() {
	script | raw "$@" | tee "$BOX_RUN/raw"
	grep -q '^550 5.7.1' "$BOX_RUN/raw" && grep -q '^221' "$BOX_RUN/raw"
}

# Each byte a segment of its own: the client's TCP joins them when it sends them again. That works
# for what fits its first window; docs/replies.md says what becomes of the rest.
byte_by_byte() {
	{
		sleep 1
		printf 'EHLO a\r\n' && sleep 3
	} | raw "$1" bytes half | tee "$BOX_RUN/raw"
	grep -q '^250' "$BOX_RUN/raw"
}

# Closes its half behind EHLO: it is answered, and the connection ends at once.
half_closed() {
	local start=$SECONDS
	printf 'EHLO a\r\n' | raw "$1" half | tee "$BOX_RUN/raw"
	grep -q '^250' "$BOX_RUN/raw" && is $((SECONDS - start)) -lt 10
}

# A message of 20 MB, in the middle of which its client becomes rejected.
rejected_in_the_middle() {
	local client=$1
	{
		printf 'EHLO a\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<inbox@%s>\r\nDATA\r\n' \
			"$MAIL_DOMAIN"
		sleep 1
		printf 'Message-Id: <middle@example.org>\r\n\r\n'
		yes "$(printf '%070d\r' 0)" | head -c 10000000
		printf '\r\n'
		{ on gateway mxdp forget "$client" && reject_now "$client"; } >"$BOX_RUN/reject_now" 2>&1
		yes "$(printf '%070d\r' 1)" | head -c 10000000
		printf '\r\n.\r\n'
		sleep 1
		printf 'QUIT\r\n'
		sleep 1
	} | raw "$client" | tee "$BOX_RUN/raw"
	grep -q '^250 2.0.0 Ok: queued' "$BOX_RUN/raw" && wait_for 20 in_mailbox middle@example.org &&
		is "$(in_mailbox middle@example.org | wc -l)" -eq 1
}

# Makes the client's verdict a copy of a rejected one's.
# shellcheck disable=SC2086 # bytes, each a word
reject_now() {
	local from to value
	from=$(printf '%d ' ${listed_client//./ })
	to=$(printf '%d ' ${1//./ })
	value=$(bpftool -j map lookup pinned "$PINS/verdicts4" key $from |
		grep -o '"value":\[[^]]*\]' | grep -o '0x..' | tr '\n' ' ')
	bpftool map update pinned "$PINS/verdicts4" key $to value $value
}

# An address that is not ASCII: without SMTPUTF8 in our EHLO it would bounce with 5.6.7.
utf8_bounced() {
	raw_submit | raw_local
	wait_for 20 grep -q 'to=<listed-.*status=bounced' "$SENDER_LOG"
	grep 'to=<listed-.*status=bounced' "$SENDER_LOG" | tee "$BOX_RUN/raw"
	grep -q 'dsn=5.7.1' "$BOX_RUN/raw" && grep -qF 'Blocked by bl.example' "$BOX_RUN/raw"
}

raw_submit() {
	printf 'EHLO localhost\r\nMAIL FROM:<user@example.org> SMTPUTF8 BODY=8BITMIME\r\n'
	printf 'RCPT TO:<listed-\303\274@%s>\r\nDATA\r\n' "$MAIL_DOMAIN"
	sleep 1
	printf 'Subject: gr\303\274n\r\n\r\ngr\303\274n\r\n.\r\nQUIT\r\n'
	sleep 1
}

raw_local() {
	on outside build/tests/e2e/talk 127.0.0.1 127.0.0.1 2525
}

deferred() {
	wait_for 20 sent "$1" deferred || { tail -n 5 "$SENDER_LOG" && return 1; }
	sent "$1" deferred
}

# A feed's refusal names it, with an address of its own.
named_by_feed() {
	script | raw "$1" | tee "$BOX_RUN/raw"
	grep -q "^550 5.7.1 Blocked by Our List, see https://list.example.org/$1," "$BOX_RUN/raw"
}

listed_client=203.0.113.66

lab_up
replies_flow
sender_up || echo "# the sending Postfix does not run"
echo 198.51.100.77 >"$BOX_RUN/list"
replies_conf
expect "the daemon starts" daemon_start

expect "a user sends to a listed client's way" submit listed
expect "Postfix bounces it" bounced listed
expect "at RCPT, with our code and text" says "550 5.7.1 Blocked by bl.example, see https://www.example.net/blocked?ip=203.0.113.66" sent listed bounced
expect "the bounce has the DSN code" says "dsn=5.7.1" sent listed bounced
expect "in answer to RCPT" says "in reply to RCPT TO" sent listed bounced
expect "the user finds it in the mailbox" wait_for 20 bounce_says "Blocked by bl.example"
expect "with whom to ask" wait_for 20 bounce_says "postmaster@example.com"
expect "IPv6: sent" submit listed6
expect "IPv6: Postfix bounces it" bounced listed6
expect "IPv6: the text has the address" says "ip=2001:db8:bad::66" sent listed6 bounced
expect "a message with UTF-8 addresses is bounced with our reason" utf8_bounced
expect "a client that a feed lists is told which" named_by_feed 198.51.100.77
expect "commands sent at once are answered one by one" pipelined 203.0.113.70
expect "a client that sends its EHLO byte by byte is answered" byte_by_byte 203.0.113.71
expect "a client that closes its half is let go" half_closed 203.0.113.72
expect "a user sends to one who insists on TLS" submit encrypt
expect "Postfix defers it: no STARTTLS" deferred encrypt
expect "its next attempt is bounced, at EHLO" wait_for 20 bounced_again encrypt
expect "with our words" says "550 5.7.1 Blocked by bl.example" sent encrypt bounced
expect "the mail server heard nothing of it" untouched
expect "a clean client delivers" deliver 198.51.100.10 clean@example.org
# Listed, and allowed until the middle: what is decided anew meanwhile is a reject too.
on gateway mxdp allow 203.0.113.80 >/dev/null
expect "rejected in the middle of 20 MB: delivered once" rejected_in_the_middle 203.0.113.80
expect "and answered the next time" pipelined 203.0.113.80

replies_conf tempfail
expect "tempfail by a reload" on gateway mxdp reload
expect "forgotten" on gateway mxdp forget 203.0.113.0/24
expect "a user sends again" submit again
expect "Postfix defers it" deferred again
expect "with our code and text" says "421 4.7.1 Blocked by bl.example" sent again deferred
finish
