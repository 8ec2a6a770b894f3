/* SPDX-License-Identifier: GPL-2.0-or-later */
/* helo { own_names } of mxdp.conf: names that no other host may give itself. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "read.h"
#include "values.h"

#define OWN_NAMES_MAX 64
#define HOST_NAME     256

static int add_name(const struct mxdp_reading *reading, const char *name)
{
	struct mxdp_helo_setting *helo = &reading->config->helo;

	helo->own_names[helo->own_name_count] = strdup(name);
	if (!helo->own_names[helo->own_name_count])
		return mxdp_reading_memory(reading);
	helo->own_name_count++;
	return 0;
}

int mxdp_read_own_names(const struct mxdp_reading *reading)
{
	cfg_t *section = cfg_getsec(reading->tree, "helo");
	const unsigned int count = cfg_size(section, "own_names");
	char host[HOST_NAME] = "";
	const char *fault;

	if (count > OWN_NAMES_MAX)
		return mxdp_reading_fault(reading, section, "own_names", 0,
					  "holds more than %d names; shorten the list",
					  OWN_NAMES_MAX);
	reading->config->helo.own_names = calloc(count + 1, sizeof(char *));
	if (!reading->config->helo.own_names)
		return mxdp_reading_memory(reading);
	for (unsigned int i = 0; i < count; i++) {
		const char *name = cfg_getnstr(section, "own_names", i);
		int error;

		if (mxdp_value_zone(name, &fault) < 0)
			return mxdp_reading_fault(reading, section, "own_names", i,
						  "holds \"%.60s\", which %s", name, fault);
		error = add_name(reading, name);
		if (error)
			return error;
	}
	/* The machine's own name counts too, where it is a full one. */
	if (gethostname(host, sizeof(host) - 1) == 0 && strchr(host, '.'))
		return add_name(reading, host);
	return 0;
}
