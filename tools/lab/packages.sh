#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The lab's servers and clients (section [lab] of tools/packages.txt), unpacked into a directory of
# their own: nothing is installed, no service is made known to the host, its mail set-up stays.
#
# Run it to fetch what is missing; it prints the directory, which serves as long as the package list
# stays the same and no package that the host had is removed.
set -euo pipefail
export LC_ALL=C

readonly LIST=${0%/*}/../packages.txt
readonly CACHE=${MXDP_LAB_CACHE:-/var/cache/mxdp/lab}
readonly APT=(-qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -o Acquire::Retries=3)
work=

trap '[ -z "$work" ] || rm -rf "$work"' EXIT

die() {
	echo "lab packages: $*" >&2
	exit 1
}

wanted() {
	sed -n '/^\[lab\]$/,/^\[/{/^[a-z0-9]/p}' "$LIST"
}

key() {
	{ wanted && dpkg --print-architecture && grep VERSION_ID /etc/os-release; } | sha256sum |
		cut -c 1-12
}

installed() {
	dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u
}

# A directory fetched earlier whose assumptions about the host still hold.
cached() {
	local root
	for root in "$CACHE/$1"-*; do
		[ -d "$root" ] || continue
		[ -n "$(installed | comm -13 - "$root/host-packages")" ] || { echo "$root" && return; }
	done
	return 1
}

# PACKAGE=VERSION of all that apt would install for each wanted package alone: alone, because a mail
# server of the host (or of this list) that conflicts with another must not stop anything here.
closure() {
	local package
	for package in $(wanted); do
		apt-get "${APT[@]}" -s --no-install-recommends install "$package" </dev/null |
			sed -nE 's/^Inst ([^ ]+) (\[[^]]*\] )?\(([^ ]+) .*/\1=\3/p' || exit 1
	done | sort -u
}

# Downloads the closure into directory $1 and unpacks it into directory $2.
download() {
	local -a packages
	local list deb
	list=$(closure) || return 1
	mapfile -t packages <<<"$list"
	[ -n "$list" ] || return 0
	(cd "$1" && apt-get "${APT[@]}" download "${packages[@]}") || return 1
	for deb in "$1"/*.deb; do
		dpkg-deb -x "$deb" "$2" || return 1
	done
}

# Debian 12 has /lib, /bin and /sbin below /usr; not every package was built so.
merge_usr() {
	local part
	for part in bin sbin lib lib64; do
		[ ! -d "$1/$part" ] || cp -al "$1/$part" "$1/usr/"
	done
}

fetch() {
	local root=$1
	rm -rf "$CACHE"/.new.*
	work=$(mktemp -d "$CACHE/.new.XXXXXX")
	mkdir "$work/debs" "$work/root"
	chmod 755 "$work" "$work/root"
	id _apt >/dev/null 2>&1 && chown _apt "$work/debs"
	echo "lab: fetching $(wanted | tr '\n' ' ')(unpacked below $CACHE, not installed)" >&2
	if ! download "$work/debs" "$work/root" 2>"$work/log"; then
		# Lists that are missing or older than the mirror: renew them and try once more.
		apt-get "${APT[@]}" update >>"$work/log" 2>&1 || true
		download "$work/debs" "$work/root" 2>>"$work/log" || {
			tail -n 15 "$work/log" >&2
			die "apt could not fetch the packages; the lines above are its last words"
		}
	fi
	merge_usr "$work/root"
	installed >"$work/root/host-packages"
	touch "$work/root"
	mv -T "$work/root" "$root"
}

main() {
	local key root
	[ "$(id -u)" -eq 0 ] || die "needs root"
	mkdir -p "$CACHE"
	key=$(key)
	exec 9>"$CACHE/.lock"
	flock 9
	if ! root=$(cached "$key"); then
		root=$CACHE/$key-$(installed | sha256sum | cut -c 1-12)
		find "$CACHE" -mindepth 1 -maxdepth 1 -type d -mtime +30 -exec rm -rf {} +
		fetch "$root" 9>&-
	fi
	touch "$root"
	echo "$root"
}

main "$@"
