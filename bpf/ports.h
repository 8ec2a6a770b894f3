/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a port is protected as. */
#ifndef MXDP_BPF_PORTS_H
#define MXDP_BPF_PORTS_H

#include "maps/abi.h"

static __always_inline enum mxdp_port_class port_class(const struct mxdp_settings *settings,
						       __be16 port)
{
	for (int i = 0; i < MXDP_PORTS_MAX && settings->ports[i].port; i++)
		if (settings->ports[i].port == port)
			return settings->ports[i].class;
	return MXDP_PORT_NONE;
}

#endif
