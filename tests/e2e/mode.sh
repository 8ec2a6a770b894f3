#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The mode is changed while the daemon runs, acts at once, and outlives restarts and reloads.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
lab_up
daemon_conf wan0
sed -i 's/^mode = .*/mode = observe/' "$DAEMON_CONF"
daemon_start

field() {
	on gateway mxdp mode --json | sed -nE "s/.*\"$1\": \"?([^\",]*).*/\1/p"
}

expect "as configured" says "observe since" on gateway mxdp mode
expect "observe: a listed client delivers" deliver 203.0.113.66 observed@example.org
expect "enforce, while the daemon runs" on gateway mxdp mode enforce
expect "a listed client is dropped at once" silent 203.0.113.66
expect "status: what is in force, and who chose it" says "enforce since" on gateway mxdp status
expect "with the user's id from the kernel" says ", uid 0" on gateway mxdp status
expect "and what the configuration says" says "the configuration says observe" on gateway mxdp status
expect "the log has it" grep -q "operator: mode enforce" "$DAEMON_LOG"
expect "a mode that is none is refused" refuses 2 "no such mode" on gateway mxdp mode off

on gateway mxdp reload >/dev/null
expect "a reload leaves the choice" says "enforce" field mode
daemon_end TERM
expect "without the daemon it acts on" silent 203.0.113.66
daemon_start
expect "it outlives a restart" says "enforce" field mode
expect "and acts" silent 203.0.113.66
expect "soft" says "soft: every permanent refusal becomes a temporary one" on gateway mxdp mode soft
daemon_end KILL
daemon_start
expect "it outlives kill -9" says "soft" field mode

expect "back to the configuration" says "by the configuration" on gateway mxdp mode configured
expect "the listed client delivers again" deliver 203.0.113.66 again@example.org
daemon_end TERM
daemon_start
expect "nothing is remembered of the choice" says "observe" field mode
finish
