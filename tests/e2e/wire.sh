#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What clients say is read on the wire: evidence without a change to the mail server, and nothing
# else of it is ever copied.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
lab_up
replies_flow

# A domain that permits nobody to send, and one that permits a range, known to the resolver.
resolver_learn 'nobody.example. TXT "v=spf1 -all"' \
	'provider.example. TXT "v=spf1 ip4:198.51.100.32/28 ip6:2001:db8:51::/64 -all"'

MXDP_ACTION=reject daemon_conf wan0
daemon_start

explained() {
	on gateway mxdp explain "$1" | grep -F -- "$2"
}

found() {
	on gateway mxdp search "$1" | grep -F -- "$2"
}

# ---- forwarded to a Postfix that knows nothing of mxdp ----
(on_exec gateway mxdp watch >"$BOX_RUN/watched" 2>&1) &
disown
wait_for 20 grep -q watching "$BOX_RUN/watched"
dial 198.51.100.2 --helo localhost --from somebody@nobody.example >"$BOX_RUN/dialled"
expect "a client's bad HELO is evidence" wait_for 20 explained 198.51.100.2 'HELO "localhost" is'
expect "its sender's SPF is shown" wait_for 20 explained 198.51.100.2 "SPF fail for nobody.example (-all)"
expect "which refuses nobody" explained 198.51.100.2 "is let through"
expect "watch shows the message" \
	wait_for 20 grep -F "HELO localhost, sender nobody.example, SPF fail" "$BOX_RUN/watched"
expect "the journal finds it by the sender's domain" \
	wait_for 20 found nobody.example "seen on the wire, SPF fail"
dial 198.51.100.33 --from somebody@provider.example >"$BOX_RUN/dialled"
expect "SPF passes where the domain permits the client" \
	wait_for 20 explained 198.51.100.33 "SPF pass for provider.example (ip4:198.51.100.32/28)"
dial 2001:db8:51::33 --from somebody@provider.example >"$BOX_RUN/dialled"
expect "the same over IPv6" wait_for 20 explained 2001:db8:51::33 "SPF pass for provider.example (ip6:"
dial 198.51.100.5 --helo quiet.example --quit-after HELO >"$BOX_RUN/dialled"
expect "a HELO alone is evidence after a while" wait_for 20 explained 198.51.100.5 'HELO "quiet.example" is'

talk_as() {
	local client=$1
	shift
	on outside build/tests/e2e/talk "$client" "$MAIL4" 25 "$@" >"$BOX_RUN/talked" 2>&1
}
printf 'EHLO bytes.example\r\nMAIL FROM:<x@nobody.example>\r\nQUIT\r\n' | talk_as 198.51.100.6 bytes
expect "byte by byte it is read as well" wait_for 20 explained 198.51.100.6 "SPF fail for nobody.example"

# ---- what must never be copied ----
secrets() {
	build/tests/e2e/ring "$PINS/wire" 1048576
	bpftool -j map dump pinned "$PINS/connections" | tr -d '" \n' | sed 's/,0x/ /g'
}
# As bpftool writes bytes: a word becomes its letters' numbers, decimal or hexadecimal.
nowhere() {
	local numbers hex
	numbers=$(printf '%s' "$1" | od -An -v -tu1 | tr -s ' \n' ',' | sed 's/^,//; s/,$//')
	hex=$(printf '%s' "$1" | od -An -v -tx1 | tr -s ' \n' ' ' | sed 's/^ //; s/ $//')
	secrets >"$BOX_RUN/secrets"
	[ "$(wc -c <"$BOX_RUN/secrets")" -gt 1048576 ] || return 1
	! grep -qaF -e "$1" -e "$numbers" -e "$hex" "$BOX_RUN/secrets"
}
expect "lines that were copied are found that way" refuses 1 "" nowhere bytes.example
printf 'EHLO hush.example\r\nAUTH PLAIN czNjcjN0LWF1dGg=\r\nAUTH LOGIN\r\nczNjcjN0LWxvZ2lu\r\nQUIT\r\n' |
	talk_as 198.51.100.7
expect "its HELO was read" wait_for 20 explained 198.51.100.7 'HELO "hush.example"'
expect "credentials are nowhere" nowhere czNjcjN0
deliver 198.51.100.8 secret-message@example.org
expect "a message was delivered" in_mailbox secret-message@example.org
expect "nothing of it is anywhere" nowhere secret-message
expect "nor a recipient" nowhere "inbox@$MAIL_DOMAIN"
expect "no local part of a sender is kept" refuses 1 "" grep -rqa "somebody@" "$BOX_RUN/state"

head -c 15000000 /dev/urandom | base64 -w 76 >"$BOX_RUN/body"
big() {
	dial 198.51.100.9 --timeout 60 --header "Message-Id: <big@example.org>" --attach "@$BOX_RUN/body" \
		>"$BOX_RUN/dial.big" && wait_for 20 in_mailbox big@example.org
}
expect "20 MB go through" big
expect "all of them arrive" is "$(stat -c %s "$(in_mailbox big@example.org)")" -gt 20000000
expect "nothing was given up" is "$(counter wire_unread wire_lost wire_not_stored)" -eq 0
expect "each client had to prove its address" is "$(counter wire_proved)" -ge 8

# ---- refused clients, answered by the packet path ----
dial 203.0.113.66 --helo listed.example --from somebody@provider.example >"$BOX_RUN/dialled"
expect "a refused client's HELO is evidence" wait_for 20 explained 203.0.113.66 'HELO "listed.example"'
expect "the journal knows whom it wrote to" \
	wait_for 20 found provider.example "said while it was refused, to $MAIL_DOMAIN"

