/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A frame that came before is shown to the packet path again. The kernel runs the program over it
 * as over one that has come in, and sends the reply out by the interface (XDP live frames,
 * Linux 5.18): no socket, no capability but CAP_BPF, and no second place where replies are made.
 */
#include "private.h"

#include <errno.h>

static const struct mxdp_attachment *attachment_of(const struct mxdp_datapath *datapath,
						   uint32_t ifindex)
{
	for (size_t i = 0; i < datapath->attachment_count; i++)
		if ((uint32_t)datapath->attachments[i].ifindex == ifindex)
			return &datapath->attachments[i];
	return NULL;
}

int mxdp_datapath_answer_again(const struct mxdp_datapath *datapath, uint32_t ifindex,
			       const void *frame, size_t length)
{
	const struct mxdp_attachment *attachment = attachment_of(datapath, ifindex);
	struct xdp_md context = {.data_end = (uint32_t)length, .ingress_ifindex = ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = (uint32_t)length,
		    .ctx_in = &context, .ctx_size_in = sizeof(context), .repeat = 1,
		    .batch_size = 1, .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	/* In generic mode few drivers send what is no packet of the kernel's. */
	if (!attachment || !attachment->native || attachment->no_replies)
		return -EOPNOTSUPP;
	return bpf_prog_test_run_opts(datapath->program, &options) ? -errno : 0;
}
