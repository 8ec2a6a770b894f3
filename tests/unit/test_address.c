/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <string.h>

#include "maps/address.h"
#include "tests/addresses.h"
#include "tests/suite.h"

#define count_of(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *text;
	const char *shown; /* NULL: refused */
} addresses[] = {
	{"192.0.2.1", "192.0.2.1"},
	{"0.0.0.0", "0.0.0.0"},
	{"255.255.255.255", "255.255.255.255"},
	{"2001:db8::1", "2001:db8::1"},
	{"2001:DB8:0:0::1", "2001:db8::1"},
	{"::", "::"},
	{"::1", "::1"},
	{"::ffff:192.0.2.1", "192.0.2.1"},
	{"::ffff:c000:201", "192.0.2.1"},
	{"::fffe:192.0.2.1", "::fffe:c000:201"},
	{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	{"", NULL},
	{"192.0.2", NULL},
	{"192.0.2.256", NULL},
	{"192.0.2.1.1", NULL},
	{"192.0.2.01", NULL},
	{" 192.0.2.1", NULL},
	{"192.0.2.1 ", NULL},
	{"192.0.2.1/32", NULL},
	{"0xc0000201", NULL},
	{"3221225985", NULL},
	{"2001:db8", NULL},
	{"2001:db8:::1", NULL},
	{"fe80::1%eth0", NULL},
	{"[2001:db8::1]", NULL},
	{"mail.example.org", NULL},
};

START_TEST(addresses_are_read_and_shown)
{
	char text[MXDP_ADDRESS_TEXT];
	struct mxdp_address parsed;
	int error = mxdp_address_parse(addresses[_i].text, &parsed);

	if (!addresses[_i].shown) {
		ck_assert_msg(error == -EINVAL, "\"%s\" was taken", addresses[_i].text);
		return;
	}
	ck_assert_msg(!error, "\"%s\" was refused", addresses[_i].text);
	ck_assert_str_eq(mxdp_address_format(&parsed, text), addresses[_i].shown);
}
END_TEST

static const struct {
	const char *text;
	const char *shown; /* NULL: refused with `error` */
	int error;
} prefixes[] = {
	{"192.0.2.1", "192.0.2.1", 0},
	{"192.0.2.1/32", "192.0.2.1", 0},
	{"192.0.2.0/24", "192.0.2.0/24", 0},
	{"192.0.2.128/25", "192.0.2.128/25", 0},
	{"0.0.0.0/0", "0.0.0.0/0", 0},
	{"128.0.0.0/1", "128.0.0.0/1", 0},
	{"2001:db8::/32", "2001:db8::/32", 0},
	{"2001:db8::1/128", "2001:db8::1", 0},
	{"2001:db8:0:1::/64", "2001:db8:0:1::/64", 0},
	{"::/0", "::/0", 0},
	{"::ffff:192.0.2.0/120", "192.0.2.0/24", 0},
	{"::ffff:192.0.2.1/128", "192.0.2.1", 0},
	{"::ffff:192.0.2.1", "192.0.2.1", 0},
	{"::ffff:0.0.0.0/96", "0.0.0.0/0", 0},
	{"::ffff:0.0.0.0/95", NULL, -EINVAL},
	{"::ffff:192.0.2.0/24", NULL, -EINVAL},
	{"192.0.2.1/24", NULL, -EDOM},
	{"192.0.2.0/0", NULL, -EDOM},
	{"192.0.2.129/31", NULL, -EDOM},
	{"2001:db8::1/64", NULL, -EDOM},
	{"::ffff:192.0.2.1/120", NULL, -EDOM},
	{"192.0.2.0/33", NULL, -EINVAL},
	{"2001:db8::/129", NULL, -EINVAL},
	{"192.0.2.0/", NULL, -EINVAL},
	{"192.0.2.0/-1", NULL, -EINVAL},
	{"192.0.2.0/+8", NULL, -EINVAL},
	{"192.0.2.0/ 8", NULL, -EINVAL},
	{"192.0.2.0/08", NULL, -EINVAL},
	{"192.0.2.0/24/24", NULL, -EINVAL},
	{"192.0.2.0/24x", NULL, -EINVAL},
	{"192.0.2.0/4294967320", NULL, -EINVAL},
	{"192.0.2.0/255.255.255.0", NULL, -EINVAL},
	{"192.0.2/24", NULL, -EINVAL},
	{"/24", NULL, -EINVAL},
	{"", NULL, -EINVAL},
	{"2001:0db8:0000:0000:0000:0000:0000:0000:0000:0000/32", NULL, -EINVAL},
};

START_TEST(prefixes_are_read_and_shown)
{
	char text[MXDP_PREFIX_TEXT];
	struct mxdp_prefix parsed;
	int error = mxdp_prefix_parse(prefixes[_i].text, &parsed);

	ck_assert_msg(error == prefixes[_i].error, "\"%s\": %d instead of %d", prefixes[_i].text,
		      error, prefixes[_i].error);
	if (!error)
		ck_assert_str_eq(mxdp_prefix_format(&parsed, text), prefixes[_i].shown);
}
END_TEST

static const struct {
	const char *prefix, *address;
	bool inside;
} containments[] = {
	{"192.0.2.0/24", "192.0.2.255", true},
	{"192.0.2.0/24", "192.0.3.0", false},
	{"192.0.2.7", "192.0.2.7", true},
	{"192.0.2.7", "192.0.2.6", false},
	{"0.0.0.0/0", "255.1.2.3", true},
	{"0.0.0.0/0", "2001:db8::1", false},
	{"::/0", "2001:db8::1", true},
	{"::/0", "192.0.2.1", false},
	{"2001:db8::/33", "2001:db8:7fff::1", true},
	{"2001:db8::/33", "2001:db8:8000::1", false},
	{"2001:db8::1", "2001:db8::1", true},
	{"2001:db8::1", "2001:db8::", false},
};

START_TEST(prefixes_contain_addresses)
{
	struct mxdp_address inner = address(containments[_i].address);
	struct mxdp_prefix outer;

	ck_assert_int_eq(mxdp_prefix_parse(containments[_i].prefix, &outer), 0);
	ck_assert_msg(mxdp_prefix_contains(&outer, &inner) == containments[_i].inside, "%s in %s",
		      containments[_i].address, containments[_i].prefix);
}
END_TEST

static const struct {
	const char *address;
	uint8_t length;
	const char *prefix;
} networks[] = {
	{"192.0.2.77", 24, "192.0.2.0/24"},
	{"192.0.2.77", 0, "0.0.0.0/0"},
	{"192.0.2.77", 32, "192.0.2.77"},
	{"192.0.2.77", 64, "192.0.2.77"},
	{"2001:db8:1:2:3:4:5:6", 64, "2001:db8:1:2::/64"},
	{"2001:db8:1:2:3:4:5:6", 63, "2001:db8:1:2::/63"},
	{"2001:db8:1:3:3:4:5:6", 63, "2001:db8:1:2::/63"},
	{"2001:db8:1:2:3:4:5:6", 128, "2001:db8:1:2:3:4:5:6"},
};

START_TEST(networks_around_addresses)
{
	struct mxdp_address host = address(networks[_i].address);
	struct mxdp_prefix network = mxdp_prefix_of(&host, networks[_i].length);
	char text[MXDP_PREFIX_TEXT];

	ck_assert_str_eq(mxdp_prefix_format(&network, text), networks[_i].prefix);
}
END_TEST

START_TEST(hosts_are_hosts)
{
	struct mxdp_address v4 = address("192.0.2.1"), v6 = address("2001:db8::1");
	struct mxdp_prefix host4 = mxdp_prefix_host(&v4), host6 = mxdp_prefix_host(&v6);
	struct mxdp_prefix network6 = mxdp_prefix_of(&v6, 32);

	ck_assert_uint_eq(host4.length, 32);
	ck_assert_uint_eq(host6.length, 128);
	ck_assert(mxdp_prefix_is_host(&host4));
	ck_assert(mxdp_prefix_is_host(&host6));
	ck_assert(!mxdp_prefix_is_host(&network6));
}
END_TEST

START_TEST(ipv4_goes_in_and_out)
{
	struct mxdp_address expected = address("192.0.2.1");
	struct mxdp_address made = mxdp_address_from_v4(htonl(0xc0000201));

	ck_assert(mxdp_address_is_v4(&made));
	ck_assert(mxdp_address_equal(&made, &expected));
	ck_assert_uint_eq(mxdp_address_v4(&expected), htonl(0xc0000201));
}
END_TEST

START_TEST(socket_addresses_are_normalised)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000201)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	struct sockaddr local = {.sa_family = AF_UNIX};
	struct mxdp_address expected = address("192.0.2.1"), got;

	ck_assert_int_eq(mxdp_address_from_sockaddr((struct sockaddr *)&in, &got), 0);
	ck_assert(mxdp_address_equal(&got, &expected));
	ck_assert_int_eq(inet_pton(AF_INET6, "::ffff:192.0.2.1", &in6.sin6_addr), 1);
	ck_assert_int_eq(mxdp_address_from_sockaddr((struct sockaddr *)&in6, &got), 0);
	ck_assert(mxdp_address_equal(&got, &expected));
	ck_assert_int_eq(mxdp_address_from_sockaddr(&local, &got), -EAFNOSUPPORT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("address");
	TCase *tests = tcase_create("address");

	tcase_add_loop_test(tests, addresses_are_read_and_shown, 0, count_of(addresses));
	tcase_add_loop_test(tests, prefixes_are_read_and_shown, 0, count_of(prefixes));
	tcase_add_loop_test(tests, prefixes_contain_addresses, 0, count_of(containments));
	tcase_add_loop_test(tests, networks_around_addresses, 0, count_of(networks));
	tcase_add_test(tests, hosts_are_hosts);
	tcase_add_test(tests, ipv4_goes_in_and_out);
	tcase_add_test(tests, socket_addresses_are_normalised);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
