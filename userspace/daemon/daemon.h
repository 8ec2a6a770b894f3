/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mxdpd put together: makes every module in the order in which they need each other, routes events
 * between them, keeps the heartbeat, reloads, and takes it all down again.
 */
#ifndef MXDP_DAEMON_H
#define MXDP_DAEMON_H

#include "userspace/config/config.h"

/*
 * Runs until SIGTERM, SIGINT or `mxdp detach`. What is attached stays attached after the first two:
 * the packet path goes on by itself. Takes over the reference to `config`. Returns 0, or a negative
 * errno after logging what could not be started.
 */
int mxdp_daemon_run(struct mxdp_config *config);

#endif
