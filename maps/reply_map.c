/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps reply_texts and cookie_secrets: what a reply is made of (maps.h). */
#include <bpf/bpf.h>

#include "maps.h"

int mxdp_reply_text_set(const struct mxdp_maps *maps, uint32_t index,
			const struct mxdp_reply_text *text)
{
	return bpf_map_update_elem(maps->reply_texts, &index, text, BPF_ANY);
}

int mxdp_reply_text_get(const struct mxdp_maps *maps, uint32_t index, struct mxdp_reply_text *text)
{
	return bpf_map_lookup_elem(maps->reply_texts, &index, text);
}

int mxdp_cookie_secret_get(const struct mxdp_maps *maps, uint32_t slot,
			   struct mxdp_cookie_secret *secret)
{
	return bpf_map_lookup_elem(maps->cookie_secrets, &slot, secret);
}

int mxdp_cookie_secret_set(const struct mxdp_maps *maps, uint32_t slot,
			   const struct mxdp_cookie_secret *secret)
{
	return bpf_map_update_elem(maps->cookie_secrets, &slot, secret, BPF_ANY);
}
