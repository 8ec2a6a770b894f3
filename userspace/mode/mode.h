/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In which mode the daemon works: the configuration's, unless the operator chose one at run time.
 * Such a choice is kept in the store and outlives restarts and reloads until it is taken back.
 */
#ifndef MXDP_MODE_H
#define MXDP_MODE_H

#include <stdbool.h>
#include <stdint.h>

#include "userspace/config/config.h"
#include "userspace/store/store.h"

#define MXDP_MODE_BY 64

struct mxdp_mode_choice {
	bool made; /* by the operator; else the configuration's mode is in force */
	enum mxdp_mode mode;
	int64_t since; /* Unix seconds: when what is in force was chosen, or was read */
	char by[MXDP_MODE_BY];
};

/* The choice that an earlier run left in the store, or the configuration's, since now. */
struct mxdp_mode_choice mxdp_mode_restore(struct mxdp_store *store);

/* What is in force without a choice. */
struct mxdp_mode_choice mxdp_mode_of_configuration(void);

/* Keeps it for the next start. Returns 0 or a negative errno (logged). */
int mxdp_mode_keep(struct mxdp_store *store, const struct mxdp_mode_choice *choice);

/* Makes config->mode the mode in force. */
void mxdp_mode_apply(const struct mxdp_mode_choice *choice, struct mxdp_config *config);

#endif
