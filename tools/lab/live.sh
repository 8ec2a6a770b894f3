# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the gateway sees, live, until Ctrl-C: the daemon's events, while clients come and go.

live() {
	heading "Live, until Ctrl-C"
	shown mxdp status
	live_clients &
	printf '    $ mxdp watch\n'
	while on gateway mxdp watch; do :; done
}

# Clean and listed clients of both families, one every few seconds, some of them known.
live_clients() {
	local n=0 client
	while :; do
		n=$((n % 200 + 1))
		for client in "198.51.100.$n" "203.0.113.$n" "2001:db8:51::$n" "2001:db8:bad:$n::25"; do
			dial "$client" --timeout 3 --quit-after CONNECT >/dev/null || true
			sleep 1
		done
	done
}
