#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A file feed's new line drops its client within two seconds, also without the daemon; a removed line
# lets it in; a broken file changes nothing; the last good data survives its source.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
lab_up
daemon_conf wan0
FEED=$BOX_RUN/list
cat >>"$DAEMON_CONF" <<-END
	feed "own" { source = "file://$FEED" }
	feed "scored" { source = "file://$FEED.scored" use = score score = 6 }
END
printf '# nobody we know\n203.0.113.200\n' >"$FEED"
echo 198.51.100.88 >"$FEED.scored"
daemon_start

listed() {
	on gateway mxdp lookup "$1" --json | grep -q '"listed": true'
}

not_listed() {
	! listed "$1"
}

expect "a line of the file is listed" wait_for 5 listed 203.0.113.200
expect "a client on no list delivers" deliver 198.51.100.10 before@example.org
echo '198.51.100.10 # spammer' >>"$FEED"
expect "a new line is in the kernel within two seconds" wait_for 2 listed 198.51.100.10
drops=$(counter feed_drop)
expect "... and drops its client" silent 198.51.100.10
expect "... as the counter says" is "$(counter feed_drop)" -gt "$drops"
expect "mxdp explain names feed and line" says "line 3 of the feed own" on gateway mxdp explain 198.51.100.10
expect "kernel and feeds agree" refuses 0 "decides" on gateway mxdp lookup 198.51.100.10
expect "the snapshot can be seen" says "in 1 class" on gateway mxdp snapshot

printf '<html>\n<h1>503 Service Unavailable</h1>\n' >"$FEED"
expect "a broken file is refused, by its line" wait_for 5 says 'line 1: "<html>"' on gateway mxdp feed list
expect "... and changes nothing" listed 198.51.100.10
: >"$FEED"
expect "an empty file is refused" wait_for 5 says "no entry in it" on gateway mxdp feed list
expect "... and changes nothing either" silent 198.51.100.10

expect "an allow rule goes before a feed at once" on gateway mxdp allow 198.51.100.10
expect "... its client delivers" deliver 198.51.100.10 allowed@example.org
on gateway mxdp forget 198.51.100.10
expect "without the rule the feed acts again" wait_for 5 listed 198.51.100.10

expect "a scored feed's client is refused by its verdict" silent 198.51.100.88
expect "... with the feed as evidence" says "scored" on gateway mxdp explain 198.51.100.88

daemon_end KILL
expect "without the daemon the feed goes on" silent 198.51.100.10
rm "$FEED"
daemon_start
expect "after a restart without the source the last good data is in force" listed 198.51.100.10
expect "... and drops its client" silent 198.51.100.10
printf '203.0.113.200\n' >"$FEED.new" && mv "$FEED.new" "$FEED"
expect "a line that is gone lets its client in" wait_for 2 not_listed 198.51.100.10
expect "... which delivers" deliver 198.51.100.10 after@example.org
expect "a feed that is not there cannot be synced" refuses 1 "no feed" on gateway mxdp feed sync nowhere
expect "mxdp feed check tries a file" refuses 0 "1 entries" on gateway mxdp feed check "$FEED"
finish
