/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Root's power is given away before anything from the network is read. Of the capabilities only
 * CAP_BPF stays in effect (a feed's new maps need it); what attaching needs stays permitted, in
 * effect only between raise() and lower(). A daemon that was not started by root is left as it is.
 */
#ifndef MXDP_DAEMON_PRIVILEGES_H
#define MXDP_DAEMON_PRIVILEGES_H

#include "userspace/config/config.h"

/*
 * Becomes the configured user, to whom the state directory and the pins are handed over. To be
 * called before the first thread is made: threads have what their maker had. Returns 0, also where
 * the default user does not exist (logged: the daemon stays root), or a negative errno after
 * logging.
 */
int daemon_privileges_drop(const struct mxdp_config *config);

/* For the calling thread. Where nothing was dropped they change nothing. */
void daemon_privileges_raise(void);
void daemon_privileges_lower(void);

#endif
