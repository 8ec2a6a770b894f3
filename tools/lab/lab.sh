# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All parts of the lab. Whoever sources this calls box_enter "$0" "$@" before anything else.

. "${BASH_SOURCE[0]%/*}/network.sh"
. "${BASH_SOURCE[0]%/*}/box.sh"
. "${BASH_SOURCE[0]%/*}/observe.sh"
. "${BASH_SOURCE[0]%/*}/peers.sh"
. "${BASH_SOURCE[0]%/*}/clients.sh"
. "${BASH_SOURCE[0]%/*}/daemon.sh"
. "${BASH_SOURCE[0]%/*}/feeds.sh"
. "${BASH_SOURCE[0]%/*}/senders.sh"
. "${BASH_SOURCE[0]%/*}/spoof.sh"
