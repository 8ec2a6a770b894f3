# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the end-to-end tests share: TAP, and a lab with a daemon in it.

# shellcheck source=tools/lab/lab.sh
. "${BASH_SOURCE[0]%/*}/../../tools/lab/lab.sh"

tap_tests=0 tap_failed=0 tap_output=

# expect WHAT COMMAND...: one test, passed when the command succeeds; its output explains a failure.
expect() {
	local what=$1
	shift
	tap_tests=$((tap_tests + 1))
	[ -n "$tap_output" ] || tap_output=$(mktemp)
	# Not in a subshell: a command may start what later ones look at.
	if "$@" >"$tap_output" 2>&1; then
		echo "ok $tap_tests - $what"
		return
	fi
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_tests - $what"
	echo "# failed: $*"
	sed 's/^/# /' "$tap_output"
}

skip() {
	tap_tests=$((tap_tests + 1))
	echo "ok $tap_tests - $1 # SKIP $2"
}

# The last line of a test. A script that ends without it has failed.
finish() {
	[ -z "$tap_output" ] || rm -f "$tap_output"
	if [ "$tap_failed" -gt 0 ] && [ -s "${DAEMON_LOG:-}" ]; then
		echo "# mxdpd's log:"
		tail -n 30 "$DAEMON_LOG" | sed 's/^/# | /'
	fi
	echo "1..$tap_tests"
	exit $((tap_failed > 0))
}

# The lab with its peers, not yet a daemon: without it no test can run.
lab_up() {
	if ! network_up || ! peers_up; then
		echo "Bail out! the lab does not stand"
		tail -n 5 "$BOX_RUN"/*.log
		exit 1
	fi
}

# Compares a number: is "$(counter rule_deny)" -gt 3. Says what it was.
is() {
	echo "value: $1, expected: $2 $3"
	test "$1" "$2" "$3"
}

says() {
	local words=$1 output
	shift
	output=$("$@" 2>&1)
	echo "$output"
	grep -qF -- "$words" <<<"$output"
}

fails() {
	! "$@"
}

# finds_none COMMAND: it has nothing to say.
finds_none() {
	local found
	found=$("$@")
	echo "$found"
	[ -z "$found" ]
}

# refuses STATUS WORDS COMMAND...: the command ends with this status and says these words.
refuses() {
	local status=$1 words=$2 got=0 output
	shift 2
	output=$("$@" 2>&1) || got=$?
	echo "exit status $got, expected $status: $output"
	[ "$got" -eq "$status" ] && grep -qF -- "$words" <<<"$output"
}
