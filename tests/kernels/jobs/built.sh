#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The tests that need a kernel, as they were built for the host, one line for each binary.
export CK_TAP_LOG_FILE_NAME=- CK_VERBOSITY=silent CK_TIMEOUT_MULTIPLIER=30

# Those that ask most of the kernel itself: its parsing aids, maps, packet helpers and attachments.
# Loading the program takes seconds under emulation, so that not all can run here.
for name in packet/test_parse packet/test_maps packet/test_reply unit/test_datapath \
	unit/test_interfaces; do
	binary=build/tests/$name
	name=built/${binary##*/test_}
	output=$("$binary" 2>&1)
	status=$?
	cases=$(grep -c '^ok ' <<<"$output")
	if [ "$status" -eq 0 ] && [ "$cases" -gt 0 ]; then
		echo "ok - $name: $cases cases"
	else
		grep -v '^ok ' <<<"$output" | head -n 20 | sed 's/^/# /'
		echo "not ok - $name: exit status $status, $cases cases passed"
	fi
done
