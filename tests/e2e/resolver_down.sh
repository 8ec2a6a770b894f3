#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Without a resolver nobody is judged anew: unknown clients pass, known verdicts hold.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
lab_up
daemon_conf wan0
daemon_start

deliver 198.51.100.10 known-clean@example.org
silent 203.0.113.66
expect "a listed client has its verdict" is "$(verdict4_field 203.0.113.66 action)" = MXDP_ACTION_DROP
expect "the resolver stops" resolver_down

expect "an unknown clean client delivers" deliver 198.51.100.11 down-clean@example.org
expect "an unknown listed client delivers, too" deliver 203.0.113.67 down-listed@example.org
expect "its verdict says that no check answered" \
	is "$(verdict4_field 203.0.113.67 reason)" = MXDP_REASON_FAIL_OPEN
expect "a known clean client delivers" deliver 198.51.100.10 down-known@example.org
expect "a known listed client stays refused" silent 203.0.113.66
expect "mxdp explain says that the list did not answer" says "no answer" on gateway mxdp explain 203.0.113.67
expect "status counts the clients that nobody judged" says "fail_open" on gateway mxdp status --json
finish
