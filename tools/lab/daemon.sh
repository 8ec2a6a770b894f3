# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mxdpd on the lab's gateway, with the paths that it has on a real one: the box has its own /run and
# its own BPF file system. Reading the maps does not ask the daemon, so it works without one.

readonly PINS=/sys/fs/bpf/mxdp
readonly DAEMON_CONF=$BOX_RUN/mxdp.conf
readonly DAEMON_LOG=$BOX_RUN/mxdpd.log
PATH=${MXDP_BUILD:-$BOX_TOP/build}:/usr/sbin:$PATH
daemon_pid=

# daemon_conf [INTERFACE...]: what the lab needs beside the defaults; more may be appended. Few of the
# lab's clients have a reverse record: they would be greylisted.
daemon_conf() {
	local interfaces
	interfaces=$(printf '"%s", ' "${@:-wan0}")
	cat >"$DAEMON_CONF" <<-END
		mode = enforce
		interfaces = { ${interfaces%, } }
		attach_mode = ${MXDP_ATTACH_MODE:-auto}
		screen { action = ${MXDP_ACTION:-drop} }
		greylist { ${MXDP_GREYLIST:-at = off} }
		resolver { servers = { "$DNS4" } }
		dnsbl "bl.example" {
			ipv6 = yes
			reply "127.0.0.2" { score = 5 }
			reply "127.0.0.3" { score = 2 name = "spam traps" }
		}
		daemon { state_directory = $BOX_RUN/state }
	END
}

daemon_start() {
	(on_exec gateway mxdpd --config "$DAEMON_CONF" </dev/null >>"$DAEMON_LOG" 2>&1) &
	daemon_pid=$!
	disown
	wait_for 30 daemon_ready_or_gone && daemon_ready
}

# This daemon answers, not an earlier one.
daemon_ready() {
	on gateway mxdp status 2>/dev/null | grep -q "process $daemon_pid,"
}

daemon_ready_or_gone() {
	daemon_ready || ! kill -0 "$daemon_pid"
}

daemon_signal() {
	kill -"$1" "$daemon_pid"
}

# daemon_end SIGNAL
daemon_end() {
	daemon_signal "$1" && wait_for 20 daemon_gone
}

daemon_gone() {
	! kill -0 "$daemon_pid"
} 2>/dev/null

# The daemon's memory, in MiB.
daemon_resident() {
	awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$daemon_pid/status"
}

# counter NAME...: the sum of these counters over all CPUs, from the pinned map.
counter() {
	local names=" $* "
	bpftool map dump pinned "$PINS/counters" | awk -v names="$names" '
		match($0, /"[a-z0-9_]+": *[0-9]+/) {
			split(substr($0, RSTART, RLENGTH), part, /[": ]+/)
			if (index(names, " " part[2] " ")) sum += part[3]
		}
		END { print sum + 0 }'
}

# verdict4 ADDRESS: the value in verdicts4, as bpftool shows it; fails when there is none.
verdict4() {
	bpftool map dump pinned "$PINS/verdicts4" | awk -v key="[${1//./,}" '
		index($0, "\"address\":") { inside = ($2 == key) }
		inside && /"[a-z_]+": [-"0-9]/ { print; found = 1 }
		END { exit !found }'
}

# verdict4_field ADDRESS FIELD
verdict4_field() {
	verdict4 "$1" | sed -nE "s/.*\"$2\": \"?([A-Za-z0-9_]+).*/\1/p"
}
