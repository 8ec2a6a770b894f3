#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the documents name is there, and what is there they name: commands, options, keys with their
# defaults, maps; files and links.
set -u
cd "${0%/*}/../.." || exit 1
. tests/e2e/lib.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# same WHAT LIST OTHER: two lists hold the same lines; the difference explains a failure.
same() {
	[ -s "$1" ] && diff <(sort -u "$1") <(sort -u "$2")
}

# A manual page without its fonts and quotes.
plain() {
	sed -E 's/\\f[BIRP]//g; s/\\-/-/g; s/\\\(dq|"//g' "$1"
}

# The first words behind .TP in the section COMMANDS.
manual_commands() {
	plain docs/mxdp.8 | awk '
		/^\.SH / { inside = $2 == "COMMANDS" }
		inside && before == ".TP" { print $2 }
		{ before = $1 }'
}

help_commands() {
	build/mxdp help | sed -nE 's/^  ([a-z-]+).*/\1/p'
}

options() {
	grep -oE -- '--[a-z]+(-[a-z]+)*' | sort -u
}

# "SECTION KEY DEFAULT" of what the configuration may hold; - is no section, ? no fixed default.
known_keys() {
	sed -nE 's/.*\{ (NULL|"[a-z]+"), ("[a-z0-9_]+"), ("[^"]*"|[A-Z_]+), MXDP_SETTING.*/\1 \2 \3/p' \
		userspace/config/schema.c userspace/config/feed.c |
		sed -E 's/^NULL/-/; s/ (NULL|MXDP_USER)$/ ?/; s/ ""$/ empty/; s/"//g'
	sed -nE '/^static cfg_opt_t dnsbl/,/^}/ s/.*CFG_STR\("([a-z0-9_]+)".*/dnsbl \1 ?/p' \
		userspace/config/schema.c
	sed -nE 's/.*CFG_STR_LIST\("(servers|own_names)".*/\1/p; s/.*CFG_STR_LIST\("([a-z0-9_]+)".*/- \1 ?/p' \
		userspace/config/schema.c | sed 's/^servers$/resolver servers ?/; s/^own_names$/helo own_names ?/'
}

manual_keys() {
	plain docs/mxdp.conf.5 | awk '
		/^\.SH / { section = $2 == "SECTION" ? $3 : $2 == "KEYS" ? "-" : "" }
		section && /^\.B[IR]* / {
			while (match($0, /[a-z][a-z0-9_]* = /)) {
				print section, substr($0, RSTART, RLENGTH - 3)
				$0 = substr($0, RSTART + RLENGTH)
			}
		}'
}

