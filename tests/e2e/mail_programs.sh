#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What mail programs other than Postfix make of each reply at each of its places, and of a tarpit.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"

readonly LISTED=203.0.113.80

# exim_says MARK WORDS: Exim sends a message and logs of it the mark ("**": bounced, "==": deferred)
# and the words.
exim_says() {
	rm -rf "$EXIM/spool/db" # what it knows of hosts that refused it before
	: >"$EXIM/log/main"
	chown Debian-exim:Debian-exim "$EXIM/log/main"
	printf 'Subject: by Exim\n\nhello\n' |
		on outside exim4 -C "$EXIM/conf" -oi -odi -f user@example.org "inbox@$MAIL_DOMAIN"
	cat "$EXIM/log/main"
	grep -F " $1 inbox@$MAIL_DOMAIN" "$EXIM/log/main" | grep -qF -- "$2"
}

# The same of OpenSMTPD, whose marks are PermFail and TempFail for a recipient, BANNER and HELO for a
# host that is left alone for a while, after which the message is tried again.
opensmtpd_says() {
	opensmtpd_up "$LISTED" || return 1
	on outside swaks --server 127.0.0.1:2526 --from user@example.org --to "inbox@$MAIL_DOMAIN" \
		--helo localhost --silent 2 </dev/null
	wait_for 20 grep -qE "from=<user@.*result=|(BANNER|HELO) rejected" "$OPENSMTPD/log"
	opensmtpd_down
	cat "$OPENSMTPD/log"
	grep -E "from=<user@.*result=\"$1\" stat=\"|mta error reason=$1 rejected: " "$OPENSMTPD/log" |
		grep -qF "$2"
}

# msmtp hands on what it was told, to the user who waits for it.
msmtp_says() {
	refuses "$1" "server message: $2" on outside msmtp --host="$MAIL4" --source-ip="$LISTED" \
		--domain=msmtp.example.org --from=user@example.org --tls=off --auth=off \
		"inbox@$MAIL_DOMAIN" <<<"Subject: by msmtp"
}

# refused REPLY-KEYS ACTION: refused clients are answered so from now on.
refused() {
	MXDP_ACTION=$2 daemon_conf
	cat >>"$DAEMON_CONF" <<-END
		reply { url = "https://example.net/{address}" contact = "desk" $1 }
	END
	on gateway mxdp reload >/dev/null
	on gateway mxdp forget 203.0.113.0/24 >/dev/null 2>&1
	on gateway mxdp check "$LISTED" >/dev/null
}

# each_says CODE MARK WORDS-OF-EXIM MARK-OF-OPENSMTPD STATUS-OF-MSMTP: swaks reads the reply with our
# text, the others do as marked.
each_says() {
	expect "$1: swaks reads it" says "$1 Blocked by bl.example, see https://example.net/$LISTED" \
		dial "$LISTED"
	expect "$1: Exim: $2" exim_says "$2" "$3: $1 Blocked by bl.example"
	expect "$1: OpenSMTPD: $4" opensmtpd_says "$4" "$1 Blocked by bl.example"
	expect "$1: msmtp ends with $5" msmtp_says "$5" "$1 Blocked by bl.example"
}

heard() {
	grep -F "$LISTED" "$MAIL_LOG"
}

lab_up
replies_flow
exim_conf "$LISTED" 1
MXDP_ACTION=reject daemon_conf
daemon_start

refused "" reject
each_says "550 5.7.1" "**" "after RCPT TO:<inbox@$MAIL_DOMAIN>" PermFail 65
refused "reject_at = helo" reject
each_says "550 5.7.1" "**" "after HELO exim.example.org" HELO 76
refused "reject_at = greeting" reject
each_says "554 5.7.1" "**" "after initial connection" BANNER 76
refused "" tempfail
each_says "421 4.7.1" "==" "after initial connection" BANNER 76
refused "tempfail_at = helo" tempfail
each_says "450 4.7.1" "==" "after HELO exim.example.org" HELO 76
refused "tempfail_at = dialogue" tempfail
each_says "451 4.7.1" "==" "after RCPT TO:<inbox@$MAIL_DOMAIN>" TempFail 69
expect "the mail server heard of none of them" refuses 1 "" heard

refused "" tarpit
hanging() {
	dial "$LISTED" --timeout 4 >"$BOX_RUN/tarpit"
	cat "$BOX_RUN/tarpit"
	grep -q "Connected to" "$BOX_RUN/tarpit" && ! grep -q "<-" "$BOX_RUN/tarpit"
}
expect "tarpit: connected, and then nothing" hanging
expect "and counted" is "$(counter reply_tarpit)" -gt 0
finish
