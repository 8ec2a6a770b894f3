#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The layers of docs/architecture.md hold: the table there is the rule. Each file has its place in
# one row, and includes nothing of a row above its own, nor, in its own, anything in a circle.
set -u
cd "${0%/*}/../.." || exit 1
. tests/e2e/lib.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The table's places, from the top: "ROW PLACE"; those in userspace/ may leave that out.
places() {
	awk -F'|' '
		/^## / { inside = $0 == "## Layers" }
		inside && NF > 3 {
			row++
			for (count = split($3, part, "`"); count > 0; count--)
				if (count % 2 == 0)
					print row, part[count]
		}' "$1" | while read -r row place; do
		[ -e "$place" ] || ! compgen -G "userspace/$place*" >/dev/null || place=userspace/$place
		compgen -G "$place*" >/dev/null || place="missing:$place"
		echo "$row $place"
	done
}

# "FILE INCLUDED" for each include of a file in the tree, paths from its top.
includes() {
	grep -rHE --include='*.[ch]' '^#include "' bpf maps userspace tools |
		sed -E 's/^([^:]*):#include "([^"]*)".*/\1 \2/' |
		while read -r file included; do
			[ -e "$included" ] || included=${file%/*}/$included
			[ ! -e "$included" ] || echo "$file $included"
		done
}

# "ROW FILE PLACE" for each file; row 0 when it has no place. The longest place that fits counts.
rows() {
	tr ' ' '\n' | sort -u | awk '
		NR == FNR { row[$2] = $1; next }
		{
			best = ""
			for (place in row)
				if (index($0, place) == 1 && length(place) > length(best))
					best = place
			print row[best] + 0, $0, best
		}' "$work/places" -
}

upwards() {
	awk 'NR == FNR { row[$2] = $1; next } row[$2] < row[$1] { print $1, "includes", $2; bad = 1 }
		END { exit bad }' "$work/rows" "$1"
}

# What ties the places of one row together, for tsort, which complains of circles.
circles() {
	awk 'NR == FNR { row[$2] = $1; place[$2] = $3; next }
		row[$1] == row[$2] && place[$1] != place[$2] { print place[$1], place[$2] }' \
		"$work/rows" "$1" | tsort >/dev/null
}

places docs/architecture.md >"$work/places"
includes >"$work/includes"
rows <"$work/includes" >"$work/rows"

expect "the table of layers is read" is "$(wc -l <"$work/places")" -ge 20
expect "includes are read" is "$(wc -l <"$work/includes")" -ge 500
expect "each of the table's places exists" fails grep 'missing:' "$work/places"
expect "each file has its place in the table" fails grep '^0 ' "$work/rows"
expect "no include points upwards" upwards "$work/includes"
expect "no circle within a row" circles "$work/includes"

# Such a tree is refused.
echo "userspace/config/config.c userspace/api/api.h" >"$work/upwards"
expect "an include that points upwards is noticed" fails upwards "$work/upwards"
printf '%s\n' "userspace/rules/rules.c userspace/never_block/never_block.c" \
	"userspace/never_block/never_block.c userspace/rules/rules.c" >"$work/circle"
expect "a circle is noticed" fails circles "$work/circle"
finish
