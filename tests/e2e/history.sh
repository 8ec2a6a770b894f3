#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What was decided and refused is found again by mxdp search, and verdicts survive a reboot, here
# played by mxdp detach: no map is left, and the list has forgotten its answer. So do reports, and
# what zones found.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
lab_up
resolver_learn 'bob.example. MX 10 mx.bob.example.' 'mx.bob.example. A 198.51.100.20' \
	'bob.example. TXT "v=spf1 ip4:198.51.100.21 -all"'
daemon_conf wan0
daemon_start

search() {
	on gateway mxdp search "$@"
}

written() {
	on gateway mxdp status --json | sed -n '/"journal"/,/}/p' | grep -q '"queued": 0'
}

zone_asked() {
	on gateway mxdp zones --json | sed -n 's/.*"asked": \([0-9]*\).*/\1/p'
}

deliver 198.51.100.10 before@example.org
deliver 198.51.100.20 mx@bob.example
deliver 198.51.100.21 spf@bob.example
on gateway mxdp report 198.51.100.22 --score 4 --ttl 1h --reason "3 failed logins" >/dev/null
on gateway mxdp report 198.51.100.22 --score 2 --ttl 1h --reason "3 failed logins" >/dev/null
silent 203.0.113.66
wait_for 20 written
expect "the journal has the listed client's verdict" says bl.example search 203.0.113.66
expect "... and its refused attempts" says "in this minute" search 203.0.113.66
expect "... within its network" says 203.0.113.66 search 203.0.113.0/24 --since 1h
expect "the clean client's verdict is there" says pass search 198.51.100.10
expect "a client that never came is not" refuses 1 "nothing in the journal" search 198.51.100.99
expect "a client is found by its reverse name" says "198.51.100.10 (mail.example.org)" \
	search mail.example.org --resolver "$DNS4"
expect "... and by the domain of it" says 198.51.100.10 search example.org --resolver "$DNS4"
expect "a domain is found by its MX" says 198.51.100.20 search bob.example --resolver "$DNS4"
expect "... and by its SPF record" says 198.51.100.21 search bob.example --resolver "$DNS4"
expect "a time that is none is a usage fault" refuses 2 "--since" search 198.51.100.10 --since soon
expect "a domain without messages is answered" refuses 1 "nothing in the journal" \
	search nowhere.example --resolver "$DNS4"

asked=$(zone_asked)
expect "everything is taken away" on gateway mxdp detach
expect "... also the maps" test ! -e "$PINS"
wait_for 20 daemon_gone
sed -i 's/"127.0.0.2"/"127.0.0.77"/' "$DAEMON_CONF" # a check would now let everybody pass
expect "the daemon starts again" daemon_start
expect "the listed client's verdict is back" is "$(verdict4_field 203.0.113.66 action)" = MXDP_ACTION_DROP
expect "... and explained" says bl.example on gateway mxdp explain 203.0.113.66
expect "... and acts" silent 203.0.113.66
expect "what zones found is back" is "$(zone_asked)" -ge "$asked"
on gateway mxdp check 198.51.100.22 >"$BOX_RUN/check"
expect "the report is back, added up to its cap" says "+5.0  report" cat "$BOX_RUN/check"
expect "... with how it fades" says "One source's reports come to 5 at most and fade by half in" \
	cat "$BOX_RUN/check"
expect "... with its words" says "3 failed logins" cat "$BOX_RUN/check"
on gateway mxdp forget 203.0.113.66 >/dev/null
daemon_end TERM
expect "the daemon starts once more" daemon_start
expect "what was forgotten is not restored" is "$(verdict4_field 203.0.113.66 action)" = ""
expect "... but stays in the journal" says bl.example search 203.0.113.66
finish
