#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# However tools/up ends, nothing that it made is left: after Ctrl-C in the live view, after a step
# that failed, after kill -9.
set -u
. "${0%/*}/lib.sh"
set -m # Ctrl-C reaches a background job only so
[ "$(id -u)" -eq 0 ] || { echo "needs root" && exit 1; }
cd "$BOX_TOP" || exit 1
work=$(mktemp -d)
up_pid=
trap '[ -z "$up_pid" ] || kill -KILL "$up_pid" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 143' INT TERM

# What of the host the lab might touch.
host() {
	md5sum /etc/passwd /etc/group /etc/resolv.conf /etc/hosts
	ls -d /etc/postfix /etc/unbound /run/lab /run/mxdp* /sys/fs/bpf/* 2>&1
	ip -brief link | awk '{ print $1 }'
	grep -E ' (/usr|/etc|/run|/sys/fs/bpf) ' /proc/self/mounts
	dpkg-query -W -f '${Package} ${Status}\n' postfix unbound rbldnsd 2>&1
	systemctl is-active postfix unbound rbldnsd 2>&1
}

# up WORDS [OPTION...]: starts it and waits until it has said these words.
up() {
	local words=$1
	shift
	: >"$work/out" # not the words of the one before
	tools/up "$@" >"$work/out" 2>&1 </dev/null &
	up_pid=$!
	wait_for 180 grep -qF "$words" "$work/out" || { cat "$work/out" && return 1; }
}

# The namespaces and BPF programs of the running lab.
remember() {
	local pid
	box=$(pgrep -P "$(pgrep -d, -P "$up_pid")" | head -n 1)
	box_namespace=$(readlink "/proc/$box/ns/pid")
	programs=
	for pid in $(inhabitants); do
		programs+=" $(sed -n 's/^prog_id:[ \t]*//p' /proc/"$pid"/fdinfo/* 2>/dev/null)"
	done
	[ -n "$box_namespace" ] && [ "$(inhabitants | wc -l)" -gt 5 ]
}

inhabitants() {
	local process
	for process in /proc/[0-9]*; do
		[ "$(readlink "$process/ns/pid")" != "$box_namespace" ] || echo "${process#/proc/}"
	done
} 2>/dev/null

nothing_left() {
	local id
	[ -z "$(inhabitants)" ] || return 1
	for id in $programs; do
		! bpftool prog show id "$id" >/dev/null 2>&1 || return 1
	done
}

# ended STATUS
ended() {
	local status=0
	wait "$up_pid" || status=$?
	[ "$status" -eq "$1" ] || { echo "exit status $status, expected $1:" && tail -n 20 "$work/out" && return 1; }
	wait_for 20 nothing_left ||
		{ echo "left: processes $(inhabitants | tr '\n' ' ') or programs $programs" && return 1; }
}

host_unchanged() {
	host | diff "$work/host" -
}

host >"$work/host"
expect "tools/up plays its story and shows clients live" up " 203.0.113.3 "
expect "its namespaces are found" remember
kill -INT "$up_pid"
expect "Ctrl-C ends everything" ended 130
expect "the host is as before" host_unchanged

expect "a lab in the middle of its story" up "mxdpd screens wan0" --once
expect "its namespaces are found" remember
expect "it has a program loaded" test -n "${programs// /}"
kill -KILL "$up_pid"
expect "kill -9 ends everything" ended 137
expect "the host is as before" host_unchanged

export MXDP_ATTACH_MODE=nonsense
expect "a lab whose daemon cannot start" up "✘" --once
programs='' box_namespace=none
expect "a failed step ends everything" ended 1
expect "it says why" says "attach_mode" cat "$work/out"
expect "the host is as before" host_unchanged
finish
