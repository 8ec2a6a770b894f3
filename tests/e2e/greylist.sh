#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Greylisted clients: Postfix and Exim are told to come back, do so, and deliver; who comes too early,
# too late or never does not. Delay and window are seconds here.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"

readonly DELAY=4 WINDOW=30
readonly SECOND_MX=192.0.2.26

greylist_conf() {
	MXDP_GREYLIST="delay = ${DELAY}s
window = ${WINDOW}s
${1:-}" daemon_conf wan0
	cat >>"$DAEMON_CONF" <<-END
		reply { contact = "postmaster@example.com" }
		policy { listen = "$GATEWAY4:10040" }
	END
}

# A mail server with a second address and TLS, which asks mxdpd about each message.
mail_server() {
	mail_conf && mail_conf_policy
	on mail ip address add "$SECOND_MX/28" dev eth0
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=mx.$MAIL_DOMAIN" \
		-keyout "$BOX_RUN/key.pem" -out "$BOX_RUN/cert.pem" >"$BOX_RUN/openssl.log" 2>&1
	cat >>"$BOX_RUN/postfix/main.cf" <<-END
		inet_interfaces = $MAIL4 $MAIL6 $SECOND_MX
		smtpd_tls_security_level = may
		smtpd_tls_chain_files = $BOX_RUN/key.pem, $BOX_RUN/cert.pem
	END
	echo "tlsmgr unix - - n 1000? 1 tlsmgr" >>"$BOX_RUN/postfix/master.cf"
	mail_start
}

# A sender that comes again by itself after some seconds. Transports and recipients have the same
# names; each sends from a network of its own.
postfix_sender() {
	sender_conf
	cat >>"$SENDER_CONF/main.cf" <<-END
		queue_run_delay = 1s
		minimal_backoff_time = $((DELAY + 5))s
		maximal_backoff_time = $((DELAY + 5))s
		transport_maps = inline:{ { grey@$MAIL_DOMAIN = grey:[$MAIL4] },
		  { two@$MAIL_DOMAIN = two:[$MAIL4], [$SECOND_MX] },
		  { six@$MAIL_DOMAIN = six:[$MAIL6] },
		  { tls@$MAIL_DOMAIN = tls:[$MAIL4] }, { tls2@$MAIL_DOMAIN = tls2:[$MAIL4] },
		  { utf8-ü@$MAIL_DOMAIN = utf8:[$MAIL4] }, { utf82-ü@$MAIL_DOMAIN = utf82:[$MAIL4] },
		  { triplet@$MAIL_DOMAIN = triplet:[$MAIL4] } }
	END
	cat >>"$SENDER_CONF/master.cf" <<-END
		grey  unix - - n - - smtp -o smtp_bind_address=198.18.1.10
		two   unix - - n - - smtp -o smtp_bind_address=198.18.2.10
		six   unix - - n - - smtp -o smtp_bind_address6=2001:db8:51:6::10
		tls   unix - - n - - smtp -o smtp_bind_address=198.18.3.10 -o smtp_tls_security_level=encrypt
		tls2  unix - - n - - smtp -o smtp_bind_address=198.18.4.10 -o smtp_tls_security_level=encrypt
		utf8  unix - - n - - smtp -o smtp_bind_address=198.18.5.10
		utf82 unix - - n - - smtp -o smtp_bind_address=198.18.6.10
		triplet unix - - n - - smtp -o smtp_bind_address=198.18.7.10
		tlsmgr unix - - n 1000? 1 tlsmgr
	END
	sender_start
}

exim_sends() {
	printf 'Message-Id: <exim@example.org>\nSubject: by Exim\n\nhello\n' |
		on outside exim4 -C "$EXIM/conf" -oi -odi -f user@example.org "inbox@$MAIL_DOMAIN"
	cat "$EXIM/log/main"
	grep -q "== inbox@$MAIL_DOMAIN .*421.*Greylisted, come back in $DELAY seconds" "$EXIM/log/main"
}

exim_again() {
	on outside exim4 -C "$EXIM/conf" -q
	cat "$EXIM/log/main"
	grep -q "=> inbox@$MAIL_DOMAIN" "$EXIM/log/main" && wait_for 20 in_mailbox exim@example.org
}

