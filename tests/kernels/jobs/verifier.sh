#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# verifier.sh KERNEL TABLE: fails for each program of which a figure has grown by more than 20%
# over TABLE (docs/verifier.md), or that the table does not know.
kernel=$1
table=$2

measured=$(build/tests/kernels/verifier_report "$kernel" build/bpf/*.bpf.o 2>&1) || {
	echo "# ${measured//$'\n'/$'\n# '}"
	echo "not ok - verifier: the programs load"
	exit 0
}
awk -F ' *[|] *' -v kernel="$kernel" '
	$3 != kernel { next }
	FNR == NR { for (i = 4; i <= 7; i++) known[$2, i] = $i; seen[$2] = 1; next }
	!seen[$2] { print "not ok - verifier: " $2 " is not in the table: make verifier-report"; next }
	{
		grown = ""
		for (i = 4; i <= 7; i++)
			if ($i > 1.2 * known[$2, i])
				grown = grown " " known[$2, i] " -> " $i
		if (grown != "")
			print "not ok - verifier: " $2 " has grown over 20%:" grown ": make verifier-report"
		else
			print "ok - verifier: " $2 " is as costly as in the table: " $4 " instructions"
	}' "$table" - <<<"$measured"
