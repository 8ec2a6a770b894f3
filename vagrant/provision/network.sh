#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# network.sh sender|gateway|mail: gives the machine its names, addresses and routes on the networks
# outer and inner, now and at each start, before mxdpd. All addresses are of the ranges for
# documentation and benchmarks (RFC 5737, 3849, 2544); the sender owns whole ranges of clients, so
# that any address of them can open a connection.
set -eu

readonly CLIENTS=(198.51.100.0/24 203.0.113.0/24 198.18.0.0/15 2001:db8:51::/48 2001:db8:bad::/48)

# The lines of the machine's own script.
lines_of() {
	case $1 in
	sender)
		echo 'named outer 52:54:00:a0:01:03 192.0.2.2/29 2001:db8:0:1::2/64'
		echo 'route 192.0.2.16/28 192.0.2.1'
		echo 'route 2001:db8:0:25::/64 2001:db8:0:1::1'
		printf 'ip route replace local %s dev lo\n' "${CLIENTS[@]}"
		echo 'sysctl -qw net.ipv6.ip_nonlocal_bind=1'
		;;
	gateway)
		echo 'named outer 52:54:00:a0:01:02 192.0.2.1/29 2001:db8:0:1::1/64'
		echo 'named inner 52:54:00:a0:02:02 192.0.2.17/28 2001:db8:0:25::1/64'
		echo 'sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1'
		clients_by 192.0.2.2 2001:db8:0:1::2
		;;
	mail)
		echo 'named inner 52:54:00:a0:02:01 192.0.2.25/28 2001:db8:0:25::25/64'
		echo 'route 192.0.2.0/29 192.0.2.17'
		echo 'route 2001:db8:0:1::/64 2001:db8:0:25::1'
		clients_by 192.0.2.17 2001:db8:0:25::1
		;;
	*) echo "network.sh: no machine is called '$1'" >&2 && return 1 ;;
	esac
}

# clients_by GATEWAY4 GATEWAY6
clients_by() {
	local range
	for range in "${CLIENTS[@]}"; do
		case $range in
		*:*) echo "route $range $2" ;;
		*) echo "route $range $1" ;;
		esac
	done
}

lines=$(lines_of "${1:-}")
{
	cat <<-'END'
		#!/bin/bash
		# Made by vagrant/provision/network.sh.
		set -eu

		device_of() {
			ip -o link | sed -nE "s|^[0-9]+: ([^:@]+).* link/ether $1 .*|\1|p"
		}

		# named NAME MAC ADDRESS4 ADDRESS6: waits for the interface, which may come late at a start.
		named() {
			local device
			for _ in $(seq 300); do
				device=$(device_of "$2")
				[ -z "$device" ] || break
				sleep 0.2
			done
			[ -n "$device" ] || { echo "no interface has the address $2" >&2 && return 1; }
			if [ "$device" != "$1" ]; then
				ip link set dev "$device" down
				ip link set dev "$device" name "$1"
			fi
			ip address replace "$3" dev "$1"
			ip address replace "$4" dev "$1" nodad
			ip link set dev "$1" up
		}

		# route NETWORK GATEWAY
		route() {
			ip route replace "$1" via "$2"
		}

		# What comes by one interface may have its way back by another.
		sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
	END
	echo "$lines"
} >/usr/local/sbin/lab-network
chmod 755 /usr/local/sbin/lab-network

cat >/etc/systemd/system/lab-network.service <<'END'
[Unit]
Description=Interfaces, addresses and routes of the Vagrant machines
Before=network.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/lab-network

[Install]
WantedBy=multi-user.target
END
echo "$1" >/etc/hostname
hostname "$1"
grep -q " $1$" /etc/hosts || echo "127.0.1.1 $1.example.net $1" >>/etc/hosts
systemctl daemon-reload
systemctl -q enable lab-network
systemctl restart lab-network
