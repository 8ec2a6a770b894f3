/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mode.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "maps/maps.h"
#include "userspace/log.h"

#define CHOICE "mode" /* its name in the store */

struct mxdp_mode_choice mxdp_mode_of_configuration(void)
{
	return (struct mxdp_mode_choice){.since = time(NULL), .by = "the configuration"};
}

struct mxdp_mode_choice mxdp_mode_restore(struct mxdp_store *store)
{
	struct mxdp_mode_choice choice = mxdp_mode_of_configuration();
	struct mxdp_store_choice kept;
	int mode;

	if (!store || mxdp_store_choice_load(store, CHOICE, &kept))
		return choice;
	mode = mxdp_mode_number(kept.value);
	if (mode < 0) {
		mxdp_log(
			MXDP_LOG_WARNING,
			"the store holds the mode \"%s\", which is none: the configuration's is in "
			"force; choose by `mxdp mode`",
			kept.value);
		return choice;
	}
	choice.made = true;
	choice.mode = (enum mxdp_mode)mode;
	choice.since = kept.since;
	snprintf(choice.by, sizeof(choice.by), "%s", kept.by);
	return choice;
}

int mxdp_mode_keep(struct mxdp_store *store, const struct mxdp_mode_choice *choice)
{
	struct mxdp_store_choice kept = {.since = choice->since};

	if (!store)
		return -ENODEV;
	if (!choice->made)
		return mxdp_store_choice_delete(store, CHOICE);
	snprintf(kept.value, sizeof(kept.value), "%s", mxdp_mode_name(choice->mode));
	snprintf(kept.by, sizeof(kept.by), "%s", choice->by);
	return mxdp_store_choice_save(store, CHOICE, &kept);
}

void mxdp_mode_apply(const struct mxdp_mode_choice *choice, struct mxdp_config *config)
{
	config->mode = choice->made ? choice->mode : config->configured_mode;
}
