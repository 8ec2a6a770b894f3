/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contenders that live in netfilter: nft in two places, and iptables with ipset. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "contenders.h"

/* Writes the list, each address between `before` and `after`, into a file and has it read. */
static int load_list(struct contest *contest, const char *head, const char *before,
		     const char *after, const char *tail, const char *reader)
{
	char path[64], command[128];
	FILE *file;
	size_t i;
	int error;

	snprintf(path, sizeof(path), "/tmp/mxdp-bench.%d", getpid());
	file = fopen(path, "wx");

	if (!file)
		return contest_fail(contest, "no temporary file: %s", strerror(errno));
	fputs(head, file);
	for (i = 0; i < contest->addresses->count; i++) {
		struct in_addr address = {.s_addr = htonl(contest->addresses->address[i])};

		fprintf(file, "%s%s%s", before, inet_ntoa(address), after);
	}
	fputs(tail, file);
	fclose(file);
	snprintf(command, sizeof(command), "%s %s", reader, path);
	error = contest_run(contest, command);
	unlink(path);
	return error;
}

int nft_raw_prepare(struct contest *contest)
{
	return load_list(contest, "table ip bench { set listed { type ipv4_addr; elements = {\n",
			 "", ",\n", "}; }; }\n", "nft -f");
}

int nft_raw_enter(struct contest *contest)
{
	return contest_run(contest, "nft 'add chain ip bench in { type filter hook prerouting "
				    "priority raw; }; add rule ip bench in tcp dport 25 ip saddr "
				    "@listed drop'");
}

void nft_raw_leave(struct contest *contest)
{
	contest_run(contest, "nft 'flush chain ip bench in; delete chain ip bench in'");
}

int nft_netdev_prepare(struct contest *contest)
{
	return load_list(contest,
			 "table netdev bench { set listed { type ipv4_addr; elements = {\n", "",
			 ",\n", "}; }; }\n", "nft -f");
}

int nft_netdev_enter(struct contest *contest)
{
	return contest_run(contest, "nft 'add chain netdev bench in { type filter hook ingress "
				    "device " BENCH_LINK_IN " priority 0; }; add rule netdev bench "
				    "in tcp dport 25 ip saddr @listed drop'");
}

void nft_netdev_leave(struct contest *contest)
{
	contest_run(contest, "nft 'flush chain netdev bench in; delete chain netdev bench in'");
}

int ipset_prepare(struct contest *contest)
{
	char head[96];

	snprintf(head, sizeof(head), "create listed hash:ip hashsize 131072 maxelem %zu\n",
		 contest->addresses->count);
	return load_list(contest, head, "add listed ", "\n", "", "ipset restore -file");
}

int ipset_enter(struct contest *contest)
{
	return contest_run(contest, "iptables -t raw -A PREROUTING -p tcp --dport 25 -m set "
				    "--match-set listed src -j DROP");
}

void ipset_leave(struct contest *contest)
{
	contest_run(contest, "iptables -t raw -F PREROUTING");
}
