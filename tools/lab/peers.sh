# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The world around the gateway: a DNSBL (rbldnsd), a resolver in front of it (unbound), a mail
# server (Postfix). Real programs with configurations of their own below $BOX_RUN.

readonly MAIL_LOG=$BOX_RUN/mail.log
readonly MAIL_DOMAIN=example.net

peers_up() {
	rbldnsd_up || return 1
	resolver_up || return 1
	mail_up
}

# bl.example lists with 127.0.0.2, whom it only suspects with 127.0.0.3; wl.example is a DNSWL; both
# have the test entries of RFC 5782.
rbldnsd_up() {
	local zones=$BOX_RUN/rbldnsd
	mkdir -p "$zones"
	rbldnsd_zone "127.0.0.2:Listed by the lab's DNSBL: \$" 127.0.0.2 203.0.113.0/25 198.19.0.0/16 \
		100.64.0.0/10 \
		"203.0.113.128/26 :127.0.0.3:Seen by the lab's spam traps: \$" \
		>"$zones/bl4"
	rbldnsd_zone "127.0.0.2:Listed by the lab's DNSBL: \$" ::ffff:7f00:2 2001:db8:bad::/48 \
		>"$zones/bl6"
	rbldnsd_zone "127.0.5.1:Known to the lab's DNSWL" 127.0.0.2 198.51.100.128/25 >"$zones/wl4"
	(on_exec dns rbldnsd -n -u rbldns -r / -w "$zones" -c 0 -b 127.0.0.1/5353 \
		bl.example:ip4set:bl4 bl.example:ip6trie:bl6 wl.example:ip4set:wl4 \
		</dev/null >"$BOX_RUN/rbldnsd.log" 2>&1) &
	disown
	wait_for 20 listens dns udp 5353
}

# rbldnsd_zone VALUE ENTRY...
rbldnsd_zone() {
	printf '$SOA 60 ns.bl.example. hostmaster.bl.example. 0 600 300 86400 60\n$NS 60 ns.bl.example.\n'
	printf ':%s\n' "$1"
	shift
	printf '%s\n' "$@"
}

# listens HOST tcp|udp PORT
listens() {
	on "$1" ss -Hln --"$2" "sport = :$3" | grep -q .
}

# Knows the two zones, one sender, and a domain with an SPF record that permits this one alone; a
# question about anything else is answered NXDOMAIN at once. outgoing-range: no more questions on the
# way to rbldnsd than its receive buffer holds.
resolver_up() {
	cat >"$BOX_RUN/unbound.conf" <<-END
		server:
			directory: "$BOX_RUN"
			chroot: ""
			username: "unbound"
			pidfile: "$BOX_RUN/unbound.pid"
			do-daemonize: no
			use-syslog: no
			logfile: ""
			interface: $DNS4
			interface: $DNS6
			access-control: 192.0.2.0/24 allow
			access-control: 2001:db8::/32 allow
			module-config: "iterator"
			do-not-query-localhost: no
			num-threads: 1
			outgoing-range: 128
			num-queries-per-thread: 4096
			so-rcvbuf: 8m
			so-sndbuf: 8m
			local-zone: "." static
			local-zone: "bl.example." transparent
			local-zone: "wl.example." transparent
			local-data-ptr: "$CLEAN4 mail.example.org"
			local-data-ptr: "$CLEAN6 mail.example.org"
			local-data: "mail.example.org. A $CLEAN4"
			local-data: 'bank.example. TXT "v=spf1 ip4:$CLEAN4 -all"'
			local-data: "mail.example.org. AAAA $CLEAN6"
		stub-zone:
			name: "bl.example"
			stub-addr: 127.0.0.1@5353
		stub-zone:
			name: "wl.example"
			stub-addr: 127.0.0.1@5353
		remote-control:
			control-enable: no
	END
	resolver_start
}

resolver_start() {
	(on_exec dns unbound -c "$BOX_RUN/unbound.conf" </dev/null >>"$BOX_RUN/unbound.log" 2>&1) &
	disown
	wait_for 20 listens dns udp 53
}

