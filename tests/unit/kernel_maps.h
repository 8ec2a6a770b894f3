/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Maps of the kernel with the keys and values of the packet path's, for modules that write them. */
#ifndef MXDP_TEST_KERNEL_MAPS_H
#define MXDP_TEST_KERNEL_MAPS_H

#include <bpf/bpf.h>
#include <check.h>

#include "maps/maps.h"

static inline int make_hash(const char *name, size_t key, size_t value, uint32_t places)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, name, (uint32_t)key, (uint32_t)value, places,
				NULL);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static inline void make_verdicts(struct mxdp_maps *maps, uint32_t places)
{
	maps->verdicts4 = make_hash("verdicts4", sizeof(struct mxdp_client4),
				    sizeof(struct mxdp_verdict), places);
	maps->verdicts6 = make_hash("verdicts6", sizeof(struct mxdp_client6),
				    sizeof(struct mxdp_verdict), places);
}

static inline void make_pending(struct mxdp_maps *maps, uint32_t places)
{
	maps->pending4 = make_hash("pending4", sizeof(struct mxdp_client4),
				   sizeof(struct mxdp_pending), places);
	maps->pending6 = make_hash("pending6", sizeof(struct mxdp_client6),
				   sizeof(struct mxdp_pending), places);
}

static inline void make_proofs(struct mxdp_maps *maps, uint32_t places)
{
	maps->proofs4 = make_hash("proofs4", sizeof(struct mxdp_client4), sizeof(struct mxdp_proof),
				  places);
	maps->proofs6 = make_hash("proofs6", sizeof(struct mxdp_client6), sizeof(struct mxdp_proof),
				  places);
}

#endif
