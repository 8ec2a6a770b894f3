# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Waiting by condition, and saying what was observed.

# wait_for SECONDS COMMAND...: tries until it succeeds; 1 when time is up.
wait_for() {
	local end=$((SECONDS + $1 + 1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}
