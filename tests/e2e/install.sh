#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make install and uninstall, into a directory of the test's own.
set -u
cd "${0%/*}/../.." || exit 1
. tests/e2e/lib.sh

target=$(mktemp -d)
trap 'rm -rf "$target"' EXIT

install_it() {
	make -s install DESTDIR="$target" PREFIX=/usr
}

installed() {
	local file
	for file in "$@"; do
		[ -s "$target/$file" ] || { echo "missing: $file" && return 1; }
	done
}

expect "make install" install_it
expect "daemon, CLI, manual pages and unit are there" installed usr/sbin/mxdpd usr/sbin/mxdp \
	usr/share/man/man8/mxdpd.8 usr/share/man/man8/mxdp.8 usr/share/man/man5/mxdp.conf.5 \
	usr/lib/systemd/system/mxdpd.service usr/lib/sysusers.d/mxdp.conf
expect "the shipped configuration is good" \
	"$target/usr/sbin/mxdpd" --check-config --config "$target/etc/mxdp/mxdp.conf"
expect "the unit starts the installed daemon" \
	grep -q '^ExecStart=/usr/sbin/mxdpd' "$target/usr/lib/systemd/system/mxdpd.service"

echo '# by the operator' >>"$target/etc/mxdp/mxdp.conf"
expect "make install again" install_it
expect "the operator's configuration is kept" grep -q 'by the operator' "$target/etc/mxdp/mxdp.conf"
expect "the new example lies beside it" cmp conf/mxdp.conf "$target/etc/mxdp/mxdp.conf.example"

expect "make uninstall" make -s uninstall DESTDIR="$target" PREFIX=/usr
expect "programs and unit are gone" \
	test -z "$(find "$target/usr" -type f)"
expect "the operator's configuration stays" test -s "$target/etc/mxdp/mxdp.conf"
finish
