/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addresses of a domain's MX hosts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source.h"

#define MX_MAX 32 /* hosts that are looked at */

static int compare(const void *a, const void *b)
{
	const struct mxdp_prefix *left = a, *right = b;

	return memcmp(left->address.bytes, right->address.bytes, sizeof(left->address.bytes));
}

static void sort(struct exempt_hosts *hosts)
{
	size_t kept = 0;

	qsort(hosts->prefixes, hosts->count, sizeof(hosts->prefixes[0]), compare);
	for (size_t i = 0; i < hosts->count; i++)
		if (!kept || compare(&hosts->prefixes[kept - 1], &hosts->prefixes[i]))
			hosts->prefixes[kept++] = hosts->prefixes[i];
	hosts->count = kept;
}

/* An answer of the memo that is of use, or NULL; failures and what is missing are noted. */
static const struct mxdp_dns_answer *look(struct mxdp_spf_memo *memo, const char *name,
					  enum mxdp_dns_type type, struct exempt_hosts *hosts,
					  bool *missing)
{
	const struct mxdp_dns_answer *answer = mxdp_spf_memo_get(memo, name, type);

	if (!answer) {
		*missing = true;
		return NULL;
	}
	if (mxdp_dns_failed(answer->status))
		hosts->error = -EAGAIN;
	else if (answer->status != MXDP_DNS_BADNAME && answer->ttl < hosts->ttl)
		hosts->ttl = answer->ttl;
	return answer;
}

static void add_addresses(const struct mxdp_dns_answer *answer, struct exempt_hosts *hosts)
{
	for (size_t i = 0; answer && i < answer->count; i++) {
		const struct mxdp_dns_record *record = &answer->records[i];
		const struct mxdp_address address =
			answer->type == MXDP_DNS_A ? mxdp_address_from_v4(record->a.s_addr)
						   : mxdp_address_from_bytes(record->aaaa.s6_addr);

		if (hosts->count < MXDP_EXEMPT_HOSTS_MAX)
			hosts->prefixes[hosts->count++] = mxdp_prefix_host(&address);
	}
}

static void add_host(struct mxdp_spf_memo *memo, const char *name, struct exempt_hosts *hosts,
		     bool *missing)
{
	if (*name == '\0' || strcmp(name, ".") == 0) /* RFC 7505: it takes no mail */
		return;
	add_addresses(look(memo, name, MXDP_DNS_A, hosts, missing), hosts);
	add_addresses(look(memo, name, MXDP_DNS_AAAA, hosts, missing), hosts);
}

bool mxdp_exempt_hosts_walk(const char *domain, struct mxdp_spf_memo *memo,
			    struct exempt_hosts *hosts)
{
	const struct mxdp_dns_answer *mx;
	bool missing = false;

	*hosts = (struct exempt_hosts){.ttl = UINT32_MAX};
	mx = look(memo, domain, MXDP_DNS_MX, hosts, &missing);
	if (!mx)
		return false;
	if (mx->status == MXDP_DNS_NXDOMAIN || mx->status == MXDP_DNS_BADNAME)
		hosts->error = -ENOENT;
	if (mx->status == MXDP_DNS_NODATA) /* RFC 5321 5.1: the domain is its own MX */
		add_host(memo, domain, hosts, &missing);
	for (size_t i = 0; i < mx->count && i < MX_MAX; i++)
		add_host(memo, mx->records[i].mx.name, hosts, &missing);
	sort(hosts);
	return !missing;
}