# "SECTION KEY VALUE" of the example, comments that show a section included.
example_keys() {
	sed -E 's/^# ?//; s/^\t+//; s/\t+#.*//' conf/mxdp.conf | awk '
		/^(dnsbl|feed) ".*" \{$/ || /^[a-z]+ \{$/ { section = $1; next }
		/^\}/ { section = ""; next }
		/^reply ".*" \{ .* \}/ { print section, "score ?"; print section, "name ?"; next }
		/^[a-z][a-z0-9_]* = / {
			value = substr($0, length($1) + 4)
			gsub(/"/, "", value)
			print section ? section : "-", $1, value == "" ? "empty" : value
		}'
}

# Keys whose value in the example is not the default. Lists and feeds are examples; the table of names
# is shipped with the example.
other_values() {
	grep -vE '^(feed|dnsbl|rdns generic_names) |\?$' "$work/known" | sed 's/ /./' | sort |
		join - <(sed 's/ /./' "$work/example" | sort) | awk '$2 != $3'
}

# The example, with the lists and feeds that it shows in comments.
whole_example() {
	cp conf/generic-names "$work/generic-names"
	sed -E '/^# (dnsbl|feed) /,/^# \}/ s/^# ?//' conf/mxdp.conf >"$work/mxdp.conf"
	build/mxdpd --check-config --config "$work/mxdp.conf"
}

documents() {
	find . -name '*.md' -not -path './build*' -not -path './.git/*' | sort
}

# Links and paths between backticks that lead nowhere.
lost_files() {
	local document word place
	for document in $(documents); do
		place=${document%/*}
		grep -oE '\]\([^)#]+' "$document" | sed 's/^..//' | grep -v '://' | while read -r word; do
			[ -e "$place/$word" ] || echo "$document: $word"
		done
		grep -oE '`[a-z_./]+[a-z0-9_]*\.(c|h|sh|md|conf|json|py)`' "$document" | tr -d '`' |
			grep -vE '^/|results/' | while read -r word; do
				compgen -G "$place/$word" >/dev/null || [ -e "$word" ] ||
					[ -e "userspace/$word" ] || [ -e "tests/$word" ] ||
					[ -n "$(find bpf maps userspace tools tests bench conf vagrant \
						-path "*/$word" | head -n 1)" ] || echo "$document: $word"
			done
	done
}

# Files that remarks in the source name, and that are nowhere; the kernel's apart.
lost_remarks() {
	local word
	find . -type f -not -path './.git/*' -not -path './build*' -printf '%f\n' | sort -u >"$work/files"
	grep -rhE --include='*.[ch]' --include='*.sh' '^[[:space:]]*(/\*|\*|#)[ *]|/\* ' \
		bpf maps userspace tools tests bench vagrant | grep -v '^#include' |
		grep -oP '(?<![.\w/-])[a-z0-9_/-]+\.(c|h|sh|md)\b' |
		grep -vE '^(include|linux|net)/' | sort -u | while read -r word; do
		grep -qxF "${word##*/}" "$work/files" || echo "$word"
	done
}

# Identifiers between backticks that no source has.
lost_names() {
	local document name
	for document in $(documents); do
		grep -oE '`(struct |enum )?(mxdp_[a-z0-9_]+(\(\))?|MXDP_[A-Z0-9_]+)`' "$document" |
			grep -oE '(mxdp|MXDP)_[A-Za-z0-9_]+' | sort -u | while read -r name; do
			grep -rqwF --include='*.[ch]' --include='*.sh' "$name" bpf maps userspace tools tests \
				bench vagrant || grep -rqsF "\"$name\"" bench/results ||
				grep -qw "$name" bench/* 2>/dev/null || echo "$document: $name"
		done
	done
}

# What a reader would not find: documents that the README does not lead to, and files of bpf/ and
# programs of bench/ that have no place in the architecture's tables.
homeless() {
	local file
	for file in docs/*.*; do
		grep -qF "($file)" README.md || echo "$file"
	done
	for file in bpf/*; do
		grep -qF "\`${file##*/}\`" docs/architecture.md || echo "$file"
	done
	for file in bench/*; do
		[[ -d $file || $file == *.h || $file == *.md ]] && continue
		file=${file#bench/}
		grep -qE "\`(bench/)?${file%%.*}[a-z.]*\`" docs/architecture.md || echo "bench/$file"
	done
}

untold_tests() {
	local script
	for script in tests/e2e/*.sh tests/tree/*.sh; do
		[ "${script##*/}" = lib.sh ] || grep -qF "\`${script##*/}\`" tests/README.md || echo "$script"
	done
}

routes() {
	sed -nE 's/^\t\{"([A-Z]+)", "([^"]+)".*/\1 \2/p' userspace/api/routes.c
}

documented_routes() {
	grep -oE '^\| `[A-Z]+ /[a-z/]+' docs/api.md | sed 's/^| `//'
}

pins() {
	sed -nE '/^struct mxdp_maps \{/,/^}/ s/^\tint ([a-z0-9_, ]+);.*/\1/p' maps/maps.h | tr -d ' ' | tr ',' '\n'
}

documented_pins() {
	sed -nE 's/^\| (`[^|]*`) \|.*/\1/p' docs/maps.md | grep -oE '[a-z0-9_]+'
}

manual_commands >"$work/manual"
help_commands >"$work/help"
expect "mxdp(8) and mxdp help have the same commands" same "$work/help" "$work/manual"
{ build/mxdp help && echo "--help --version"; } | options >"$work/help"
plain docs/mxdp.8 | options >"$work/manual"
expect "and the same options" same "$work/help" "$work/manual"
build/mxdpd --help | options >"$work/help"
plain docs/mxdpd.8 | options >"$work/manual"
expect "mxdpd(8) and mxdpd --help have the same options" same "$work/help" "$work/manual"

known_keys >"$work/known"
manual_keys >"$work/manual"
example_keys >"$work/example"
for list in known manual example; do
	cut -d ' ' -f 1,2 "$work/$list" >"$work/$list.keys"
done
expect "the configuration's keys are found" is "$(wc -l <"$work/known")" -ge 100
expect "mxdp.conf(5) has every key, and no other" same "$work/known.keys" "$work/manual.keys"
expect "so has the example" same "$work/known.keys" "$work/example.keys"
expect "the example shows the defaults" finds_none other_values

expect "with what it shows in comments it is good" whole_example

routes >"$work/known"
documented_routes >"$work/manual"
expect "docs/api.md has every request, and no other" same "$work/known" "$work/manual"

pins >"$work/known"
documented_pins >"$work/manual"
expect "docs/maps.md has every pinned map, and no other" same "$work/known" "$work/manual"
expect "files and links in documents lead somewhere" finds_none lost_files
expect "so do files that remarks name" finds_none lost_remarks
expect "tests/README.md has every end-to-end test" finds_none untold_tests
expect "the README has every document, docs/architecture.md all of bpf/ and bench/" finds_none homeless
expect "names in documents are in the source" finds_none lost_names
finish
