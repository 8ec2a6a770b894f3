#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# gateway.sh: installs mxdp from the tree in /tmp/mxdp.tar as a user would, and starts the service.
set -eu

readonly SOURCE=/usr/local/src/mxdp

rm -rf "$SOURCE/installed"
mkdir -p "$SOURCE"
tar -C "$SOURCE" --no-same-owner -xf /tmp/mxdp.tar
if [ -e "$SOURCE/installed/usr" ]; then
	cp -a --no-preserve=ownership --remove-destination "$SOURCE/installed/." / # what `make install` made on the host
	systemd-sysusers
	systemctl daemon-reload
else
	make -s -C "$SOURCE" -j2 install
fi
install -m 644 /tmp/mxdp.conf /etc/mxdp/mxdp.conf
echo 198.18.0.0/15 >/etc/mxdp/blocklist
systemctl -q enable mxdpd
systemctl restart mxdpd
mxdp status
