/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The return path on real interfaces: attached beside the packet path, kept over a restart, taken
 * away again without a trace, and never at the cost of somebody else's filters.
 */
#include <stdio.h>
#include <string.h>

#include "datapath_stand.h"

static void set_up(void)
{
	private_world();
	config.wire_evidence = true;
}

static bool reads(void)
{
	struct mxdp_settings settings;

	ck_assert_int_eq(mxdp_settings_read(mxdp_datapath_maps(datapath), &settings), 0);
	return settings.wire_evidence;
}

static const char *why_not(size_t i)
{
	const struct mxdp_attachment *attachments;

	ck_assert_uint_gt(mxdp_datapath_attachments(datapath, &attachments), i);
	return attachments[i].not_read;
}

/* What `tc` says of an interface's egress filters; "" without any. */
static const char *filters(const char *interface)
{
	static char text[4096];
	char command[128];
	FILE *pipe;
	size_t length;

	snprintf(command, sizeof(command), "tc filter show dev %s egress 2>/dev/null", interface);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	length = fread(text, 1, sizeof(text) - 1, pipe);
	text[length] = '\0';
	pclose(pipe);
	return text;
}

#define ck_assert_hangs(interface) ck_assert_ptr_nonnull(strstr(filters(interface), "mxdp_return"))
#define ck_assert_clean(interface)                                         \
	do {                                                               \
		ck_assert_str_eq(filters(interface), "");                  \
		run("! tc qdisc show dev " interface " | grep -q clsact"); \
	} while (0)

START_TEST(it_is_attached_kept_and_removed)
{
	char before[4096];

	config.interface_count = 2;
	attach();
	ck_assert(reads());
	ck_assert_ptr_null(why_not(0));
	ck_assert_hangs("outer0");
	ck_assert_hangs("outer1");
	snprintf(before, sizeof(before), "%s", filters("outer0"));
	mxdp_datapath_close(datapath);
	ck_assert_str_eq(filters("outer0"), before);

	attach();
	ck_assert_str_eq(filters("outer0"), before); /* the same program */
	ck_assert(reads());
	mxdp_datapath_close(datapath);
	ck_assert_int_eq(mxdp_datapath_remove(PINS, NULL), 0);
	ck_assert_clean("outer0");
	ck_assert_clean("outer1");
}
END_TEST

START_TEST(one_on_other_maps_is_replaced)
{
	char before[4096];

	attach();
	mxdp_datapath_close(datapath);
	snprintf(before, sizeof(before), "%s", filters("outer0"));
	run("rm " PINS "/settings " PINS "/connections");
	attach();
	ck_assert_hangs("outer0");
	ck_assert_str_ne(filters("outer0"), before);
	mxdp_datapath_close(datapath);
}
END_TEST

START_TEST(switched_off_and_on_again)
{
	attach();
	config.wire_evidence = false;
	ck_assert_int_eq(mxdp_datapath_attach(datapath, &config), 0);
	ck_assert_clean("outer0");
	ck_assert(!reads());
	ck_assert_ptr_nonnull(why_not(0));
	ck_assert(mxdp_datapath_intact(datapath, &config));
	config.wire_evidence = true;
	ck_assert_int_eq(mxdp_datapath_attach(datapath, &config), 0);
	ck_assert_hangs("outer0");
	ck_assert(reads());
	mxdp_datapath_close(datapath);
}
END_TEST

START_TEST(an_interface_no_longer_configured_is_clean)
{
	config.interface_count = 2;
	attach();
	config.interface_count = 1;
	ck_assert_int_eq(mxdp_datapath_attach(datapath, &config), 0);
	ck_assert_hangs("outer0");
	ck_assert_clean("outer1");
	mxdp_datapath_close(datapath);
}
END_TEST

START_TEST(taken_away_by_others_it_is_put_back)
{
	attach();
	run("tc qdisc del dev outer0 clsact");
	ck_assert(!mxdp_datapath_intact(datapath, &config));
	ck_assert_int_eq(mxdp_datapath_attach(datapath, &config), 0);
	ck_assert_hangs("outer0");
	ck_assert(mxdp_datapath_intact(datapath, &config));
	mxdp_datapath_close(datapath);
}
END_TEST

START_TEST(the_filters_of_others_stay)
{
	run("tc qdisc add dev outer0 clsact &&"
	    "tc filter add dev outer0 ingress bpf bytecode '1,6 0 0 0,'");
	attach();
	ck_assert_hangs("outer0");
	mxdp_datapath_close(datapath);
	ck_assert_int_eq(mxdp_datapath_remove(PINS, NULL), 0);
	ck_assert_str_eq(filters("outer0"), "");
	run("tc filter show dev outer0 ingress | grep -q bytecode");
}
END_TEST

/* Screening goes on, nothing said is evidence, and it is told why. */
START_TEST(where_a_stranger_has_its_place)
{
	run("tc qdisc add dev outer0 clsact &&"
	    "tc filter add dev outer0 egress pref 25 handle 0x6d78 bpf bytecode '1,6 0 0 0,'");
	attach();
	ck_assert_ptr_null(strstr(filters("outer0"), "mxdp_return"));
	ck_assert_ptr_nonnull(why_not(0));
	ck_assert(reads()); /* to be shown: nothing proves an address here */
	mxdp_datapath_close(datapath);
	ck_assert_int_eq(mxdp_datapath_remove(PINS, NULL), 0);
	ck_assert_ptr_nonnull(strstr(filters("outer0"), "bytecode"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_is_attached_kept_and_removed,     one_on_other_maps_is_replaced,
		switched_off_and_on_again,           an_interface_no_longer_configured_is_clean,
		taken_away_by_others_it_is_put_back, the_filters_of_others_stay,
		where_a_stranger_has_its_place,
	};

	return run_datapath_suite("return path", tests, sizeof(tests) / sizeof(tests[0]), set_up);
}
