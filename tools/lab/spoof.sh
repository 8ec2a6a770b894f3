# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Floods of SYNs from addresses that the outside host need not own (syn_flood.c).

# spoof PREFIX PACKETS PER_SECOND SECONDS [CPU]
spoof() {
	(spoof_exec "$@")
}

# The same beside what follows, until spoof_end.
spoof_begin() {
	(spoof_exec "$@") &
	spoof_job=$!
}

spoof_exec() {
	local mac
	mac=$(on gateway ip -o link show wan0 | sed -nE 's|.*link/ether ([0-9a-f:]+).*|\1|p')
	exec >>"$BOX_RUN/flood" 2>&1
	on_exec outside taskset -c "${5:-0-$(($(nproc) - 1))}" \
		"${MXDP_BUILD:-$BOX_TOP/build}/tools/lab/syn_flood" \
		eth0 "$mac" "$MAIL4" 25 "$1" "$2" "$3" "$4"
}

spoof_end() {
	kill "$spoof_job"
	wait "$spoof_job"
} 2>/dev/null

# What the last one sent: "sent N in N ms".
spoofed() {
	tail -n 1 "$BOX_RUN/flood"
}

flooded() {
	on gateway mxdp status --json | tr -d ' \n' | grep -q '"flood":{"on":true'
}
