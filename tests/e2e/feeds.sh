#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A file feed's new line drops its client within seconds, also without the daemon; a removed line
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
	feed "signed" { source = "file://$FEED.signed" checksum = "$FEED.signed.sha256" }
	feed "other" { source = "file://$FEED.other" action = tempfail priority = 1 }
END
printf '# nobody we know\n203.0.113.200\n' >"$FEED"
echo 198.51.100.88 >"$FEED.scored"
printf '192.0.2.128/25\n203.0.113.200\n' >"$FEED.other"
daemon_start

expect "a line of the file is listed" wait_for 20 feed_listed 203.0.113.200
expect "a client on no list delivers" deliver 198.51.100.10 before@example.org
echo '198.51.100.10 # spammer' >>"$FEED"
expect "a new line is in the kernel within seconds" wait_for 5 feed_listed 198.51.100.10
drops=$(counter feed_drop)
expect "... and drops its client" silent 198.51.100.10
expect "... as the counter says" is "$(counter feed_drop)" -gt "$drops"
expect "... and as the feed's hits" is "$(feed_number own hits)" -gt 0
expect "mxdp explain names feed and line" says "line 3 of the feed own" on gateway mxdp explain 198.51.100.10
expect "kernel and feeds agree" refuses 0 "decides" on gateway mxdp lookup 198.51.100.10
expect "the snapshot can be seen" says "in 2 class" on gateway mxdp snapshot

expect "mxdp feed diff names what the sync added" refuses 0 "+ 198.51.100.10 (line 3)" on gateway mxdp feed diff own
expect "... and counts it" says "own: 1 added, 0 removed" on gateway mxdp feed diff own
expect "a feed that is not there has no difference" refuses 1 "no feed" on gateway mxdp feed diff nowhere
expect "what a feed alone has is counted" wait_for 20 feed_has own unique 1
expect "... and what others have too" feed_has own shared 1
expect "nothing is protected yet" feed_has own protected 0
sed -i '$a 127.0.0.1\n127.0.0.0/8' "$FEED"
expect "entries that name never-block addresses are counted" wait_for 20 feed_has own protected 2
expect "... and told" says "2 entries name never-block addresses" on gateway mxdp feed list
expect "... and alarmed" grep -q "feed own: 2 entries name never-block addresses, 127.0.0.0/8 (line 5), 127.0.0.1 (line 4)" "$DAEMON_LOG"
expect "... and left out" feed_not_listed 127.0.0.1
expect "... so that no line decides" fails says ": decides" on gateway mxdp lookup 127.0.0.1
sed -i '$d' "$FEED" && sed -i '$d' "$FEED"
expect "... until they are gone" wait_for 20 feed_has own protected 0
sed -i '$a 10.9.8.7\n192.168.0.0/16' "$FEED"
LOCAL="2 entries name private networks or networks of this machine, 10.9.8.7 (line 4), 192.168.0.0/16 (line 5); your own clients may be refused"
expect "entries that name private networks are counted" wait_for 20 feed_has own local 2
expect "... and told by mxdp feed list" says "own: $LOCAL" on gateway mxdp feed list
expect "... by mxdp status" says "own: $LOCAL" on gateway mxdp status
expect "... and by the log" grep -qF "feed own: $LOCAL" "$DAEMON_LOG"
expect "... and act" feed_listed 10.9.8.7
on gateway mxdp allow 10.9.8.0/24
expect "... until a rule lets them in" wait_for 20 feed_has own local 1
on gateway mxdp forget 10.9.8.0/24
sed -i '$d' "$FEED" && sed -i '$d' "$FEED"
expect "... or they are gone" wait_for 20 feed_has own local 0

# The file grows all the time, as by a script that watches a log.
touch "$BOX_RUN/busy"
(while [ -e "$BOX_RUN/busy" ]; do echo "# seen again" >>"$FEED"; sleep 0.05; done) &
sleep 1
echo 203.0.113.50 >>"$FEED"
expect "a new line of a file that never rests is in the kernel within seconds" wait_for 5 feed_listed 203.0.113.50
rm "$BOX_RUN/busy" && wait $!

printf '<html>\n<h1>503 Service Unavailable</h1>\n' >"$FEED"
expect "a broken file is refused, by its line" wait_for 20 says 'line 1: "<html>"' on gateway mxdp feed list
expect "... and changes nothing" feed_listed 198.51.100.10
: >"$FEED"
expect "an empty file is refused" wait_for 20 says "no entry in it" on gateway mxdp feed list
expect "... and changes nothing either" silent 198.51.100.10

generation() {
	on gateway mxdp snapshot --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["v4"]["generation"])'
}

printf '203.0.113.200\n198.51.100.10\n' >"$FEED"
expect "the file in order is good again" wait_for 20 feed_synced own
expect "... and what it lists no more is out" wait_for 20 feed_not_listed 203.0.113.50
before=$(generation)
on gateway mxdp reload >/dev/null
on gateway mxdp feed sync >/dev/null
touch "$FEED"
sleep 2
expect "neither a reload nor a sync builds what is the same" is "$(generation)" -eq "$before"

expect "an allow rule goes before a feed at once" on gateway mxdp allow 198.51.100.10
expect "... its client delivers" deliver 198.51.100.10 allowed@example.org
on gateway mxdp forget 198.51.100.10
expect "without the rule the feed acts again" wait_for 20 feed_listed 198.51.100.10

expect "a scored feed's client is refused by its verdict" silent 198.51.100.88
expect "... with the feed as evidence" says "scored" on gateway mxdp explain 198.51.100.88

daemon_end KILL
expect "without the daemon the feed goes on" silent 198.51.100.10
rm "$FEED"
daemon_start
expect "after a restart without the source the last good data is in force" feed_listed 198.51.100.10
expect "... and drops its client" silent 198.51.100.10
printf '203.0.113.200\n' >"$FEED.new" && mv "$FEED.new" "$FEED"
expect "a line that is gone lets its client in" wait_for 20 feed_not_listed 198.51.100.10
expect "... which delivers" deliver 198.51.100.10 after@example.org
mkdir "$BOX_RUN/later" && echo 198.51.100.10 >"$BOX_RUN/later/list"
ln -s later/list "$FEED.new" && mv -T "$FEED.new" "$FEED"
expect "a link in the file's place is followed within seconds" wait_for 5 feed_listed 198.51.100.10
echo 203.0.113.200 >"$BOX_RUN/later/list"
expect "... and what it leads to is watched" wait_for 20 feed_not_listed 198.51.100.10
sum() {
	(cd "$BOX_RUN" && sha256sum list.signed >list.signed.sha256)
}
echo 203.0.113.99 >"$FEED.signed" && sum
expect "a file with its checksum is taken" wait_for 20 feed_listed 203.0.113.99
echo 203.0.113.98 >>"$FEED.signed"
expect "... changed without it, it is refused" wait_for 20 says "but the checksum says" on gateway mxdp feed list
expect "... and changes nothing" feed_not_listed 203.0.113.98
sum
expect "... until the checksum is right, which is watched too" wait_for 20 feed_listed 203.0.113.98
expect "a feed that is not there cannot be synced" refuses 1 "no feed" on gateway mxdp feed sync nowhere
expect "mxdp feed check tries a file" refuses 0 "1 entries" on gateway mxdp feed check "$FEED"
finish
