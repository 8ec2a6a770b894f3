/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps proofs4/6: who has proved its address (maps.h). */
#include <bpf/bpf.h>

#include "keys.h"
#include "maps.h"

int mxdp_proof_get(const struct mxdp_maps *maps, const struct mxdp_address *client,
		   struct mxdp_proof *proof)
{
	struct mxdp_prefix host = mxdp_prefix_host(client);
	union mxdp_key key;

	mxdp_key_of_client(&host, &key);
	return bpf_map_lookup_elem(mxdp_address_is_v4(client) ? maps->proofs4 : maps->proofs6, &key,
				   proof);
}
