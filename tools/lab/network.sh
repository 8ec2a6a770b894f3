# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The lab's Internet: four hosts, each a network namespace held by a process of the box.
#
#   outside ── wan0 gateway lan0 ── mail
#   (owns all       │ dns0
#    clients)      dns
#
# All addresses are of the ranges for documentation and benchmarks (RFC 5737, 3849, 2544). Outside
# owns whole ranges at once: any address of them can open a connection.

readonly GATEWAY4=192.0.2.1 GATEWAY6=2001:db8:0:1::1
readonly OUTSIDE4=192.0.2.2 OUTSIDE6=2001:db8:0:1::2
readonly MAIL4=192.0.2.25 MAIL6=2001:db8:0:25::25
readonly DNS4=192.0.2.53 DNS6=2001:db8:0:53::53
# A mail server of the outside world, with a reverse record that its name confirms.
readonly CLEAN4=198.51.100.10 CLEAN6=2001:db8:51::10
readonly CLIENTS=(198.51.100.0/24 203.0.113.0/24 198.18.0.0/15 2001:db8:51::/48 2001:db8:bad::/48)

# Runs a command on a host: on gateway ip link
on() {
	(on_exec "$@")
}

# The same in place of this shell, so that the process id of ( on_exec ... ) & is the command's.
on_exec() {
	local host=$1
	shift
	exec nsenter --target "$(<"$BOX_RUN/hosts/$host")" --net --uts -- "$@"
}

network_up() {
	local host
	for host in outside gateway mail dns; do
		host_make "$host"
	done
	link wan0 gateway "$GATEWAY4/29" "$GATEWAY6/64" outside "$OUTSIDE4/29" "$OUTSIDE6/64"
	link lan0 gateway 192.0.2.17/28 2001:db8:0:25::1/64 mail "$MAIL4/28" "$MAIL6/64"
	link dns0 gateway 192.0.2.49/28 2001:db8:0:53::1/64 dns "$DNS4/28" "$DNS6/64"
	default_route outside "$GATEWAY4" "$GATEWAY6"
	default_route mail 192.0.2.17 2001:db8:0:25::1
	default_route dns 192.0.2.49 2001:db8:0:53::1
	forwarding gateway
	# Linux lets a program bind to an address of such a range in IPv4 only.
	sysctl_on outside net/ipv6/ip_nonlocal_bind 1
	clients_at wan0 "$OUTSIDE4" "$OUTSIDE6" "${CLIENTS[@]}"
}

host_make() {
	unshare --net --uts -- bash -c 'ip link set lo up && hostname "$1" &&
		echo $$ >"$2.new" && mv "$2.new" "$2" && exec sleep infinity' \
		host "$1" "$BOX_RUN/hosts/$1" &
	disown
	wait_for 20 test -e "$BOX_RUN/hosts/$1"
	sysctl_on "$1" net/ipv4/conf/all/rp_filter 0
	sysctl_on "$1" net/ipv4/conf/default/rp_filter 0
	sysctl_on "$1" net/ipv6/conf/all/accept_dad 0
	sysctl_on "$1" net/ipv6/conf/default/accept_dad 0
	sysctl_on "$1" net/ipv6/conf/default/accept_ra 0
}

sysctl_on() {
	on "$1" bash -c 'echo "$2" >"/proc/sys/$1"' sysctl "$2" "$3"
}

# link NAME HOST ADDRESS4 ADDRESS6 PEER ADDRESS4 ADDRESS6: the peer's end of wan0 is its eth0.
link() {
	local end=eth${1: -1}
	ip link add "$1" netns "$(<"$BOX_RUN/hosts/$2")" type veth \
		peer name "$end" netns "$(<"$BOX_RUN/hosts/$5")"
	interface_up "$2" "$1" "$3" "$4"
	interface_up "$5" "$end" "$6" "$7"
}

interface_up() {
	on "$1" ip address add "$3" dev "$2"
	on "$1" ip address add "$4" dev "$2" nodad
	on "$1" ip link set "$2" up
}

default_route() {
	on "$1" ip route add default via "$2"
	on "$1" ip route add default via "$3"
}

forwarding() {
	sysctl_on "$1" net/ipv4/ip_forward 1
	sysctl_on "$1" net/ipv6/conf/all/forwarding 1
}

# clients_at GATEWAY_INTERFACE VIA4 VIA6 RANGE...: outside answers for whole ranges, the gateway
# routes them there.
clients_at() {
	local interface=$1 via4=$2 via6=$3 range via
	shift 3
	for range; do
		via=$via4
		[ "${range#*:}" = "$range" ] || via=$via6
		on outside ip route add local "$range" dev lo
		on gateway ip route add "$range" via "$via" dev "$interface"
	done
}
