# shellcheck shell=bash
# shellcheck disable=SC2154 # $work is the caller's directory for passing files
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by bench and selftest: the machines as seen from the host. One ssh connection a machine
# serves all commands; asking vagrant each time would cost seconds.

MACHINES_TOP=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
readonly MACHINES_TOP

# machines_open: finds the way into the machines. Needs $work.
machines_open() {
	(cd "$MACHINES_TOP" && vagrant ssh-config) >"$work/ssh" || return 1
	printf '%s\n' 'Host *' 'ControlMaster auto' "ControlPath $work/ssh-%n" 'ControlPersist 600' \
		'ConnectTimeout 30' >>"$work/ssh"
}

# on MACHINE WORD...: the words, as one line of shell, as root.
on() {
	ssh -nF "$work/ssh" "$1" "sudo bash -c $(printf '%q' "${*:2}")"
}

# machines_forget MACHINE: its connection, before or after a restart.
machines_forget() {
	ssh -nF "$work/ssh" -O exit "$1" 2>/dev/null
	rm -f "$work/ssh-$1"
}

# eventually COMMAND...: tries for a minute, and more where a try is slow.
eventually() {
	local words
	for _ in $(seq 60); do
		! words=$("$@" 2>&1) || return 0
		sleep 1
	done
	echo "$words"
	return 1
}

# counter NAME: of mxdp on the gateway.
counter() {
	on gateway mxdp counters --json | tr -d ' \t\n' |
		sed -nE "s/.*\"$1\":\{[^}]*\"count\":([0-9]+).*/\1/p"
}

# dial CLIENT [SWAKS-OPTION...]: a client of the sender speaks to the mail server. Prints the
# dialogue and then the milliseconds it took.
dial() {
	local server=192.0.2.25
	[ "${1#*:}" = "$1" ] || server=2001:db8:0:25::25
	on sender "start=\${EPOCHREALTIME/./}; swaks --server $server --local-interface $1 \
		--helo mail.example.org --from sender@example.org --to inbox@example.net --timeout 30 \
		${*:2} 2>&1; status=\$?; echo \$(((\${EPOCHREALTIME/./} - start) / 1000)); exit \$status"
}

# delivers CLIENT NAME: a message of this name; succeeds when it lies in the mailbox. The last line
# is the milliseconds that the client took.
delivers() {
	dial "$1" --header "'Message-Id: <$2@example.org>'" &&
		eventually on mail "grep -rqsF 'Message-Id: <$2@example.org>' /var/mail/lab/inbox/new"
}

# refused CLIENT: it is told at RCPT by whose list. The last line is the milliseconds that took.
refused() {
	local dialogue
	dialogue=$(dial "$1" --quit-after RCPT)
	echo "$dialogue"
	grep -A 1 'RCPT TO' <<<"$dialogue" | grep -q '550 5.7.1 Blocked by bl.example'
}
