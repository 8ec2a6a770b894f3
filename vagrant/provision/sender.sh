#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# sender.sh: the outside world: swaks for mail (a package), and pktgen for floods.
set -eu

install -m 755 /tmp/syn-flood /usr/local/sbin/syn-flood
modprobe pktgen
