/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of generic names that section rdns of mxdp.conf refers to. */
#include <stdio.h>
#include <string.h>

#include "read.h"

#define PATH_BYTES 1024

int mxdp_read_generic_names(const struct mxdp_reading *reading)
{
	struct mxdp_rdns_setting *rdns = &reading->config->rdns;
	const char *file = reading->source->files[0];
	const char *slash = strrchr(file, '/');
	const size_t directory = slash ? (size_t)(slash - file) + 1 : 0;
	char error[MXDP_CONFIG_ERROR / 2];
	char path[PATH_BYTES];
	int length;

	if (!rdns->generic_path)
		return 0;
	/* Like include(): from the configuration's own directory unless absolute. */
	length = snprintf(path, sizeof(path), "%.*s%s",
			  rdns->generic_path[0] == '/' ? 0 : (int)directory, file,
			  rdns->generic_path);
	if (length < 0 || (size_t)length >= sizeof(path))
		return mxdp_reading_fault(reading, cfg_getsec(reading->tree, "rdns"),
					  "generic_names", 0, "is too long a path; shorten it");
	if (mxdp_generic_names_read(path, &rdns->generic_names, error, sizeof(error)) != 0)
		return mxdp_reading_fault(reading, cfg_getsec(reading->tree, "rdns"),
					  "generic_names", 0, "can't be read: %s", error);
	return 0;
}