# resolver_learn RECORD...: from now on the resolver knows these too, and has forgotten all answers.
resolver_learn() {
	local record
	resolver_down
	for record; do
		sed -i "/local-zone: \".\" static/a local-data: '$record'" "$BOX_RUN/unbound.conf"
	done
	resolver_start
}

resolver_down() {
	kill "$(<"$BOX_RUN/unbound.pid")"
	wait_for 20 no_listener dns udp 53
}

no_listener() {
	! listens "$@"
}

mail_up() {
	mail_conf && mail_start
}

mail_conf() {
	local conf=$BOX_RUN/postfix
	mkdir -p "$conf" "$BOX_RUN/queue" "$BOX_RUN/mailbox" "$BOX_RUN/postfix-data"
	chown vmail:vmail "$BOX_RUN/mailbox"
	chown postfix:postfix "$BOX_RUN/postfix-data"
	mail_main_cf >"$conf/main.cf"
	mail_master_cf >"$conf/master.cf"
	: >"$MAIL_LOG"
}

mail_start() {
	on mail postfix -c "$BOX_RUN/postfix" start </dev/null >"$BOX_RUN/postfix.out" 2>&1 || return 1
	wait_for 20 listens mail tcp 25
}

# The mail server asks mxdpd about each recipient from now on; without an answer mail flows.
mail_asks_mxdpd() {
	mail_conf_policy && on mail postfix -c "$BOX_RUN/postfix" reload >>"$BOX_RUN/postfix.out" 2>&1
}

mail_conf_policy() {
	cat >>"$BOX_RUN/postfix/main.cf" <<-END
		smtpd_recipient_restrictions = reject_unauth_destination
		  check_policy_service { inet:$GATEWAY4:10040, default_action=DUNNO, timeout=20s }
	END
}

# Takes mail for every user of the domain into one Maildir and looks nothing up in the DNS.
mail_main_cf() {
	cat <<-END
		compatibility_level = 3.6
		myhostname = mx.$MAIL_DOMAIN
		mydestination =
		mynetworks =
		inet_protocols = all
		inet_interfaces = $MAIL4 $MAIL6
		queue_directory = $BOX_RUN/queue
		data_directory = $BOX_RUN/postfix-data
		maillog_file = $MAIL_LOG
		maillog_file_prefixes = /run
		virtual_mailbox_domains = $MAIL_DOMAIN
		virtual_mailbox_base = $BOX_RUN/mailbox
		virtual_mailbox_maps = static:inbox/
		virtual_uid_maps = static:$(id -u vmail)
		virtual_gid_maps = static:$(id -g vmail)
		smtpd_peername_lookup = no
		smtpd_relay_restrictions = reject_unauth_destination
		smtpd_client_connection_count_limit = 0
		message_size_limit = 0
		virtual_mailbox_limit = 0
		default_transport = error:the lab sends no mail out
		alias_maps =
		alias_database =
		local_recipient_maps =
		biff = no
	END
}

mail_master_cf() {
	cat <<-END
		smtp       inet       n - n - 200 smtpd
		pickup     unix       n - n 60 1 pickup
		cleanup    unix       n - n - 0 cleanup
		qmgr       unix       n - n 300 1 qmgr
		rewrite    unix       - - n - - trivial-rewrite
		bounce     unix       - - n - 0 bounce
		defer      unix       - - n - 0 bounce
		trace      unix       - - n - 0 bounce
		verify     unix       - - n - 1 verify
		proxymap   unix       - - n - - proxymap
		smtp       unix       - - n - - smtp
		relay      unix       - - n - - smtp
		error      unix       - - n - - error
		retry      unix       - - n - - error
		discard    unix       - - n - - discard
		local      unix       - n n - - local
		virtual    unix       - n n - - virtual
		anvil      unix       - - n - 1 anvil
		postlog    unix-dgram n - n - 1 postlogd
	END
}
