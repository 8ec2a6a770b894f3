# shellcheck shell=bash
# shellcheck disable=SC2154 # what the other parts assign
# SPDX-License-Identifier: GPL-2.0-or-later
# The story that tools/up plays: each part is a function that ends at the first thing that was not
# observed. Evidence comes from outside the daemon where it can: the mailbox, the clients' own
# dialogues, the pinned maps as bpftool shows them.

readonly LISTED4=203.0.113.66 LISTED6=2001:db8:bad::66
readonly SUSPECT4=203.0.113.140 FORGER4=198.51.100.70 POLICY=$GATEWAY4:10040
readonly LISTED_LATER4=203.0.113.99 NEW4=198.51.100.77

story() {
	local start=$SECONDS
	story_lab && story_gateway && story_clean && story_listed && story_operator &&
		story_said && story_without_daemon && story_restart && story_replies &&
		story_greylist && story_flood || return 1
	printf '\n%s steps, every one observed, in %s s.\n' "$observe_steps" $((SECONDS - start))
}

story_lab() {
	heading "A small Internet, in namespaces"
	network_up || missed "the network stands" "four namespaces and their links" || return 1
	observed "outside, gateway, mail and DNS hosts" "outside owns ${CLIENTS[0]}, ${CLIENTS[1]} ..."
	peers_up || missed "the peers run" "listeners of rbldnsd, unbound and Postfix" || return 1
	story_dns 66.113.0.203.bl.example 127.0.0.2 "a DNSBL lists 203.0.113.0/25 (rbldnsd)" || return 1
	dial "$CLEAN4" --quit-after CONNECT >"$BOX_RUN/dial" ||
		missed "a mail server answers" "a greeting of mx.$MAIL_DOMAIN" || return 1
	observed "a mail server answers (Postfix)" "$(grep -m 1 -o '220 .*' "$BOX_RUN/dial")"
}

# story_dns NAME ANSWER WHAT: the gateway asks unbound, which asks rbldnsd.
story_dns() {
	wait_for 20 story_dns_says "$1" "$2" || missed "$3" "$1 is $2" || return 1
	observed "$3" "unbound says $1 is $2"
}

story_dns_says() {
	on gateway getent ahostsv4 "$1" | grep -q "^$2 "
}

story_gateway() {
	heading "mxdpd on the gateway"
	story_conf
	daemon_start || missed "mxdpd screens wan0" "mxdp status answers" || return 1
	observed "mxdpd screens wan0" "$(sed -n 's|.*notice: \(wan0: .*\)|\1|p' "$DAEMON_LOG" | head -n 1)"
}

# The mail server may ask mxdpd about each message.
story_conf() {
	daemon_conf wan0
	cat >>"$DAEMON_CONF" <<-END
		policy {
			listen = "$POLICY"
			refuse = reject
			spf_fail = reject
			received_spf = yes
		}
	END
}

# Clients that were never seen are held for the checks; TCP sends the SYN again.
story_clean() {
	heading "A clean client"
	story_delivers "$CLEAN4" unknown_held &&
		story_delivers "$CLEAN6" unknown_held &&
		story_delivers "$CLEAN4" verdict_pass
}

# story_delivers CLIENT COUNTER: its message is in the mailbox, and this counter grew.
story_delivers() {
	local before start id
	before=$(counter "$2")
	start=$(milliseconds)
	id=story-$((observe_steps + 1))@example.org
	deliver "$1" "$id" ||
		missed "$1 delivers a message" "<$id> in the mailbox; swaks: $(tail -n 1 "$BOX_RUN/dial.$1")" ||
		return 1
	[ "$(counter "$2")" -gt "$before" ] ||
		missed "$1 is counted" "$2 above $before" || return 1
	observed "$1 delivers a message" \
		"<$id> in the mailbox after $(($(milliseconds) - start)) ms; $2 $before → $(counter "$2")"
}

story_listed() {
	heading "A listed client"
	story_refused "$LISTED4" verdict_drop "" &&
		story_refused "$LISTED6" verdict_drop "" || return 1
	on gateway mxdp explain "$LISTED4" | grep -q bl.example ||
		missed "mxdp explain says why" "bl.example in its answer" || return 1
	observed "mxdp explain says why"
	shown mxdp explain "$LISTED4"
	[ "$(verdict4_field "$LISTED4" action)" = MXDP_ACTION_DROP ] ||
		missed "the verdict is in the map" "action MXDP_ACTION_DROP in verdicts4" || return 1
	observed "the verdict is in the map" "bpftool map dump pinned $PINS/verdicts4"
	verdict4 "$LISTED4" | sed 's/^ */    │ /'
}

# story_refused CLIENT COUNTER WORDS: it gets no connection, and its SYNs are counted as dropped.
story_refused() {
	local before after
	before=$(counter "$2")
	silent "$1" || missed "$1 gets no connection$3" "silence; swaks: $(tail -n 1 "$BOX_RUN/dial.$1")" ||
		return 1
	after=$(counter "$2")
	[ "$after" -gt "$before" ] || missed "$1's SYNs are dropped" "$2 above $before" || return 1
	observed "$1 gets no connection$3" "silence for 3 s; $2 $before → $after"
}

