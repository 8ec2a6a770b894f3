#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mxdp on the command line: exit status and words where it is called wrongly, without a daemon, by
# somebody else, or for what nobody knows; answers as JSON, into pipes and onto full disks.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
daemon_conf wan0
printf '%s\n' 203.0.113.200 >"$BOX_RUN/list"
echo "feed own { source = \"file://$BOX_RUN/list\" }" >>"$DAEMON_CONF"
lab_up

m() {
	on gateway mxdp "$@"
}

# As nobody, who may neither read the socket nor load a program.
nobody() {
	on gateway setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

# json STATUS WORDS...: the answer is JSON.
json() {
	local status=0 wanted=$1
	shift
	m "$@" --json >"$BOX_RUN/answer" || status=$?
	echo "exit status $status, expected $wanted"
	[ "$status" -eq "$wanted" ] && python3 -m json.tool "$BOX_RUN/answer"
}

head_of() {
	m "$@" | head -n 1
	[ "${PIPESTATUS[0]}" -eq 0 ] || [ "${PIPESTATUS[0]}" -eq 141 ]
}

onto_a_full_disk() {
	local output
	output=$(m status 2>&1 >/dev/full) || [ "$?" -eq 1 ] && grep -qF "No space left" <<<"$output"
}

# Nothing happens that a watcher would be told of.
watch_ends_with_its_reader() {
	local line
	line=$(m watch | timeout 8 head -n 1) && [ "$line" = "watching; Ctrl-C ends it" ]
}

watch_unheard() {
	on gateway timeout 8 mxdp watch >&-
}

# second_daemon [PINS]: on a socket and in a state directory of its own.
second_daemon() {
	sed "s,state_directory = [^ ]*,&-2 pin_directory = ${1:-$PINS}," "$DAEMON_CONF" >"$BOX_RUN/second.conf"
	echo "api { socket = $BOX_RUN/second.sock }" >>"$BOX_RUN/second.conf"
	on gateway timeout 8 mxdpd --config "$BOX_RUN/second.conf"
}

interrupted() {
	local pid
	on_exec gateway timeout --signal=INT 1 mxdp watch --json >"$BOX_RUN/watched" &
	pid=$!
	wait "$pid"
	[ "$?" -eq 124 ] && grep -q watching "$BOX_RUN/watched"
}

while read -r status words command; do
	words=${words//_/ }
	# shellcheck disable=SC2086
	expect "without a daemon: mxdp $command" refuses "$status" "$words" m $command
done <<-'END'
	2 which_command?
	2 there_is_no_command nosuch
	2 unrecognized_option --colour
	2 requires_an_argument deny 192.0.2.1 --ttl
	2 takes_no_--limit deny 192.0.2.1 --limit 3
	2 usage:_mxdp_explain_ADDR explain
	2 usage:_mxdp_status status now
	2 is_not_an_IP_address explain mail.example
	2 is_not_an_IP_address check 192.0.2.0/24
	2 say_198.51.100.0/24_for_the_network allow 198.51.100.1/24
	2 is_no_duration deny 192.0.2.1 --ttl soon
	2 is_no_duration deny 192.0.2.1 --ttl 11w5y
	2 is_no_number report 192.0.2.1 --score much
	2 is_no_number report 192.0.2.1 --score 0x10
	2 is_no_number report 192.0.2.1 --score nan
	2 is_no_number report 192.0.2.1 --score 1e3
	2 is_no_number report 192.0.2.1 --score -.
	2 --source_is_empty report 192.0.2.1 --score -.5 --source=
	2 --ttl_is_empty deny 192.0.2.1 --ttl=
	2 --socket_is_empty --socket= status
	2 can_have_107_at_most --socket /@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@ status
	0 the_operator's_rules rules --help
	2 is_not_an_IP_address lookup mail.example
	2 there_is_no_such_mode mode enforced
	2 is_no_domain spf-ranges a_domain!
	2 is_no_column feed check /etc/hosts --format csv --column 0
	1 No_such_file feed check /nowhere
	2 give_--score_NUMBER report 192.0.2.1
	2 is_not_an_action verdicts --action punish
	2 is_not_a_number_from_1 verdicts --limit 0
	2 is_no_state greylist --state gone
	2 usage:_mxdp_feed_list feed fetch
	2 is_no_domain search not..a_domain!
	2 is_no_resolver spf --ip 192.0.2.1 --helo a.example --resolver upstairs
	2 is_no_resolver spf-ranges example.org --resolver upstairs
	2 give_the_client_as_--ip spf --sender a@example.org
	3 start_it_with status
	3 start_it_with watch
	3 start_it_with deny 192.0.2.1
	1 there_are_no_pins detach
	3 /nowhere --socket /nowhere status
END

# No directory but one of mxdp's pins is emptied, whatever was typed.
mkdir "$BOX_RUN/precious" /sys/fs/bpf/others
touch "$BOX_RUN/precious/file"
bpftool map create /sys/fs/bpf/others/theirs type array key 4 value 4 entries 1 name theirs
for directory in "$BOX_RUN/precious" /sys/fs/bpf/others /sys/fs/bpf; do
	expect "mxdp detach --pins $directory" refuses 1 "there are no pins in $directory" \
		m detach --pins "$directory"
done
expect "... touches nothing" test -e "$BOX_RUN/precious/file" -a -e /sys/fs/bpf/others/theirs

starts_on_nothing() {
	sed 's,^interfaces = .*,interfaces = { "nosuch0" },' "$DAEMON_CONF" >"$BOX_RUN/nothing.conf"
	on gateway timeout 20 mxdpd --config "$BOX_RUN/nothing.conf"
}
expect "a first start that finds no interface ends" refuses 1 "there is no interface nosuch0" starts_on_nothing
expect "... and leaves no pins behind" test ! -e "$PINS"

expect "the daemon starts" daemon_start
silent 203.0.113.66 >/dev/null
for command in status counters rules verdicts zones greylist "feed list" "feed diff own" snapshot mode reload \
	"lookup 203.0.113.200" "explain 203.0.113.66" "check 203.0.113.66" "search 203.0.113.66"; do
	# shellcheck disable=SC2086
	expect "mxdp $command --json" json 0 $command
done
expect "nobody knows it: JSON, and exit status 1" json 1 explain 192.0.2.200
expect "nor does a feed" refuses 1 "is not listed" m lookup 192.0.2.200
expect "nor the journal" refuses 1 "nothing in the journal" m search 192.0.2.200
expect "nothing to forget" refuses 1 "nothing to forget" m forget 192.0.2.200
expect "there is no such feed" refuses 1 "mxdp feed list shows them" m feed sync nosuch
expect "a mapped address is the IPv4 one" says "203.0.113.66 gets no connection" m explain ::ffff:203.0.113.66
expect "so is a mapped prefix" says "denied 198.51.100.0/24" m deny ::ffff:198.51.100.0/120
expect "forgotten by its name" says "forgot 1 rule and 0 verdicts about 198.51.100.0/24" \
	m forget ::ffff:198.51.100.0/120
expect "the whole Internet may be allowed" says "allowed 0.0.0.0/0" m allow 0.0.0.0/0
expect "but not denied: it would cut off the gateway" refuses 1 "would cut off" m deny ::/0
expect "a reader that goes away is no fault" head_of counters
expect "a watch ends when its reader does, without an event" watch_ends_with_its_reader
expect "... or where there never was one" refuses 1 "cannot write the answer" watch_unheard
expect "a full disk is told" onto_a_full_disk
expect "watching ends with Ctrl-C" interrupted
expect "help for one command" says "feed list|sync" m help feed
expect "somebody else is told what to be" refuses 3 "run as root, or join the group" nobody mxdp status
expect "nor may he detach" refuses 1 "run as root" nobody mxdp detach
expect "a second daemon is refused" refuses 1 "another mxdpd is running" \
	on gateway mxdpd --config "$DAEMON_CONF"
expect "... also one that has only the pins in common" refuses 1 "another mxdpd works with these pins" second_daemon
expect "... and one that has only the interface" refuses 1 "wan0 is screened by another mxdp" \
	second_daemon /sys/fs/bpf/second
expect "... and the first works on" says "203.0.113.66" m verdicts
expect "nor start a daemon" refuses 1 "start mxdpd as root" nobody mxdpd --config "$DAEMON_CONF"

# What it opens must not become its standard error, into which it logs.
without_descriptors() {
	daemon_end TERM
	(on_exec gateway mxdpd --config "$DAEMON_CONF" <&- >&- 2>&-) &
	daemon_pid=$!
	disown
	wait_for 10 daemon_ready
	readlink "/proc/$daemon_pid"/fd/{0,1,2} | tee "$BOX_RUN/descriptors"
	[ "$(sort -u "$BOX_RUN/descriptors")" = /dev/null ]
}
expect "started without any open file, it has /dev/null for its log" without_descriptors

# Whoever read its log is gone.
log_unheard() {
	daemon_end TERM
	on_exec gateway mxdpd --config "$DAEMON_CONF" </dev/null 2> >(exec head -n 1 >/dev/null) &
	daemon_pid=$!
	disown
	wait_for 10 daemon_ready && m mode soft && m mode configured && daemon_ready
}
expect "it outlives the reader of its log" log_unheard
finish
