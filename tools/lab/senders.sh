# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Mail systems of the outside host: a Postfix that sends from addresses of the lab's ranges and puts
# what bounces into its own users' mailbox, an Exim, an OpenSMTPD.

readonly SENDER_CONF=$BOX_RUN/sender SENDER_LOG=$BOX_RUN/sender.log
readonly SENDER_MAILBOX=$BOX_RUN/sender-mailbox/inbox
readonly EXIM=$BOX_RUN/exim OPENSMTPD=$BOX_RUN/opensmtpd
opensmtpd_pid=

# A veth pair sends replies made by XDP only while its other end has a program too: ours, which
# passes everything until somebody configures it.
replies_flow() {
	on outside ip link set dev eth0 xdpdrv object "${MXDP_BUILD:-$BOX_TOP/build}/bpf/mxdp.bpf.o" \
		section xdp.frags
}

# sender_up: transports listed, listed6, encrypt, again, clean, grey, each from an address of its own.
# A message takes the transport that its recipient is named after.
sender_up() {
	sender_conf && sender_start
}

sender_conf() {
	mkdir -p "$SENDER_CONF" "$BOX_RUN/sender-queue" "$BOX_RUN/sender-data" "${SENDER_MAILBOX%/*}"
	chown vmail:vmail "${SENDER_MAILBOX%/*}"
	chown postfix:postfix "$BOX_RUN/sender-data"
	sender_main_cf >"$SENDER_CONF/main.cf"
	sender_master_cf >"$SENDER_CONF/master.cf"
	: >"$SENDER_LOG"
}

sender_start() {
	on outside postfix -c "$SENDER_CONF" start </dev/null >"$BOX_RUN/sender.out" 2>&1 || return 1
	wait_for 20 listens outside tcp 2525
}

sender_main_cf() {
	local transport maps=
	for transport in listed listed6 encrypt again clean grey; do
		maps+="{ $transport@$MAIL_DOMAIN = $transport:[$MAIL4] }, "
	done
	for transport in postmaster Abuse; do
		maps+="{ $transport@$MAIL_DOMAIN = listed:[$MAIL4] }, "
	done
	maps+="{ listed-ü@$MAIL_DOMAIN = listed:[$MAIL4] }, "
	maps=${maps/listed6:\[$MAIL4\]/listed6:[$MAIL6]}
	cat <<-END
		compatibility_level = 3.6
		myhostname = client.example.org
		mydestination =
		mynetworks = 127.0.0.0/8
		inet_interfaces = 127.0.0.1
		inet_protocols = all
		queue_directory = $BOX_RUN/sender-queue
		data_directory = $BOX_RUN/sender-data
		maillog_file = $SENDER_LOG
		maillog_file_prefixes = /run
		smtputf8_enable = yes
		virtual_mailbox_domains = example.org
		virtual_mailbox_base = $BOX_RUN/sender-mailbox
		virtual_mailbox_maps = static:inbox/
		virtual_uid_maps = static:$(id -u vmail)
		virtual_gid_maps = static:$(id -g vmail)
		transport_maps = inline:{ ${maps%, } }
		smtp_host_lookup = native
		smtpd_peername_lookup = no
		smtp_connect_timeout = 8s
		smtp_helo_timeout = 20s
		destination_concurrency_failed_cohort_limit = 0
		default_destination_concurrency_failed_cohort_limit = 0
		alias_maps =
		alias_database =
		local_recipient_maps =
		biff = no
	END
}

sender_master_cf() {
	mail_master_cf | sed -e 's/^smtp  *inet/127.0.0.1:2525 inet/'
	cat <<-END
		listed     unix       - - n - - smtp -o smtp_bind_address=203.0.113.66
		listed6    unix       - - n - - smtp -o smtp_bind_address6=2001:db8:bad::66
		encrypt    unix       - - n - - smtp -o smtp_bind_address=203.0.113.67 -o smtp_tls_security_level=encrypt
		again      unix       - - n - - smtp -o smtp_bind_address=203.0.113.68
		clean      unix       - - n - - smtp -o smtp_bind_address=198.51.100.30
		grey       unix       - - n - - smtp -o smtp_bind_address=198.18.1.10
	END
}

# submit RECIPIENT [SWAKS-OPTION...]: a user of that system sends a message.
submit() {
	local recipient=$1
	shift
	on outside swaks --server 127.0.0.1:2525 --from user@example.org --to "$recipient@$MAIL_DOMAIN" \
		--helo localhost --header "Subject: to $recipient" "$@" </dev/null 2>&1
}

# sent RECIPIENT STATUS: what the sending Postfix logged of it, so far.
sent() {
	grep -E "to=<$1@.*status=$2" "$SENDER_LOG"
}

# The sending Postfix tries again what it has deferred.
send_again() {
	on outside postqueue -c "$SENDER_CONF" -f
}

# The bounces that the user found in the mailbox, with these words.
bounce_says() {
	grep -rhF -- "$1" "$SENDER_MAILBOX/new"
}

# exim_conf ADDRESS SECONDS: an Exim that sends from this address, and tries again after so long.
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
		  interface = $1
		  hosts_try_dane =
		begin retry
		* * F,1h,${2}s
	END
	chown root:root "$EXIM/conf"
	chmod 644 "$EXIM/conf"
}

# opensmtpd_up ADDRESS: an OpenSMTPD that sends from this address and takes messages on port 2526 of
# its own host. It starts from nothing, so what it learnt of hosts that refused it is forgotten.
opensmtpd_up() {
	box_user opensmtpd 64103
	box_user opensmtpq 64104
	mkdir -p "$OPENSMTPD"
	cat >"$OPENSMTPD/conf" <<-END
		listen on lo port 2526
		action out relay host smtp://$MAIL4 src $1 helo opensmtpd.example.org
		match from any for any action out
	END
	# The places of its queue and its empty directory are built into it.
	mountpoint -q /var/lib ||
		mount -t overlay -o "ro,lowerdir=$MXDP_LAB_ROOT/var/lib:/var/lib" lab-lib /var/lib
	mount -t tmpfs spool /var/spool
	(on_exec outside smtpd -d -f "$OPENSMTPD/conf" </dev/null >"$OPENSMTPD/log" 2>&1) &
	opensmtpd_pid=$!
	disown
	wait_for 20 listens outside tcp 2526
}

opensmtpd_down() {
	kill "$opensmtpd_pid"
	wait_for 20 no_listener outside tcp 2526
	umount -l /var/spool
}
