/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the CLI does when no daemon runs: the daemon's own checks and its way of detaching, each
 * with a loop of its own, from start to end in one call.
 */
#ifndef MXDP_ONESHOT_H
#define MXDP_ONESHOT_H

#include <stddef.h>

#include "userspace/checks/spf/ranges.h"
#include "userspace/checks/spf/spf.h"
#include "userspace/screener/screener.h"

/*
 * Runs the checks of a configuration for one client; `show` is called once with the result. With
 * `resolver` ("IP[:PORT]", else NULL) it is asked in place of the configured one. Returns 0 or a
 * negative errno with a message in `error`.
 */
int mxdp_oneshot_check(const char *config_path, const char *resolver,
		       const struct mxdp_address *client,
		       void (*show)(void *context, const struct mxdp_case *result), void *context,
		       char *error, size_t error_size);

/*
 * Evaluates SPF, asking `resolver` ("IP[:PORT]"; NULL: the system's). Returns 0 with the result, or
 * a negative errno with a message in `error`.
 */
int mxdp_oneshot_spf(const char *resolver, const struct mxdp_spf_question *question,
		     struct mxdp_spf_result *result, char *error, size_t error_size);

/* Walks a domain's SPF record; `show` is called once, also for a walk that failed. */
int mxdp_oneshot_spf_ranges(const char *resolver, const char *domain,
			    void (*show)(void *context, const struct mxdp_spf_ranges *ranges),
			    void *context, char *error, size_t error_size);

/*
 * Looks up the addresses of a domain's MX, and calls `each` for them; of a domain without one, its
 * own. Returns 0 or a negative errno with a message in `error`.
 */
int mxdp_oneshot_mx(const char *resolver, const char *domain,
		    void (*each)(void *context, const struct mxdp_address *address), void *context,
		    char *error, size_t error_size);

/* mxdp_datapath_remove(): detaches from every interface and removes the pins. */
int mxdp_oneshot_detach(const char *pin_directory, void (*report)(const char *line));

#endif