# ---- a mail server on the gateway itself ----
(on_exec gateway smtp-sink -u nobody "$GATEWAY4:25" 10 </dev/null >"$BOX_RUN/sink.log" 2>&1) &
sink_pid=$!
disown
wait_for 20 listens gateway tcp 25
on outside swaks --server "$GATEWAY4" --local-interface 198.51.100.10 --helo mail.example.org \
	--from somebody@nobody.example --to "inbox@$MAIL_DOMAIN" --timeout 8 </dev/null >"$BOX_RUN/dialled" 2>&1
expect "a local socket's clients are read, too" \
	wait_for 20 explained 198.51.100.10 "SPF fail for nobody.example"
kill "$sink_pid"

# ---- off, and where it can't be ----
tc_on_wan0() {
	on gateway tc filter show dev wan0 egress
}
expect "the return path hangs on the way out" says mxdp_return tc_on_wan0
echo "wire_evidence = no" >>"$DAEMON_CONF"
on gateway mxdp reload >/dev/null
expect "switched off, it is gone" refuses 0 "" test -z "$(tc_on_wan0)"
expect "status says so" says "not read (wire_evidence = no)" on gateway mxdp status
dial 198.51.100.11 --from somebody@nobody.example >"$BOX_RUN/dialled"

# ---- handshakes of this machine's own sockets ----
has_proof() {
	bpftool map lookup pinned "$PINS/proofs$1" key "${@:2}" >/dev/null 2>&1
}
unproved() {
	bpftool map show pinned "$PINS/proofs$1" && ! has_proof "$@"
}
# swaks to the gateway itself: to SERVER from CLIENT
greet() {
	on outside swaks --server "$1" --local-interface "$2" --quit-after HELO --timeout 8 \
		</dev/null >"$BOX_RUN/dialled" 2>&1
}
(on_exec gateway smtp-sink -u nobody "inet:$GATEWAY4:25" 10 </dev/null >"$BOX_RUN/sink.log" 2>&1) &
sink4=$!
(on_exec gateway smtp-sink -u nobody "inet:[$GATEWAY6]:25" 10 </dev/null >"$BOX_RUN/sink.log" 2>&1) &
sink6=$!
disown -a
wait_for 20 listens gateway tcp 25
expect "status says that sockets are watched" says "here proves an address" on gateway mxdp status
on gateway mxdp allow 198.51.100.40 >/dev/null
on outside build/tests/e2e/syn_stream "$GATEWAY4" 25 198.51.100.40 1 1 >/dev/null
expect "a SYN reaches a mail server on this machine" is "$(counter rule_allow)" -ge 1
expect "alone it proves nothing" unproved 4 198 51 100 40
expect "a handshake" greet "$GATEWAY4" 198.51.100.40
expect "proves the client's address" has_proof 4 198 51 100 40
expect "the same over IPv6" greet "[$GATEWAY6]" 2001:db8:51::40
expect "proves it, too" has_proof 6 0x20 1 0x0d 0xb8 0 0x51 0 0 0 0 0 0 0 0 0 0x40 128 0 0 0
dial 198.51.100.41 --quit-after HELO >"$BOX_RUN/dialled"
expect "one in another network namespace does not" unproved 4 198 51 100 41
echo "socket_proof = no" >>"$DAEMON_CONF"
on gateway mxdp reload >/dev/null
expect "switched off, status says so" says "not watched: socket_proof = no" on gateway mxdp status
expect "a handshake" greet "$GATEWAY4" 198.51.100.42
expect "is none then" unproved 4 198 51 100 42
kill "$sink4" "$sink6"
sed -i '/^socket_proof/d' "$DAEMON_CONF"

sed -i '/^wire_evidence/d' "$DAEMON_CONF"
on gateway tc qdisc add dev wan0 clsact
on gateway tc filter add dev wan0 egress pref 25 handle 0x6d78 bpf bytecode '1,6 0 0 0,'
on gateway mxdp reload >/dev/null
expect "where another has its place, status says that it does not read" \
	says "no evidence from the wire: another program has our place" on gateway mxdp status
expect "screening goes on" deliver 198.51.100.12 goes-on@example.org
dial 198.51.100.13 --helo localhost --from somebody@nobody.example \
	--header "Message-Id: <unseen-message@example.org>" >"$BOX_RUN/dialled"
expect "what is said there is shown, its address being unproved" wait_for 20 explained 198.51.100.13 \
	"whoever used this address said HELO localhost, sender nobody.example"
expect "in these words" explained 198.51.100.13 "unproved, not scored: at "
expect "watch shows it, too" grep -F "HELO localhost, sender nobody.example (unproved, not scored)" \
	"$BOX_RUN/watched"
expect "it is no evidence" fails explained 198.51.100.13 'HELO "localhost" is'
expect "nobody asked for its SPF" fails explained 198.51.100.13 SPF
expect "the journal has nothing of it" fails found 198.51.100.13 localhost
expect "nor is its message anywhere" nowhere unseen-message
on gateway tc filter del dev wan0 egress pref 25
on gateway mxdp reload >/dev/null
expect "it comes back once there is room" says mxdp_return tc_on_wan0
daemon_end TERM
expect "it stays when the daemon stops" says mxdp_return tc_on_wan0
on gateway mxdp detach >/dev/null
expect "detached, no trace is left" \
	refuses 1 "" on gateway bash -c 'tc qdisc show dev wan0 | grep clsact'
finish
