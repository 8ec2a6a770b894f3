/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the small world (fake_world.h) share: what it was asked, and addresses. */
#ifndef MXDP_TEST_FAKE_STATE_H
#define MXDP_TEST_FAKE_STATE_H

#include <string.h>

#include "userspace/api/api.h"

#define FAKE_DECIDED  1700000000
#define FAKE_VERDICTS 300

struct fake {
	uv_loop_t loop;
	uv_timer_t check_timer;
	struct mxdp_api *api;
	struct mxdp_address checking, judged;
	mxdp_case_fn check_done;
	void *check_context;
	struct mxdp_operator_rule last_rule;
	int rules_set, told, reloads, detaches, zones_probed, contacts_forgotten;
	bool checks_answer; /* else a check never ends */
	struct mxdp_mode_choice mode;
};
static struct fake fake;

static struct mxdp_address fake_address(const char *text)
{
	struct mxdp_address address = {{0}};

	mxdp_address_parse(text, &address);
	return address;
}

static struct mxdp_prefix fake_prefix(const char *text)
{
	struct mxdp_prefix prefix = {{{0}}, 0};

	mxdp_prefix_parse(text, &prefix);
	return prefix;
}

static bool fake_is(const struct mxdp_address *address, const char *text)
{
	struct mxdp_address other = fake_address(text);

	return mxdp_address_equal(address, &other);
}

#endif
