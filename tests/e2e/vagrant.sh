#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The Vagrant set-up: its Vagrantfile is good, and the gateway gets a tree to build. With
# MXDP_VAGRANT=1 all of it (vagrant/selftest): the box is made, the machines start under emulation
# and are tested.
set -u
cd "${0%/*}/../.." || exit 1

if [ "${MXDP_VAGRANT:-}" = 1 ]; then
	exec vagrant/selftest
fi
. tests/e2e/lib.sh

VAGRANT_HOME=$(mktemp -d)
trap 'rm -rf "$VAGRANT_HOME"' EXIT
export VAGRANT_HOME VAGRANT_CHECKPOINT_DISABLE=1 VAGRANT_DOTFILE_PATH=$VAGRANT_HOME/dot
export VAGRANT_CWD=$PWD/vagrant

# The gateway gets a tree that make can work in.
packed() {
	local tree=$VAGRANT_HOME/tree
	mkdir "$tree"
	vagrant/pack "$VAGRANT_HOME/tree.tar" && tar -C "$tree" -xf "$VAGRANT_HOME/tree.tar" &&
		make -n -C "$tree" install >"$VAGRANT_HOME/make" && grep mxdpd.service "$VAGRANT_HOME/make"
}

if command -v vagrant >/dev/null; then
	expect "the Vagrantfile is valid" vagrant validate --ignore-provider
	if command -v ruby >/dev/null; then
		expect "... and is good Ruby" ruby -wc vagrant/Vagrantfile
	fi
elif command -v ruby >/dev/null; then
	expect "the Vagrantfile is good Ruby (vagrant is not installed)" ruby -wc vagrant/Vagrantfile
else
	skip "the Vagrantfile is valid" "neither vagrant nor ruby is installed (tools/setup vagrant)"
fi
expect "the gateway gets a tree that can be installed" packed
skip "the machines work" "takes eight minutes; MXDP_VAGRANT=1 tools/check vagrant"
finish
