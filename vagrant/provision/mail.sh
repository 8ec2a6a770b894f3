#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mail.sh: a DNSBL (rbldnsd), a resolver that knows it and one sender (unbound), and a mail server
# (Postfix) that puts all mail for example.net into the Maildir /var/mail/lab/inbox.
set -eu

zone() {
	printf '$SOA 60 ns.bl.example. hostmaster.bl.example. 0 600 300 86400 60\n$NS 60 ns.bl.example.\n'
	printf "%s\n" ":127.0.0.2:Listed by the lab's DNSBL: \$" "$@"
}

dnsbl() {
	mkdir -p /var/lib/rbldns
	zone 127.0.0.2 203.0.113.0/25 >/var/lib/rbldns/bl4
	zone ::ffff:7f00:2 2001:db8:bad::/48 >/var/lib/rbldns/bl6
	cat >/etc/systemd/system/rbldnsd.service <<-'END'
		# Made by vagrant/provision/mail.sh.
		[Unit]
		Description=The DNSBL bl.example
		After=network.target

		[Service]
		DynamicUser=yes
		ExecStart=/usr/sbin/rbldnsd -n -w /var/lib/rbldns -c 0 -b 127.0.0.1/5353 \
			bl.example:ip4set:bl4 bl.example:ip6trie:bl6
		Restart=on-failure

		[Install]
		WantedBy=multi-user.target
	END
	systemctl daemon-reload
}

# A question about anything else than the lab is answered NXDOMAIN at once. All of 198.51.100.0/24 has
# a reverse record, 203.0.113.0/24 has none.
resolver() {
	cat >/etc/unbound/unbound.conf <<-'END'
		# Made by vagrant/provision/mail.sh.
		server:
			interface: 192.0.2.25
			interface: 2001:db8:0:25::25
			ip-freebind: yes
			access-control: 192.0.2.0/24 allow
			access-control: 2001:db8::/32 allow
			module-config: "iterator"
			do-not-query-localhost: no
			outgoing-range: 128
			num-queries-per-thread: 4096
			local-zone: "." static
			local-zone: "bl.example." transparent
			local-data: "mail.example.org. A 198.51.100.10"
			local-data: "mail.example.org. AAAA 2001:db8:51::10"
			local-data-ptr: "2001:db8:51::10 mail.example.org"
			local-zone: "100.51.198.in-addr.arpa." redirect
			local-data: "100.51.198.in-addr.arpa. PTR mail.example.org."
		stub-zone:
			name: "bl.example"
			stub-addr: 127.0.0.1@5353
		remote-control:
			control-enable: no
	END
}

mail() {
	local uid
	id vmail >/dev/null 2>&1 || useradd --system --user-group --home-dir /nonexistent vmail
	uid=$(id -u vmail)
	install -d -o vmail -g vmail /var/mail/lab
	postconf -e compatibility_level=3.6 myhostname=mx.example.net mydestination= mynetworks= \
		inet_interfaces=all inet_protocols=all \
		virtual_mailbox_domains=example.net virtual_mailbox_base=/var/mail/lab \
		virtual_mailbox_maps=static:inbox/ "virtual_uid_maps=static:$uid" \
		"virtual_gid_maps=static:$(id -g vmail)" \
		smtpd_peername_lookup=no smtpd_relay_restrictions=reject_unauth_destination \
		smtpd_client_connection_count_limit=0 \
		"default_transport=error:the lab sends no mail out" \
		alias_maps= alias_database= local_recipient_maps= biff=no
	postconf -F 'smtp/inet/chroot=n'
}

dnsbl
resolver
mail
for service in rbldnsd unbound postfix; do
	systemctl -q enable "$service"
	systemctl restart "$service"
done
