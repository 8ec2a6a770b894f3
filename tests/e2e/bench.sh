#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every benchmark works and says what it should (not how fast: that is `make bench`), and the README's
# figures are those of the results in the tree.
set -u
cd "${0%/*}/../.." || exit 1
. tests/e2e/lib.sh

# shaped NAME: the result is there and has the shape that bench/README.md describes.
shaped() {
	[ -s "build/bench/quick/$1.json" ] && build/bench/results check "build/bench/quick/$1.json"
}

# measured NAME WHAT FIELD: it was, and not only excused.
measured() {
	build/bench/results plot "build/bench/quick/$1.json" "$3" | grep -q "^\"$2\" "
}

rm -rf build/bench/quick
expect "all benchmarks run" bench/run --quick
for name in drop_rate packet_cost sets_10k feed_load screening attack replies memory; do
	expect "$name leaves a result" shaped "$name"
done
expect "mxdp's drop rate was measured" measured drop_rate mxdp ratio
expect "refusals were counted" measured replies dialogue_mxdp a_second
expect "so was that of nft" measured drop_rate nft_raw ratio
echo '{"bench": "x", "results": [{"name": "y"}]}' >build/bench/quick/bad.json
expect "a result without machine and numbers is refused" fails build/bench/results check \
	build/bench/quick/bad.json
expect "a never-seen sender's mail was timed while bots connect" measured attack mxdp_200_new p50_ms
expect "bots without sockets were among them" measured attack mxdp_200_flood reached_a_second
expect "a flood of clients that a feed names was refused" measured screening mxdp_known_50000 share_of_postscreen
expect "the daemon was measured with its map filled" measured memory verdicts_2000 resident_mib
expect "a benchmark that does not exist is not run" fails bench/run --quick sets_10k no_such
echo '{"bench": "x", "time": 1, "rounds": 1, "machine": {"kernel": "k", "cpu": "c", "cpus": 1}, "results":
	[{"name": "y", "unmeasured": "the lab does not stand"}]}' >build/bench/quick/excused.json
expect "one that could not be measured says why" grep -q "could not be measured, because: the lab does not stand" \
	<(build/bench/results table build/bench/quick/excused.json)
expect "the results in the tree have that shape" build/bench/results check bench/results/*.json
expect "the README says what they say" bench/readme --check
finish
