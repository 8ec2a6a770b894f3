# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the jobs: one TAP line for each expectation.

job=${0##*/}
job=${job%.sh}

# expect WHAT COMMAND...: WHAT holds when the command succeeds; its words explain a failure.
expect() {
	local what=$1 words
	shift
	if words=$("$@" 2>&1); then
		echo "ok - $job: $what"
	else
		[ -z "$words" ] || echo "# ${words//$'\n'/$'\n# '}"
		echo "not ok - $job: $what"
	fi
}

# eventually COMMAND...: tries for a minute; the machine is emulated and slow.
eventually() {
	local words
	for _ in $(seq 120); do
		! words=$("$@" 2>&1) || return 0
		sleep 0.5
	done
	echo "$words"
	return 1
}

# equal NAME VALUE WANTED
equal() {
	[ "$2" = "$3" ] || {
		echo "$1 is \"$2\", not \"$3\""
		return 1
	}
}
