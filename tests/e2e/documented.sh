#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The commands that the README, the documents and the manual show are run as they stand there, on the
# lab's gateway. What tools/up and vagrant/ do has tests of its own.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"

# The commands of the documents' sh blocks, one a line, without remarks. Those of virtual machines and
# of programs that the lab has not are left out.
shown() {
	cat README.md docs/*.md | awk '
		/^```sh$/ { inside = 1; next }
		/^```/ { inside = 0 }
		inside' | sed -E 's/ +# .*//'
	sed -nE '/^\.EX/,/^\.EE/ { s/\\-/-/g; s/\\(.)/\1/g; /^\.E/d; p }' docs/mxdp.8
}

# Done, or an honest no: an address of a document need not be known here.
runs() {
	local status=0
	on gateway timeout 5 bash -c "cd $BOX_RUN/tmp && $1" </dev/null || status=$?
	echo "exit status $status"
	case $1 in
	*watch) [ "$status" -eq 124 ] ;;
	mxdp*) [ "$status" -le 1 ] ;;
	*) [ "$status" -eq 0 ] ;;
	esac
}

# The program is there, and has heard of each option.
has_program() {
	local program option options
	read -r program options <<<"${1#sudo }"
	[ -x "$program" ] || return 1
	while read -r option; do
		grep -qF -- "$option" "$program" || { echo "no $option" && return 1; }
	done < <(grep -oE -- '--[a-z]+' <<<"$options")
}

untold_pins() {
	local pin
	for pin in "$PINS"/*; do
		[[ ${pin##*/} == link_* ]] || grep -qF "\`${pin##*/}\`" docs/maps.md || echo "$pin"
	done
}

cd "$BOX_TOP" || exit 1
mapfile -t commands < <(shown | grep -E '^(sudo )?(tools/|mxdp |bpftool )' | sort -u)
lab_up
daemon_conf wan0
daemon_start
cp "$DAEMON_CONF" "$BOX_RUN/tmp/new.conf"
silent 203.0.113.66
expect "the documents show commands" is "${#commands[@]}" -ge 20
for command in "${commands[@]}"; do
	case $command in
	*tools/*) expect "$command" has_program "$command" ;;
	*"| jq"* | *'$'*) ;;
	*) expect "$command" runs "$command" ;;
	esac
done
expect "every pin is told" finds_none untold_pins
finish
