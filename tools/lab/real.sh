# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mxdpd on a real interface, for as long as tools/up runs. A guard in a process group of its own
# waits on a pipe whose other end tools/up holds: when tools/up ends, by Ctrl-C, a fault or kill -9,
# the guard detaches and removes what was made.

readonly REAL_PINS=/sys/fs/bpf/mxdp REAL_SOCKET=/run/mxdp/api.sock
PATH=$UP_TOP/build:$PATH

# real_run INTERFACE CONFIG enforce=yes|no
real_run() {
	local work status=0
	real_may_start "$1" "$2" || return 1
	work=$(mktemp -d /run/mxdp-up.XXXXXX)
	real_guard_start "$work"
	trap 'real_stop 130' INT
	trap 'real_stop 143' TERM HUP
	real_neighbours "$2" "$work"
	real_conf "$@" "$work" >"$work/mxdp.conf"
	setsid mxdpd --config "$work/mxdp.conf" </dev/null {guard_hold}>&- &
	echo $! >"$work/pid"
	real_wait "$(<"$work/pid")" || real_stop 1
	mxdp status
	printf '\nLive, until Ctrl-C (mxdp and bpftool work from another terminal):\n'
	mxdp watch {guard_hold}>&- &
	wait "$(<"$work/pid")" || status=$?
	real_stop "$status"
}

real_may_start() {
	ip link show dev "$1" >/dev/null 2>&1 ||
		{ echo "tools/up: there is no interface $1 (ip link lists them)" >&2 && return 1; }
	[ -r "$2" ] || { echo "tools/up: cannot read $2" >&2 && return 1; }
	if mxdp status >/dev/null 2>&1 || [ -e "$REAL_PINS" ]; then
		echo "tools/up: mxdp is already at work here (see mxdp status); mxdp detach ends it" >&2
		return 1
	fi
}

# The configuration with this interface and mode, and a state directory that goes away.
real_conf() {
	local mode=observe
	[ "$3" = no ] || mode=enforce
	printf 'mode = %s\ninterfaces = { "%s" }\n' "$mode" "$1"
	sed -E -e '/^[ \t]*interfaces[ \t]*=/,/\}/d' -e '/^[ \t]*mode[ \t]*=/d' \
		-e "s|^([ \t]*state_directory[ \t]*=).*|\1 \"$4/state\"|" "$2"
}

# Files that the configuration names by a path seen from itself.
real_neighbours() {
	local file
	for file in "$(realpath "$(dirname "$1")")"/*; do
		[ "$file" -ef "$1" ] || ln -s "$file" "$2/" 2>/dev/null
	done
}

real_wait() {
	local step
	for ((step = 0; step < 200; step++)); do
		! mxdp status >/dev/null 2>&1 || return 0
		kill -0 "$1" 2>/dev/null || break
		sleep 0.05
	done
	echo "tools/up: mxdpd did not come up; its log is above" >&2
	return 1
}

real_guard_start() {
	local mounted=no pipe=$1/guard
	local -a made=()
	if ! mountpoint -q /sys/fs/bpf; then
		mount -t bpf bpf /sys/fs/bpf && mounted=yes
	fi
	# libxdp makes this directory on its first try of a dispatcher.
	[ -e /sys/fs/bpf/xdp ] || made+=(/sys/fs/bpf/xdp)
	mkfifo "$pipe"
	set -m
	(
		trap '' INT TERM HUP
		read -r <"$pipe"
		real_clean "$1" "$mounted" "${made[@]}"
	) &
	guard_pid=$!
	set +m
	exec {guard_hold}>"$pipe"
}

real_clean() {
	local pid=
	[ ! -s "$1/pid" ] || pid=$(<"$1/pid")
	mxdp detach --pins "$REAL_PINS" 2>&1 | sed 's/^/tools\/up: /'
	if [ -n "$pid" ] && kill "$pid" 2>/dev/null; then
		timeout 5 tail --pid="$pid" -f /dev/null || kill -KILL "$pid"
		mxdp detach --pins "$REAL_PINS" >/dev/null 2>&1
	fi
	[ -z "${3:-}" ] || rmdir "$3" 2>/dev/null
	[ "$2" = no ] || umount /sys/fs/bpf
	rm -rf "$1"
	rm -f "$REAL_SOCKET" "$REAL_SOCKET.lock"
	rmdir "${REAL_SOCKET%/*}" 2>/dev/null
}

# Ends by letting go of the pipe: the guard does the rest, the same as if this process were killed.
real_stop() {
	trap '' INT TERM HUP
	exec {guard_hold}>&-
	wait "$guard_pid"
	exit "$1"
}