story_operator() {
	heading "The operator's word"
	story_says deny "$CLEAN4" --reason "abuse report 4711" &&
		story_refused "$CLEAN4" rule_deny " any more" &&
		story_explains "$CLEAN4" "abuse report 4711" &&
		story_says allow "$LISTED4" --ttl 1h --reason "our customer, will clean up" &&
		story_delivers "$LISTED4" rule_allow &&
		story_says forget "$CLEAN4" &&
		story_delivers "$CLEAN4" unknown_held &&
		story_says forget "$LISTED4" &&
		story_refused "$LISTED4" verdict_drop " again" &&
		story_no_lockout
}

# story_says COMMAND ADDRESS...: one mxdp command, and its first line.
story_says() {
	local answer
	answer=$(on gateway mxdp "$@" 2>&1) ||
		missed "mxdp $1 $2" "exit status 0; it said: $answer" || return 1
	observed "mxdp $1 $2" "${answer%%$'\n'*}"
}

story_explains() {
	on gateway mxdp explain "$1" | grep -qF "$2" ||
		missed "mxdp explain $1 gives the reason" "\"$2\"" || return 1
	observed "mxdp explain $1 gives the reason" "\"$2\""
}

story_no_lockout() {
	local answer
	! answer=$(on gateway mxdp deny 192.0.2.0/24 2>&1) ||
		missed "mxdp deny 192.0.2.0/24 is refused" "exit status 1" || return 1
	observed "mxdp deny 192.0.2.0/24 is refused" "${answer%%$'\n'*}"
}

# HELO, sender and SPF come from the mail server, reverse records from the DNS: evidence adds up.
story_said() {
	heading "What clients say of themselves"
	mail_asks_mxdpd || missed "Postfix asks mxdpd about each message" "postfix reload" || return 1
	observed "Postfix asks mxdpd about each message" "check_policy_service inet:$POLICY"
	story_spf && story_adds_up
}

# SPF judges a message, not the address that brought it: forwarders fail it all day.
story_spf() {
	local header
	deliver "$CLEAN4" story-spf@example.org --from ceo@bank.example &&
		header=$(grep -m 1 -o '^Received-SPF: [a-z]*' "$(in_mailbox story-spf@example.org)") ||
		missed "$CLEAN4 may send for bank.example" "Received-SPF: pass" || return 1
	observed "$CLEAN4 may send for bank.example" "$header"
	dial "$FORGER4" --from ceo@bank.example >"$BOX_RUN/dial"
	grep -q '^<\*\* 5.* 5\.7\.23 ' "$BOX_RUN/dial" ||
		missed "$FORGER4 may not" "a refusal by 5.7.23" || return 1
	observed "$FORGER4 may not: refused" \
		"$(sed -nE 's/^<\*\* ([0-9]+ [0-9.]+).*(SPF: .*)/\1 \2/p' "$BOX_RUN/dial" | head -n 1)"
	deliver "$FORGER4" story-own@example.org --from bob@example.org ||
		missed "its own mail is welcome" "<story-own@example.org> in the mailbox" || return 1
	observed "its own mail is welcome" "<story-own@example.org> in the mailbox"
}

# No piece of this refuses by itself.
story_adds_up() {
	deliver "$SUSPECT4" story-suspect@example.org ||
		missed "$SUSPECT4, suspected, has no name" "its message in the mailbox" || return 1
	observed "$SUSPECT4, suspected, has no name" "its message is taken: $(on gateway mxdp explain "$SUSPECT4" | grep -o '[0-9.]*, threshold [0-9.]*')"
	dial "$SUSPECT4" --helo localhost >"$BOX_RUN/dial"
	grep -q '^<\*\* 5.* 5\.7\.1 ' "$BOX_RUN/dial" ||
		missed "now it calls itself localhost" "a refusal by 5.7.1" || return 1
	observed "now it calls itself localhost: refused" \
		"$(sed -nE 's/^<\*\* ([0-9]+ [0-9.]+) .*/\1/p' "$BOX_RUN/dial" | head -n 1)"
	story_refused "$SUSPECT4" verdict_drop " any more" || return 1
	on gateway mxdp explain "$SUSPECT4" | grep -q '+1.0  helo' ||
		missed "mxdp explain shows the whole sum" "dnsbl, rdns and helo" || return 1
	observed "mxdp explain shows the whole sum"
	shown mxdp explain "$SUSPECT4"
}

story_without_daemon() {
	heading "The daemon dies"
	daemon_end KILL || missed "kill -9 of mxdpd" "its process gone" || return 1
	observed "kill -9 of mxdpd" "process $daemon_pid is gone, the program stays on wan0"
	wait_for 20 story_heartbeat_stale ||
		missed "mail flows without it" "unknown_stale above 0" || return 1
	story_delivers "$NEW4" unknown_stale &&
		story_delivers "$CLEAN4" verdict_pass &&
		story_refused "$LISTED4" verdict_drop ", as before"
}

