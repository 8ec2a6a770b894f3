# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Waiting by condition, and saying what was observed: each step of a story ends in ✔ with its
# evidence, or in ✘ with what was waited for and the daemon's last words.

observe_steps=0
if [ -t 1 ]; then
	GOOD=$'\e[32m✔\e[0m' BAD=$'\e[31m✘\e[0m' BOLD=$'\e[1m' PLAIN=$'\e[0m'
else
	GOOD=✔ BAD=✘ BOLD='' PLAIN=''
fi

# wait_for SECONDS COMMAND...: tries until it succeeds; 1 when time is up.
wait_for() {
	local end=$((SECONDS + $1 + 1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

heading() {
	printf '\n%s%s%s\n' "$BOLD" "$1" "$PLAIN"
}

# observed WHAT EVIDENCE
observed() {
	observe_steps=$((observe_steps + 1))
	printf '  %s %-45s %s\n' "$GOOD" "$1" "${2:-}"
}

# missed WHAT EXPECTED: the end of a story.
missed() {
	printf '  %s %-45s %s\n' "$BAD" "$1" "expected: $2"
	[ ! -s "$BOX_RUN/mxdpd.log" ] || {
		echo "    the last lines of mxdpd's log:"
		tail -n 15 "$BOX_RUN/mxdpd.log" | sed 's/^/    | /'
	}
	return 1
}

# shown COMMAND...: the command as a user would type it, and what it says.
shown() {
	printf '    $ %s\n' "$*"
	on gateway "$@" 2>&1 | sed 's/^/    │ /'
}

milliseconds() {
	local now=${EPOCHREALTIME/[.,]/}
	echo "$((now / 1000))"
}
