/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Action limit: a token bucket a client. */
#ifndef MXDP_BPF_LIMIT_H
#define MXDP_BPF_LIMIT_H

#include "bucket.h"
#include "lookup.h"

static __always_inline struct mxdp_bucket *find_bucket(const struct connection *connection,
						       __u32 bits)
{
	if (connection->version == 4) {
		struct mxdp_client4 key __attribute__((aligned(8)));

		client4(connection, &key);
		return bpf_map_lookup_elem(&limits4, &key);
	}
	struct mxdp_client6 key __attribute__((aligned(8)));

	client6(connection, bits, &key);
	return bpf_map_lookup_elem(&limits6, &key);
}

static __always_inline long store_bucket(const struct connection *connection, __u32 bits,
					 const struct mxdp_bucket *bucket)
{
	if (connection->version == 4) {
		struct mxdp_client4 key __attribute__((aligned(8)));

		client4(connection, &key);
		return bpf_map_update_elem(&limits4, &key, bucket, BPF_NOEXIST);
	}
	struct mxdp_client6 key __attribute__((aligned(8)));

	client6(connection, bits, &key);
	return bpf_map_update_elem(&limits6, &key, bucket, BPF_NOEXIST);
}

/* Whether an attempt of the client, keyed by `bits` of its address, is within its limit. */
static __always_inline bool within_limit(const struct connection *connection,
					 const struct mxdp_settings *settings, __u32 bits)
{
	__u64 now_ns = connection->now_ns;
	struct mxdp_bucket *bucket = find_bucket(connection, bits);

	if (!bucket) {
		struct mxdp_bucket fresh = {.arrival_ns = now_ns + settings->limit_interval_ns};

		if (!store_bucket(connection, bits, &fresh))
			return true;
		bucket = find_bucket(connection, bits); /* another CPU was first */
		if (!bucket) {
			count(MXDP_COUNT_limit_not_stored);
			return true;
		}
	}
	return take_token(&bucket->arrival_ns, now_ns, settings->limit_interval_ns,
			  settings->limit_burst_ns);
}

/* The same over that limit, for a SYN that is the client's own: only such draw on this bucket. */
static __always_inline bool own_within_limit(const struct connection *connection,
					     const struct mxdp_settings *settings, __u32 bits)
{
	struct mxdp_bucket *bucket = find_bucket(connection, bits);

	return !bucket || take_token(&bucket->own_ns, connection->now_ns,
				     settings->limit_interval_ns, settings->limit_burst_ns);
}

#endif
