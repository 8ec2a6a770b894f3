# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the jobs: this machine as the gateway behind its interface "outer", and a namespace
# "clients" at the other end of the wire. Which of the clients connects is a matter of the gateway's
# address it asks for: in each network the clients have one address, and so one source.
#
#   outer 10.99.1.1 fd99:1::1  <-  clean  10.99.1.2 fd99:1::2
#         10.99.2.1 fd99:2::1  <-  denied 10.99.2.2 fd99:2::2
#         10.99.3.1 fd99:3::1  <-  barred 10.99.3.2 fd99:3::2 (by the neighbour xdp-filter)

export MXDP_SOCKET=/run/mxdp/api.sock
scene=/run/scene
daemon=

scene_open() {
	mkdir -p "$scene/state"
	ip netns add clients
	ip link add outer type veth peer name inner netns clients
	addresses 1 outer | ip -batch -
	addresses 2 inner | ip -n clients -batch -
	scene_configure auto
}

# addresses HOST INTERFACE: the words for ip that give it the address HOST of each network.
addresses() {
	local network
	for network in 1 2 3; do
		echo "address add 10.99.$network.$1/24 dev $2"
		echo "address add fd99:$network::$1/64 dev $2 nodad"
	done
	echo "link set $2 up"
}

scene_close() {
	ip netns del clients
	ip link del outer 2>/dev/null # gone already where the namespace took its peer along at once
	rm -rf "$scene"
}

# scene_configure ATTACH_MODE [ATTACH]
scene_configure() {
	cat >"$scene/mxdp.conf" <<-END
		interfaces = { "outer" }
		mode = enforce
		attach_mode = $1
		attach = ${2:-auto}
		resolver { servers = { "127.0.0.1" } }
		api { socket = "$MXDP_SOCKET" }
		daemon { state_directory = "$scene/state" verdicts_max = 4096 log_level = info }
	END
}

# daemon_start [BINARY]: a new log each time, so that a test reads what this start said: emptied before,
# as the daemon's shell may come to it late. It must not inherit the end of the flood's pipe.
daemon_start() {
	: >"$scene/log"
	"${1:-build/mxdpd}" --config "$scene/mxdp.conf" >"$scene/log" 2>&1 5>&- &
	daemon=$!
	for _ in $(seq 1200); do
		[[ $(<"$scene/log") != *" screens in "* ]] || return 0
		sleep 0.1
	done
	cat "$scene/log"
}

# daemon_stop [SIGNAL]
daemon_stop() {
	kill -"${1:-TERM}" "$daemon"
	wait "$daemon" 2>/dev/null
	daemon=
}

# daemon_said WORDS: in its log since its last start.
daemon_said() {
	grep -q -- "$1" "$scene/log" || {
		cat "$scene/log"
		return 1
	}
}

# Connections that this machine was asked for: TCP segments that came past the XDP hook.
segments() {
	awk '/^Tcp:/ && $11 ~ /^[0-9]+$/ { print $11 }' /proc/net/snmp
}

# flood_start [NETWORK], flood_stop: SYNs of a client, the denied one unless another network is
# named, one after another in between; flood_stop leaves how many were sent in $sent and how many
# came through in $through.
flood_start() {
	local network=${1:-2}
	before=$(segments)
	mkfifo "$scene/flood"
	ip netns exec clients build/tests/kernels/syn_sender "10.99.$network.2" "10.99.$network.1" 25 \
		<"$scene/flood" >"$scene/sent" &
	flood=$!
	exec 5>"$scene/flood"
	rm "$scene/flood"
	sleep 0.3
}

flood_stop() {
	sleep 0.3
	exec 5>&-
	wait "$flood"
	sent=$(cat "$scene/sent")
	through=$(($(segments) - before))
}

# nothing_through: the flood was one, and the machine saw none of it.
nothing_through() {
	echo "$through of $sent SYNs came through"
	[ "$sent" -gt 20 ] && [ "$through" -eq 0 ]
}

# connects ADDRESS [SECONDS]: a client gets a greeting from port 25 of this gateway's address.
connects() {
	timeout "${2:-10}" ip netns exec clients bash -c '
		exec 3<>"/dev/tcp/$1/25" && read -r line <&3 && [[ $line == 220* ]]' connects "$1"
}

# Two SYNs unanswered: the second comes after a second.
refused() {
	! connects "$1" 2.5
}
