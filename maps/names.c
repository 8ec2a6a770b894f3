/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of actions.h's numbers, and back (maps.h). */
#include <errno.h>
#include <string.h>

#include "maps.h"

#define TEXT(name, text, what) text,

static const char *const actions[] = {MXDP_ACTIONS(TEXT)};
static const char *const reasons[] = {MXDP_REASONS(TEXT)};
static const char *const modes[] = {MXDP_MODES(TEXT)};
static const char *const port_classes[] = {MXDP_PORT_CLASSES(TEXT)};
static const char *const event_kinds[] = {MXDP_EVENT_KINDS(TEXT)};

static const char *name_of(const char *const names[], unsigned int count, unsigned int number)
{
	return number < count ? names[number] : "?";
}

static int number_of(const char *const names[], unsigned int count, const char *name)
{
	for (unsigned int i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return -EINVAL;
}

const char *mxdp_action_name(unsigned int action)
{
	return name_of(actions, MXDP_ACTION_COUNT, action);
}

const char *mxdp_reason_name(unsigned int reason)
{
	return name_of(reasons, MXDP_REASON_COUNT, reason);
}

const char *mxdp_mode_name(unsigned int mode)
{
	return name_of(modes, MXDP_MODE_COUNT, mode);
}

const char *mxdp_port_class_name(unsigned int class)
{
	return name_of(port_classes, MXDP_PORT_CLASS_COUNT, class);
}

const char *mxdp_event_kind_name(unsigned int kind)
{
	return name_of(event_kinds, MXDP_EVENT_KIND_COUNT, kind);
}

int mxdp_action_number(const char *name)
{
	return number_of(actions, MXDP_ACTION_COUNT, name);
}

int mxdp_mode_number(const char *name)
{
	return number_of(modes, MXDP_MODE_COUNT, name);
}
