#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The daemon is killed at any moment between a large feed's change and its coming into force: what was
# in force goes on, and the next daemon finds a whole list, the old one or the new one.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
lab_up
daemon_conf wan0
FEED=$BOX_RUN/list
LINES=500000
echo "feed \"large\" { source = \"file://$FEED\" }" >>"$DAEMON_CONF"

# write_feed LAST: half a million networks' worth of hosts, a client of the lab, and a last line.
write_feed() {
	seq 0 $((LINES - 1)) | awk '{ printf "100.%d.%d.%d\n", $1 / 65536, $1 / 256 % 256, $1 % 256 }' >"$FEED.new"
	printf '198.51.100.10\n%s\n' "$1" >>"$FEED.new"
	mv "$FEED.new" "$FEED"
}

# Kernel and feeds say the same of both ends of the list.
whole() {
	feed_listed 100.0.0.0 && feed_listed 198.51.100.10 &&
		! on gateway mxdp lookup 100.7.0.1 | grep -q differ
}

write_feed 203.0.113.0
daemon_start
expect "half a million lines come into force" wait_for 20 feed_listed 203.0.113.0
expect "... and drop a client" silent 198.51.100.10
for round in 1 2 3 4 5 6; do
	write_feed "203.0.113.$round"
	sleep "0.$((round * 17 % 10))"
	sleep 0.2
	daemon_end KILL
	expect "killed, round $round: the client is dropped" silent 198.51.100.10
	daemon_start
	expect "... the next daemon has a whole list at once" whole
	expect "... and comes to the new one" wait_for 20 feed_listed "203.0.113.$round"
done
daemon_end KILL
touch "$BOX_RUN/state/feeds/large.new7" "$BOX_RUN/state/feeds/large.version.new7"
daemon_start
expect "what an unfinished sync has left is removed" test ! -e "$BOX_RUN/state/feeds/large.new7" -a \
	! -e "$BOX_RUN/state/feeds/large.version.new7"
expect "... and nothing else" test -s "$BOX_RUN/state/feeds/large"
finish