# A client is held until the heartbeat is older than heartbeat_stale (1 s).
story_heartbeat_stale() {
	dial 198.51.100.78 --timeout 5 --quit-after CONNECT && [ "$(counter unknown_stale)" -gt 0 ]
}

story_restart() {
	local hits
	heading "It is started again"
	hits=$(verdict4_field "$LISTED4" hits)
	daemon_start || missed "mxdpd starts again" "mxdp status answers" || return 1
	observed "mxdpd takes over what is pinned" "verdict of $LISTED4: $(verdict4_field "$LISTED4" hits) hits, $hits before"
	[ "$(verdict4_field "$LISTED4" hits)" -ge "$hits" ] ||
		missed "its hits are kept" "$hits or more" || return 1
	story_refused "$LISTED4" verdict_drop ", as before" || return 1
	[ "$(verdict4_field "$LISTED4" hits)" -gt "$hits" ] ||
		missed "its hits go on" "more than $hits" || return 1
	observed "and its hits go on" "$hits → $(verdict4_field "$LISTED4" hits)"
	story_refused "$LISTED_LATER4" verdict_drop ", newly seen"
}

# A real Postfix behind a listed address: it is answered, by XDP, and its user gets a bounce.
story_replies() {
	heading "An answer in place of silence"
	replies_flow && sender_up ||
		missed "another mail system runs" "a listener of its Postfix" || return 1
	story_reply_conf
	on gateway mxdp reload >"$BOX_RUN/reload" 2>&1 ||
		missed "mxdp reload" "exit status 0; it said: $(<"$BOX_RUN/reload")" || return 1
	observed "mxdp reload" "screen { action = reject }"
	story_mark=$(wc -l <"$MAIL_LOG")
	submit again >"$BOX_RUN/submit" && wait_for 20 sent again bounced ||
		missed "a listed client's Postfix bounces" "status=bounced; $(tail -n 1 "$SENDER_LOG")" ||
		return 1
	observed "a listed client's Postfix bounces" "$(sent again bounced | grep -o 'dsn=[0-9.]*, status=bounced')"
	wait_for 20 bounce_says "Blocked by bl.example" ||
		missed "its user reads why" "the list's name in the mailbox" || return 1
	observed "its user reads why, and where to turn"
	grep -rh -A 3 '^<again@' "$SENDER_MAILBOX/new" | head -n 4 | sed 's/^/    │ /'
	! tail -n "+$((story_mark + 1))" "$MAIL_LOG" | grep -q 203.0.113 ||
		missed "the mail server never heard of it" "no line in its log" || return 1
	observed "the mail server never heard of it" "no line of 203.0.113.68 in its log"
}

story_reply_conf() {
	MXDP_ACTION=reject story_conf
	cat >>"$DAEMON_CONF" <<-END
		reply {
			name = mx.$MAIL_DOMAIN
			url = "https://www.example.net/blocked?ip={address}"
			contact = "postmaster@example.com"
		}
	END
}

# A client with something against it, but not enough to be refused: no reverse record. It is told to
# come back, as mail servers do.
story_greylist() {
	local waiting passed
	heading "A client that nobody can vouch for"
	MXDP_GREYLIST="delay = 3s window = 1h" MXDP_ACTION=reject story_conf
	daemon_end TERM && daemon_start ||
		missed "mxdpd starts again" "mxdp status answers" || return 1
	submit grey --header "Message-Id: <grey@example.org>" >"$BOX_RUN/submit" &&
		wait_for 20 sent grey deferred ||
		missed "its Postfix is told to come back" "status=deferred; $(tail -n 1 "$SENDER_LOG")" ||
		return 1
	observed "its Postfix is told to come back" "$(sent grey deferred | grep -o '421 .*seconds')"
	waiting=$(on gateway mxdp greylist --state waiting)
	[[ $waiting == *198.18.1.0/24* ]] ||
		missed "mxdp greylist shows it" "198.18.1.0/24; it said: $waiting" || return 1
	observed "mxdp greylist shows it"
	shown mxdp greylist
	sleep 4
	send_again && wait_for 20 in_mailbox grey@example.org ||
		missed "it comes back and is delivered" "<grey@example.org> in the mailbox" || return 1
	observed "it comes back and is delivered" "<grey@example.org> in the mailbox"
	wait_for 20 story_came_back || missed "mxdp greylist shows that" "198.18.1.0/24 passed" || return 1
	passed=$(on gateway mxdp explain 198.18.1.10 | sed -n 's/^ *Greylist: //p')
	observed "mxdp explain knows that" "${passed%%: *}"
	shown mxdp greylist
}

story_came_back() {
	on gateway mxdp greylist --state passed | grep -F 198.18.1.0/24
}
