# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the daemon says of its feeds.

# feed_number FEED KEY: a number of a feed's in mxdp feed list.
feed_number() {
	on gateway mxdp feed list --json | python3 -c '
import json, sys
print(*[int(feed[sys.argv[2]]) for feed in json.load(sys.stdin)["feeds"] if feed["name"] == sys.argv[1]])
' "$1" "$2"
}

# feed_has FEED KEY NUMBER
feed_has() {
	[ "$(feed_number "$1" "$2")" = "$3" ]
}

# feed_synced FEED: its latest attempt was successful, and it is over.
feed_synced() {
	on gateway mxdp feed list | grep -q "^$1 .* good$"
}

# feed_listed ADDRESS: the set in force lists it.
feed_listed() {
	on gateway mxdp lookup "$1" --json | grep -q '"listed": true'
}

feed_not_listed() {
	! feed_listed "$1"
}
