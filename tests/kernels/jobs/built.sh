#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The tests that need a kernel, as they were built for the host, one line for each binary.
export CK_TAP_LOG_FILE_NAME=- CK_VERBOSITY=silent CK_TIMEOUT_MULTIPLIER=30

# Not test_reply_segments: each of its many cases loads the program, which takes minutes here, and
# they ask nothing of the kernel that test_reply does not ask.
for source in tests/packet/test_*.c tests/unit/test_datapath.c; do
	[[ $source != */test_reply_segments.c ]] || continue
	binary=build/${source%.c}
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