exim_delivers() {
	wait_for $((WINDOW - 4)) exim_again
}

sends() {
	submit "$1" --header "Message-Id: <$1@example.org>"
}

# A message whose recipient is not ASCII, so that the mail server has to offer SMTPUTF8.
sends_utf8() {
	{
		printf 'EHLO localhost\r\nMAIL FROM:<user@example.org> SMTPUTF8 BODY=8BITMIME\r\n'
		printf 'RCPT TO:<%s-\303\274@%s>\r\nDATA\r\n' "$1" "$MAIL_DOMAIN"
		sleep 1
		printf 'Message-Id: <%s@example.org>\r\n\r\ngr\303\274n\r\n.\r\nQUIT\r\n' "$1"
		sleep 1
	} | on outside build/tests/e2e/talk 127.0.0.1 127.0.0.1 2525
}

deferred() {
	wait_for 20 sent "$1" deferred || { tail -n 5 "$SENDER_LOG" && return 1; }
	sent "$1" deferred | grep -F -- "${2:-Greylisted, come back in $DELAY seconds}"
}

delivered() {
	wait_for "$WINDOW" in_mailbox "$1@example.org" || { tail -n 9 "$SENDER_LOG" && return 1; }
	sent "${2:-$1}" sent
}

# put_off CLIENT [SWAKS-OPTION...]: one visit, which is refused by the packet path.
put_off() {
	local client=$1
	shift
	dial "$client" "$@" --quit-after CONNECT | tee "$BOX_RUN/visit"
	grep -q "421 4.7.1 Greylisted" "$BOX_RUN/visit"
}

greylist() {
	on gateway mxdp greylist "$@"
}

# tries NETWORK NUMBER
tries() {
	greylist "$1" --json | tee "$BOX_RUN/tries"
	grep -q "\"tries\": $2\b" "$BOX_RUN/tries"
}

came_back() {
	says "$1" greylist --state passed
}

nothing_of() {
	says "nothing is greylisted" greylist "$1"
}

heard_nothing_of() {
	! grep -E "connect from .*\[$1\]" "$MAIL_LOG"
}

if ! network_up || ! rbldnsd_up || ! resolver_up || ! mail_server; then
	echo "Bail out! the lab does not stand"
	exit 1
fi
replies_flow
postfix_sender || echo "# the sending Postfix does not run"
exim_conf 198.18.8.10 $((DELAY + 1))
greylist_conf
expect "the daemon starts" daemon_start

# Real mail servers, all at once: each waits for its own.
expect "a user sends by a Postfix in the grey band" sends grey
expect "Postfix defers it, with our code" deferred grey "421 4.7.1"
expect "and our words" deferred grey
expect "the mail server did not hear of it" heard_nothing_of 198.18.1.10
expect "mxdp greylist shows who waits" says 198.18.1.0/24 greylist --state waiting
expect "mxdp explain says so in words" \
	says "198.18.1.0/24 is greylisted since" on gateway mxdp explain 198.18.1.10
expect "nobody came back yet" says "nothing is greylisted" greylist --state passed
expect "Exim is told the same" exim_sends
expect "by IPv6, too" sends six
expect "a message with UTF-8 addresses" sends_utf8 utf8
expect "is deferred, not bounced" deferred utf8-ü "421 4.7.1"
expect "a Postfix that insists on TLS" sends tls
expect "is deferred" deferred tls "421 4.7.1"
expect "one that knows two of our mail servers" sends two
expect "is told so by both" deferred two
expect "which are two tries" wait_for 20 tries 198.18.2.10 2
expect "Postfix comes again by itself, and delivers" delivered grey
expect "Exim, too" exim_delivers
expect "IPv6 is delivered" delivered six
expect "UTF-8 is delivered" delivered utf8 utf8-ü
expect "TLS is delivered" delivered tls
expect "two mail servers: delivered" delivered two
expect "mxdp greylist shows who came back" says 198.18.1.0/24 greylist --state passed
expect "mxdp explain, too" says "came back in time" on gateway mxdp explain 198.18.1.10
expect "it is evidence in its favour" says "told to come back, it did so in time" \
	on gateway mxdp explain 198.18.1.10
