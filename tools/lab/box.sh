# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The box: namespaces (mounts, processes, network) that a script runs itself in. Everything the lab
# makes lives in there and nowhere else: when the box's first process ends, for whatever reason, the
# kernel removes processes, network, mounts, pins and files together. No cleanup can be missed.
#
# The box shows the host's system with the lab's packages laid over /usr and /etc, an empty /run and
# a BPF file system of its own. Nothing can be written to the host's /usr and /etc from inside.

BOX_TOP=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
readonly BOX_TOP
readonly BOX_RUN=/run/lab # the lab's files, in the box's own /run

# Runs the calling script again inside a box and exits with its status; returns when inside.
# Usage: box_enter "$0" "$@"
box_enter() {
	if [ -n "${MXDP_BOX:-}" ]; then
		box_mounts
		return
	fi
	[ "$(id -u)" -eq 0 ] || { echo "$1: needs root" >&2 && exit 2; }
	MXDP_LAB_ROOT=$("$BOX_TOP/tools/lab/packages.sh") || exit 1
	MXDP_BOX=$$ && export MXDP_LAB_ROOT MXDP_BOX
	box_run "$@"
}

# Starts the box and waits. It dies with this process (--pdeathsig), even after kill -9. A session of
# its own keeps Ctrl-C here, so that there is one way to end, and is scheduled as one group.
box_run() {
	local status=0
	setsid env --default-signal=INT,QUIT setpriv --pdeathsig KILL -- \
		unshare --mount --net --pid --ipc --uts --fork --kill-child \
		--mount-proc -- "$@" </dev/null &
	box_pid=$!
	trap 'box_stop 130' INT
	trap 'box_stop 143' TERM HUP
	wait "$box_pid" || status=$?
	exit "$status"
}

box_stop() {
	trap '' INT TERM HUP
	kill -KILL "$box_pid" 2>/dev/null
	wait "$box_pid" 2>/dev/null
	if declare -F box_stopped >/dev/null; then box_stopped; fi
	exit "$1"
}

box_mounts() {
	local root=$MXDP_LAB_ROOT
	mount -t tmpfs -o mode=755 lab /run
	mkdir -p "$BOX_RUN/etc" "$BOX_RUN/hosts" "$BOX_RUN/tmp"
	chmod 1777 "$BOX_RUN/tmp"
	export TMPDIR=$BOX_RUN/tmp
	mount -t bpf bpf /sys/fs/bpf
	box_etc
	mkdir -p "$root/etc" "$root/usr"
	mount -t overlay -o "ro,lowerdir=$BOX_RUN/etc:$root/etc:/etc" lab-etc /etc
	mount -t overlay -o "ro,lowerdir=$root/usr:/usr" lab-usr /usr
	ip link set lo up
}

# Users that the packages would have made, and name resolution that knows only the lab.
box_etc() {
	local etc=$BOX_RUN/etc
	cp /etc/passwd /etc/group "$etc/"
	box_user postfix 64025
	box_user unbound 64053
	box_user rbldns 64054
	box_user vmail 64143
	grep -q '^postdrop:' "$etc/group" || echo "postdrop:x:64026:" >>"$etc/group"
	printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' >"$etc/nsswitch.conf"
	printf 'nameserver %s\n' "$DNS4" >"$etc/resolv.conf"
	{
		printf '127.0.0.1 localhost\n::1 localhost\n'
		printf '%s\n' "$MAIL4 mx.example.net" "$MAIL6 mx.example.net"
	} >"$etc/hosts"
}

box_user() {
	local etc=$BOX_RUN/etc
	grep -q "^$1:" "$etc/passwd" ||
		echo "$1:x:$2:$2::/nonexistent:/usr/sbin/nologin" >>"$etc/passwd"
	grep -q "^$1:" "$etc/group" || echo "$1:x:$2:" >>"$etc/group"
}
