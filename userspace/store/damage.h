/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A damaged SQLite file is set aside under another name, so that a new one can be begun in its
 * place and somebody may still look what can be saved. Internal to this folder.
 */
#ifndef MXDP_STORE_DAMAGE_H
#define MXDP_STORE_DAMAGE_H

#include "database.h"

/*
 * Looks through a file that was just opened, up to a size that takes no second. Returns 0, or
 * -EUCLEAN after logging what was found.
 */
int mxdp_database_inspect(struct mxdp_database *database);

/*
 * Renames the file, and its log, to PATH.damaged-TIME, with a log line. `begun_anew`: by whoever
 * calls, at once; else at the next start.
 */
void mxdp_database_set_aside(const struct mxdp_database *database, bool begun_anew);

#endif
