/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The never-block set: what is in it and why, that it follows the machine's addresses and routes,
 * and that what cannot be looked up stays. The networks that are local come from the same
 * addresses. The kernel's answers are the test's.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "userspace/log.h"
#include "userspace/never_block/local_networks.h"
#include "userspace/never_block/netlink_routes.h"
#include "userspace/never_block/never_block.h"
#include "tests/suite.h"

/* ---- the machine ---- */

static struct {
	const char *addresses[8]; /* "192.0.2.25/24" */
	const char *gateway;
	int addresses_error, gateway_error, publish_error;
	int changes;
	char published[512];
	unsigned int times;
} machine;

struct interface {
	struct ifaddrs link;
	struct sockaddr_storage address, mask;
};

static void fill(struct interface *one, const char *text)
{
	const bool v6 = strchr(text, ':');
	struct sockaddr_in *v4 = (struct sockaddr_in *)&one->address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&one->address;
	uint8_t *mask = v6 ? (uint8_t *)&((struct sockaddr_in6 *)&one->mask)->sin6_addr
			   : (uint8_t *)&((struct sockaddr_in *)&one->mask)->sin_addr;
	char address[64];
	int length;

	ck_assert_int_eq(sscanf(text, "%63[^/]/%d", address, &length), 2);
	one->address.ss_family = one->mask.ss_family = v6 ? AF_INET6 : AF_INET;
	ck_assert_int_eq(inet_pton(one->address.ss_family, address,
				   v6 ? (void *)&six->sin6_addr : (void *)&v4->sin_addr),
			 1);
	for (int bit = 0; bit < length; bit++)
		mask[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	one->link.ifa_addr = (struct sockaddr *)&one->address;
	one->link.ifa_netmask = (struct sockaddr *)&one->mask;
	one->link.ifa_flags = strncmp(text, "127.", 4) == 0 ? IFF_LOOPBACK : 0;
}

/* The last one has no address, like a tunnel without one. */
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
int getifaddrs(struct ifaddrs **all)
{
	struct interface *list = calloc(9, sizeof(*list));
	size_t count = 0;

	if (machine.addresses_error) {
		free(list);
		errno = machine.addresses_error;
		return -1;
	}
	for (; machine.addresses[count]; count++) {
		fill(&list[count], machine.addresses[count]);
		list[count].link.ifa_next = &list[count + 1].link;
	}
	*all = &list[0].link;
	return 0;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
void freeifaddrs(struct ifaddrs *all)
{
	free(all);
}

int mxdp_default_gateways(void (*each)(void *context, const struct mxdp_address *gateway),
			  void *context)
{
	struct mxdp_address address;

	if (machine.gateway && !mxdp_address_parse(machine.gateway, &address))
		each(context, &address);
	return machine.gateway_error;
}

int mxdp_route_changes_open(void)
{
	return machine.changes = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void mxdp_route_changes_drain(int fd)
{
	eventfd_t ignored;

	eventfd_read(fd, &ignored);
}

void mxdp_resolver_servers(const struct mxdp_resolver *resolver, char *text, size_t size)
{
	snprintf(text, size, "%s", (const char *)resolver);
}

int mxdp_set_replace(const struct mxdp_maps *maps, enum mxdp_set set,
		     const struct mxdp_prefix *prefixes, size_t count)
{
	char text[MXDP_PREFIX_TEXT];

	(void)maps;
	ck_assert_int_eq(set, MXDP_SET_NEVER_BLOCK);
	machine.times++;
	machine.published[0] = '\0';
	for (size_t i = 0; i < count; i++)
		sprintf(machine.published + strlen(machine.published), "%s ",
			mxdp_prefix_format(&prefixes[i], text));
	return machine.publish_error;
}

/* ---- the set ---- */

static uv_loop_t loop;
static struct mxdp_never_block *never_block;
static struct mxdp_prefix named[2];
static struct mxdp_config config;

#define LOOPBACK "127.0.0.0/8 ::1 "

static void set_up(void)
{
	memset(&machine, 0, sizeof(machine));
	machine.addresses[0] = "127.0.0.1/8";
	machine.addresses[1] = "192.0.2.25/24";
	machine.addresses[2] = "2001:db8::25/64";
	machine.gateway = "192.0.2.1";
	config = (struct mxdp_config){.never_block = named, .references = 1};
	never_block = NULL;
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	mxdp_log_open(MXDP_LOG_ERROR);
}

static void start(const char *servers)
{
	ck_assert_int_eq(
		mxdp_never_block_new(&loop, NULL, (const void *)servers, &config, &never_block), 0);
}

static void tear_down(void)
{
	mxdp_never_block_free(never_block);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

static void change(void)
{
	const unsigned int before = machine.times;

	eventfd_write(machine.changes, 1);
	while (machine.times == before)
		uv_run(&loop, UV_RUN_ONCE);
}

START_TEST(all_that_must_not_be_blocked_is_in_it)
{
	const struct mxdp_protected *list;
	size_t count;

	mxdp_prefix_parse("203.0.113.0/28", &named[0]);
	mxdp_prefix_parse("192.0.2.1", &named[1]); /* the gateway, once more */
	config.never_block_count = 2;
	start("192.0.2.53:53, [2001:db8::53]:53");
	ck_assert_str_eq(machine.published,
			 LOOPBACK "127.0.0.1 192.0.2.25 2001:db8::25 192.0.2.1 192.0.2.53 "
				  "2001:db8::53 203.0.113.0/28 ");
	count = mxdp_never_block_list(never_block, &list);
	ck_assert_uint_eq(count, 9);
	ck_assert_str_eq(mxdp_protected_text(list[0].because), "loopback");
	ck_assert_str_eq(mxdp_protected_text(list[3].because), "the gateway's own address");
	ck_assert_str_eq(mxdp_protected_text(list[5].because), "a default gateway");
	ck_assert_str_eq(mxdp_protected_text(list[7].because), "a resolver of the gateway");
	ck_assert_str_eq(mxdp_protected_text(list[8].because), "named in never_block");
}
END_TEST

START_TEST(it_follows_the_machine)
{
	start("");
	machine.addresses[1] = "198.51.100.7/24";
	machine.gateway = "fe80::1";
	change();
	ck_assert_str_eq(machine.published,
			 LOOPBACK "127.0.0.1 198.51.100.7 2001:db8::25 fe80::1 ");
	mxdp_prefix_parse("203.0.113.9", &named[0]);
	config.never_block_count = 1;
	ck_assert_int_eq(
		mxdp_never_block_configure(never_block, (const void *)"192.0.2.53:53", &config), 0);
	ck_assert_str_eq(machine.published, LOOPBACK
			 "127.0.0.1 198.51.100.7 2001:db8::25 fe80::1 192.0.2.53 203.0.113.9 ");
}
END_TEST

START_TEST(what_cannot_be_looked_up_stays)
{
	start("");
	machine.addresses_error = ENOBUFS;
	machine.gateway_error = -EAGAIN;
	machine.gateway = NULL;
	change();
	ck_assert_str_eq(machine.published,
			 LOOPBACK "127.0.0.1 192.0.2.25 2001:db8::25 192.0.2.1 ");
	machine.addresses_error = machine.gateway_error = 0;
	change();
	ck_assert_str_eq(machine.published, LOOPBACK "127.0.0.1 192.0.2.25 2001:db8::25 ");
}
END_TEST

START_TEST(a_map_that_takes_nothing_is_an_error)
{
	machine.publish_error = -ENOSPC;
	ck_assert_int_eq(mxdp_never_block_new(&loop, NULL, (const void *)"", &config, &never_block),
			 -ENOSPC);
	never_block = NULL;
}
END_TEST

/* ---- local networks ---- */

START_TEST(the_machines_networks_are_local)
{
	char text[MXDP_PREFIX_TEXT], all[512] = "";
	struct mxdp_prefix *list = NULL;
	int count;

	machine.addresses[3] = "198.51.100.9/32"; /* the address alone */
	machine.addresses[4] = "203.0.113.77/27";
	count = mxdp_local_networks(&list);
	ck_assert_int_gt(count, 0);
	for (int i = 0; i < count; i++)
		sprintf(all + strlen(all), "%s ", mxdp_prefix_format(&list[i], text));
	ck_assert_str_eq(all, "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 "
			      "169.254.0.0/16 fc00::/7 fe80::/10 192.0.2.0/24 2001:db8::/64 "
			      "203.0.113.64/27 ");
	free(list);
	machine.addresses_error = ENOBUFS;
	list = NULL;
	ck_assert_int_eq(mxdp_local_networks(&list), -ENOBUFS);
	ck_assert_ptr_null(list);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("never-block");
	TCase *tests = tcase_create("set");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, all_that_must_not_be_blocked_is_in_it);
	tcase_add_test(tests, it_follows_the_machine);
	tcase_add_test(tests, what_cannot_be_looked_up_stays);
	tcase_add_test(tests, a_map_that_takes_nothing_is_an_error);
	tcase_add_test(tests, the_machines_networks_are_local);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