expect "and the client is let through" says "is let through" on gateway mxdp explain 198.18.1.10
expect "its next message" deliver 198.18.1.10 next@example.org
expect "in IPv6 the address alone is trusted" says 2001:db8:51:6::10 greylist --state passed

# Too early, too late, another of the network.
expect "a first visit" put_off 198.18.10.1
expect "at once again: too early" put_off 198.18.10.1
expect "that makes two tries" tries 198.18.10.1 2
expect "a second network visits" put_off 198.18.11.1
expect "a third one" put_off 198.18.12.1
sleep $((DELAY + 1))
expect "in time: delivered" deliver 198.18.10.1 intime@example.org
expect "a neighbour of the same /24 delivers" deliver 198.18.11.200 neighbour@example.org
expect "a stranger from elsewhere does not" put_off 198.18.13.1

# A restart, and a start from nothing but the file.
expect "the daemon is stopped" daemon_end TERM
expect "and started again" daemon_start
expect "who waited before may come" deliver 198.18.12.1 restart@example.org
expect "another network visits" put_off 198.18.14.1
expect "maps and program are removed" on gateway mxdp detach
wait_for 20 daemon_gone
expect "the daemon starts anew" daemon_start
expect "it still knows who waits" says 198.18.14.0/24 greylist --state waiting
expect "and who came back" says 198.18.1.0/24 greylist --state passed
sleep "$DELAY"
expect "in time: delivered" deliver 198.18.14.1 anew@example.org
expect "who came back needs not wait" deliver 198.18.1.10 known@example.org

expect "a visit that is not repeated in time" put_off 198.18.15.1
expect "forgotten by the operator" says "1 entry forgotten" greylist forget 198.18.13.1
expect "is forgotten" nothing_of 198.18.13.1
sleep $((WINDOW + 1))
expect "after the window it is over" nothing_of 198.18.15.1
expect "it starts anew" put_off 198.18.15.1
expect "with its first try" tries 198.18.15.1 1

# Told at RCPT, what asks for TLS or SMTPUTF8 gets further, and is delivered all the same.
greylist_conf "reply_at = dialogue"
expect "told at RCPT, by a reload" on gateway mxdp reload
expect "a message with UTF-8 addresses" sends_utf8 utf82
expect "is deferred at RCPT" deferred utf82-ü "451 4.7.1"
expect "a Postfix that insists on TLS" sends tls2
expect "is deferred, for want of TLS" deferred tls2 "4.7.4"
expect "UTF-8 is delivered" delivered utf82 utf82-ü
expect "TLS is delivered" delivered tls2

# Each message by itself, by the policy server.
greylist_conf "at = policy"
expect "greylisting by the policy server" on gateway mxdp reload
expect "a user sends" sends triplet
expect "Postfix defers it" deferred triplet "450 4.7.1"
expect "with our words" deferred triplet "Greylisted, come back in"
expect "the message is in the list" says "<user@example.org> to <triplet@$MAIL_DOMAIN>" greylist
expect "it comes again, and is delivered" delivered triplet
expect "its client came back" says 198.18.7.0/24 greylist --state passed

# What the packet path sees of a connection proves the client as well.
greylist_conf
sed -i '/^policy/d' "$DAEMON_CONF"
daemon_end TERM
expect "a daemon that no mail server asks" daemon_start
expect "a client is told to come back" put_off 198.18.17.1
sleep "$DELAY"
expect "it does so" deliver 198.18.17.1 handshake@example.org
expect "its handshake shows that it came back" wait_for 20 came_back 198.18.17.0/24

# Where the action itself is to greylist, it is all that a list does.
MXDP_ACTION=greylist greylist_conf
sed -i '/^policy/d' "$DAEMON_CONF"
expect "greylisting for the listed, by a reload" on gateway mxdp reload
expect "a listed client is told to come back" put_off 203.0.113.66
sleep "$DELAY"
expect "it does so, and delivers" deliver 203.0.113.66 listed@example.org
expect "and is let through from then on" \
	wait_for 20 says "it came back after a greylisting" on gateway mxdp explain 203.0.113.66

expect "a client in the grey band" put_off 198.18.16.1
expect "the daemon is killed" daemon_end KILL
sleep 1.2
expect "without it mail flows" deliver 198.18.16.1 dead@example.org
expect "and that is counted" is "$(counter greylist_stale)" -gt 0
finish
