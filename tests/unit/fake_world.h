/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small world for the API to show: functions of the daemon's modules that answer from the
 * constants below. Included by the test_api*.c, whose link then needs none of the real modules.
 *
 * 192.0.2.1       a drop verdict, with its case
 * 198.51.100.0/24 an allow rule
 * 203.0.113.1     the never-blocked gateway
 * 192.0.2.99      cannot be checked: the queue is full
 */
#ifndef MXDP_TEST_FAKE_WORLD_H
#define MXDP_TEST_FAKE_WORLD_H

#include "fake_feeds.h"
#include "fake_maps.h"
#include "fake_screener.h"

/* ---- contacts ---- */

bool mxdp_config_opens_contacts(const struct mxdp_config *config)
{
	(void)config;
	return true;
}

void mxdp_contacts_stats(const struct mxdp_contacts *contacts, struct mxdp_contacts_stats *stats)
{
	(void)contacts;
	*stats = (struct mxdp_contacts_stats){.open = 3, .opened = 9, .turned_away = 2};
}

void mxdp_contacts_forget(struct mxdp_contacts *contacts, const struct mxdp_prefix *prefix)
{
	(void)contacts;
	(void)prefix;
	fake.contacts_forgotten++;
}

/* ---- the daemon ---- */

static const struct mxdp_config *fake_config(void *context)
{
	static char path[] = "/etc/mxdp/mxdp.conf", pins[] = "/sys/fs/bpf/mxdp";
	static struct mxdp_dnsbl_zone zone = {.zone = "secret.bl.example",
					      .shown = "xxxx.bl.example"};
	static struct mxdp_config config = {
		.path = path,
		.mode = MXDP_MODE_OBSERVE,
		.configured_mode = MXDP_MODE_SOFT,
		.pin_directory = pins,
		.port_count = 1,
		.ports = {{25, MXDP_PORT_MX}},
		.hold = true,
		.policy = {.threshold = 5, .action = MXDP_ACTION_DROP},
		.greylist = {.delay = 300, .window = 14400, .trust = 1000000},
		.dnsbl_count = 1,
		.dnsbls = &zone,
	};

	(void)context;
	return &config;
}

/* A mode that cannot be saved is in force all the same. */
static int fake_set_mode(void *context, const struct mxdp_mode_choice *choice, char *text,
			 size_t size)
{
	(void)context;
	fake.mode = *choice;
	if (choice->made && choice->mode == MXDP_MODE_ENFORCE)
		snprintf(text, size, "the map cannot be written");
	else if (choice->made)
		snprintf(text, size, "in force, but not kept over a restart");
	return choice->made && choice->mode == MXDP_MODE_ENFORCE ? -EIO : 0;
}

static int fake_reload(void *context, char *text, size_t size)
{
	(void)context;
	snprintf(text, size, "%s",
		 fake.reloads ? "mxdp.conf:3: unknown key" : "the configuration was read again");
	return fake.reloads++ ? -EINVAL : 0;
}

static void fake_detach(void *context)
{
	(void)context;
	fake.detaches++;
}

static const struct mxdp_api_world fake_world = {
	.started = FAKE_DECIDED,
	.mode = &fake.mode,
	.config = fake_config,
	.set_mode = fake_set_mode,
	.reload = fake_reload,
	.detach = fake_detach,
};

#endif
