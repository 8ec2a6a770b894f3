#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# packages.sh PACKAGE...: installs what is missing, by apt; asks no mirror when nothing is.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

mapfile -t missing < <(printf '%s\n' "$@" | sort -u | comm -23 - \
	<(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u))
[ "${#missing[@]}" -gt 0 ] || exit 0
echo "installing ${missing[*]}"
apt-get -qq update
apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends "${missing[@]}" >/dev/null
