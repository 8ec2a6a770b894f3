/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must survive the daemon and a reboot, in one SQLite file (WAL) under the state directory.
 * Times are Unix seconds. When the file can't be opened or written the daemon goes on without it:
 * every function then returns the error, after a log line that names the file.
 */
#ifndef MXDP_STORE_H
#define MXDP_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "maps/actions.h"
#include "maps/address.h"

struct mxdp_store;

/* Opens or makes DIRECTORY/mxdp.sqlite and brings an older version's tables up to date. */
int mxdp_store_open(const char *directory, struct mxdp_store **out);
void mxdp_store_close(struct mxdp_store *store);

/* The file was made by mxdp_store_open(), and its rules have not been read yet. NULL: false. */
bool mxdp_store_is_new(const struct mxdp_store *store);

/* Operator rules, by prefix. A NULL store answers -ENODEV. */
int mxdp_store_rule_save(struct mxdp_store *store, const struct mxdp_prefix *prefix,
			 enum mxdp_action action, const char *reason, int64_t created,
			 int64_t expires);
int mxdp_store_rule_delete(struct mxdp_store *store, const struct mxdp_prefix *prefix);
int mxdp_store_rules_load(struct mxdp_store *store,
			  int (*each)(void *context, const struct mxdp_prefix *prefix,
				      enum mxdp_action action, const char *reason, int64_t created,
				      int64_t expires),
			  void *context);

/* What the operator chose at run time in place of the configuration, by a name each. */
#define MXDP_STORE_CHOICE 64

struct mxdp_store_choice {
	char value[MXDP_STORE_CHOICE];
	char by[MXDP_STORE_CHOICE]; /* who */
	int64_t since;
};

/* A NULL store answers -ENODEV, a choice that was not made -ENOENT (deleting it: 0). */
int mxdp_store_choice_save(struct mxdp_store *store, const char *name,
			   const struct mxdp_store_choice *choice);
int mxdp_store_choice_load(struct mxdp_store *store, const char *name,
			   struct mxdp_store_choice *choice);
int mxdp_store_choice_delete(struct mxdp_store *store, const char *name);

#endif
