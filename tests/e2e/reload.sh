#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A reload brings a good configuration into force and refuses a bad one as a whole.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
lab_up
daemon_conf wan0

# A daemon of its own, for as long as it takes to refuse.
starts_with() {
	sed "s/^interfaces = .*/interfaces = { \"$1\" }/" "$DAEMON_CONF" >"$BOX_RUN/other.conf"
	daemon_end TERM
	on gateway timeout 20 mxdpd --config "$BOX_RUN/other.conf"
}
daemon_start

silent 203.0.113.66
echo 'colour = blue' >>"$DAEMON_CONF"
line=$(grep -n 'colour' "$DAEMON_CONF" | cut -d: -f1)
expect "a broken file is refused, by file and line" \
	refuses 1 "$DAEMON_CONF:$line" on gateway mxdp reload
expect "the running configuration stays: mode" says "enforce" on gateway mxdp status
expect "the running configuration stays: verdicts" silent 203.0.113.66
expect "the running configuration stays: new clients are judged" silent 203.0.113.67

daemon_signal HUP
expect "SIGHUP is refused likewise, in the log" wait_for 20 grep -q "$DAEMON_CONF:$line" "$DAEMON_LOG"
expect "the daemon runs on" daemon_ready

daemon_conf wan0
sed -i 's/^mode = .*/mode = observe/' "$DAEMON_CONF"
expect "a good file is taken" on gateway mxdp reload
observed=$(counter observed)
expect "observe mode lets the listed client deliver" deliver 203.0.113.66 observed@example.org
expect "and counts what it would have done" is "$(counter observed)" -gt "$observed"
expect "the verdict is still to drop" is "$(verdict4_field 203.0.113.66 action)" = MXDP_ACTION_DROP

sed -i 's/^interfaces = .*/interfaces = { "nowhere0" }/' "$DAEMON_CONF"
expect "an interface that is not there is refused" refuses 1 nowhere0 on gateway mxdp reload
if on gateway ip tuntap add tunnel0 mode tun; then
	sed -i 's/^interfaces = .*/interfaces = { "wan0", "tunnel0" }/' "$DAEMON_CONF"
	expect "so is one without Ethernet frames" refuses 1 "tunnel0 carries no Ethernet frames" \
		on gateway mxdp reload
	expect "... also at a start" refuses 1 "tunnel0 carries no Ethernet frames" starts_with tunnel0
else
	skip "an interface without Ethernet frames is refused" "this kernel makes no tunnels"
fi
finish
