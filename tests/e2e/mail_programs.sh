#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What mail programs other than Postfix make of each reply at each of its places, and of a tarpit.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"

readonly EXIM=$BOX_RUN/exim LISTED=203.0.113.80

exim_conf() {
	box_user Debian-exim 64101
	mkdir -p "$EXIM/spool" "$EXIM/log"
	chown -R Debian-exim:Debian-exim "$EXIM"
	cat >"$EXIM/conf" <<-END
		primary_hostname = exim.example.org
		exim_user = Debian-exim
		exim_group = Debian-exim
		spool_directory = $EXIM/spool
		log_file_path = $EXIM/log/%s
		keep_environment =
		host_lookup =
		begin routers
		out:
		  driver = manualroute
		  transport = smtp
		  route_list = * $MAIL4
		begin transports
		smtp:
		  driver = smtp
		  interface = $LISTED
		  hosts_try_dane =
		begin retry
		* * F,1h,1s
	END
	chown root:root "$EXIM/conf"
	chmod 644 "$EXIM/conf"
}

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

# each_says CODE MARK WORDS-OF-EXIM: swaks reads the reply with our text, Exim does as marked.
each_says() {
	expect "$1: swaks reads it" says "$1 Blocked by bl.example, see https://example.net/$LISTED" \
		dial "$LISTED"
	expect "$1: Exim: $2" exim_says "$2" "$3: $1 Blocked by bl.example"
}

heard() {
	grep -F "$LISTED" "$MAIL_LOG"
}

lab_up
replies_flow
exim_conf
MXDP_ACTION=reject daemon_conf
daemon_start

refused "" reject
each_says "550 5.7.1" "**" "after RCPT TO:<inbox@$MAIL_DOMAIN>"
refused "reject_at = helo" reject
each_says "550 5.7.1" "**" "after HELO exim.example.org"
refused "reject_at = greeting" reject
each_says "554 5.7.1" "**" "after initial connection"
refused "" tempfail
each_says "421 4.7.1" "==" "after initial connection"
refused "tempfail_at = helo" tempfail
each_says "450 4.7.1" "==" "after HELO exim.example.org"
refused "tempfail_at = dialogue" tempfail
each_says "451 4.7.1" "==" "after RCPT TO:<inbox@$MAIL_DOMAIN>"
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
