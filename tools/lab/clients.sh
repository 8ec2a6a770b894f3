# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SMTP clients of the outside host: swaks, from any address of the lab's ranges.

readonly MAILBOX=$BOX_RUN/mailbox/inbox

# dial CLIENT [SWAKS-OPTION...]: prints the dialogue.
dial() {
	local client=$1 server=$MAIL4
	shift
	[ "${client#*:}" = "$client" ] || server=$MAIL6
	on outside swaks --server "$server" --local-interface "$client" --helo mail.example.org \
		--from sender@example.org --to "inbox@$MAIL_DOMAIN" --timeout 8 "$@" </dev/null 2>&1
}

# deliver CLIENT MESSAGE-ID [SWAKS-OPTION...]: sends one message; succeeds when it lies in the mailbox.
deliver() {
	local client=$1 id=$2
	shift 2
	dial "$client" --header "Message-Id: <$id>" --header "Subject: from $client" "$@" \
		>"$BOX_RUN/dial.$client" &&
		wait_for 20 in_mailbox "$id"
}

# The file in the mailbox that holds this Message-ID.
in_mailbox() {
	grep -rlsF "Message-Id: <$1>" "$MAILBOX/new"
}

# silent CLIENT [SECONDS]: no connection, and no refusal either: the SYNs vanish.
silent() {
	dial "$1" --timeout "${2:-3}" --quit-after CONNECT >"$BOX_RUN/dial.$1"
	grep -qiE 'timed? ?out' "$BOX_RUN/dial.$1"
}
