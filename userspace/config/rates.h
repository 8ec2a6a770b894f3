/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From rates as the operator writes them to those of the packet path. */
#ifndef MXDP_CONFIG_RATES_H
#define MXDP_CONFIG_RATES_H

#include "config.h"

/* Fills what settings say of floods, challenges, limits and proofs. */
void mxdp_config_rates(const struct mxdp_config *config, struct mxdp_settings *settings);

#endif
