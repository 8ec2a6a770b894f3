#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mxdp spf and mxdp spf-ranges without a daemon, against a DNS server with the zone of
# tests/spf/commands.json; the suite runner from memory and over the wire.
set -u
cd "${0%/*}/../.." || exit 1
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

work=$(mktemp -d)
build/tests/spf/conformance --serve tests/spf/commands.json >"$work/address" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$work"' EXIT
for _ in {1..100}; do
	[ ! -s "$work/address" ] || break
	sleep 0.1
done
resolver=$(<"$work/address")

spf() {
	build/mxdp spf --resolver "$resolver" "$@"
}

# line N TEXT COMMAND...: line N of what a command prints.
line() {
	local number=$1 text=$2 found
	shift 2
	found=$("$@" | sed -n "${number}p")
	echo "line $number: $found"
	[ "$found" = "$text" ]
}

fails_with() {
	local status=$1 words=$2
	shift 2
	"$@" >"$work/out" 2>&1
	[ $? -eq "$status" ] && grep -qF -- "$words" "$work/out" && return
	cat "$work/out"
	return 1
}

ranges() {
	build/mxdp spf-ranges "$1" --resolver "$resolver" 2>/dev/null | paste -sd ' '
}

fail=(--ip 203.0.113.9 --helo h.example.com --sender u@example.com)
expect "pass is the first line" line 1 pass spf --ip 192.0.2.7 --sender u@example.com
expect "the mechanism that matched is shown" \
	line 2 "mechanism: include:_spf.example.com in the record of example.com" \
	spf --ip 198.51.100.9 --sender '<u@example.com>'
expect "a mapped client is the IPv4 client" \
	line 1 pass spf --ip ::ffff:192.0.2.7 --sender u@example.com
expect "fail is the first line" line 1 fail spf "${fail[@]}"
expect "the explanation comes second" \
	line 2 "explanation, by example.com: 203.0.113.9 may not send for example.com" \
	spf "${fail[@]}"
expect "a backslash reaches DNS as it is" \
	line 1 pass spf --ip 203.0.113.9 --sender 'back\slash@example.com'
expect "the HELO name is judged without a sender" \
	line 1 none spf --ip 203.0.113.9 --helo mail.example.com
expect "a fault in the record is told" \
	line 2 'problem: broken.example.com: "moo": unknown mechanism' \
	spf --ip 192.0.2.7 --sender u@broken.example.com
expect "failing DNS is a temperror" line 1 temperror spf --ip 192.0.2.7 --sender u@slow.example.com
expect "JSON carries the header field" \
	fails_with 0 '"received_spf": "Received-SPF: fail (' spf --json "${fail[@]}"
expect "a client that is no address is refused" fails_with 2 "x is no address" spf --ip x
expect "an address alone is refused" fails_with 2 "give --sender" spf --ip 192.0.2.7
expect "a resolver that is none is refused" fails_with 2 "is no resolver" \
	build/mxdp spf --ip 192.0.2.7 --sender u@example.com --resolver nonsense

expect "the ranges of a domain" test "$(ranges example.com)" = \
	"192.0.2.0/28 192.0.2.130 198.51.100.0/24 2001:db8::130 2001:db8:1::/48"
expect "what depends on the message is told" fails_with 0 '"exists:%{l}.ok.example.com" skipped' \
	build/mxdp spf-ranges example.com --resolver "$resolver"
expect "a domain that permits everybody has no ranges" fails_with 1 "permits every address" \
	build/mxdp spf-ranges open.example.com --resolver "$resolver"

for suite in commands corners; do
	expect "the suite $suite from memory" build/tests/spf/conformance "tests/spf/$suite.json"
	expect "the suite $suite over the wire" build/tests/spf/conformance --wire "tests/spf/$suite.json"
done
finish
