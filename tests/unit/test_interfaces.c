/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel tells of interfaces, and what follows from it: whether replies can be made there,
 * and the words in which `mxdp status` says why not.
 */
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "datapath_stand.h"
#include "userspace/datapath/link.h"

/* Attached in `mode`. */
static void pass_on(const char *interface, uint32_t mode)
{
	int program = load_stranger();

	ck_assert_int_eq(bpf_xdp_attach((int)if_nametoindex(interface), program, mode, NULL), 0);
	close(program);
}

static bool answers(int ifindex)
{
	struct mxdp_settings settings;

	ck_assert_int_eq(mxdp_settings_read(mxdp_datapath_maps(datapath), &settings), 0);
	for (int i = 0; i < MXDP_REPLY_INTERFACES_MAX; i++)
		if (settings.reply_interfaces[i] == (uint32_t)ifindex)
			return true;
	return false;
}

static bool says_why(const struct mxdp_attachment *attachment, const char *words)
{
	ck_assert_int_eq(mxdp_datapath_watch_replies(datapath), 0);
	ck_assert_int_eq(answers(attachment->ifindex), !words);
	return words ? attachment->no_replies && strstr(attachment->no_replies, words) != NULL
		     : !attachment->no_replies;
}

START_TEST(a_veth_answers_only_an_end_with_a_program)
{
	const struct mxdp_attachment *attachment;

	config.attach_mode = MXDP_ATTACH_NATIVE;
	attachment = attach();
	ck_assert(says_why(attachment, "the other end of this veth pair"));
	pass_on("inner0", XDP_FLAGS_SKB_MODE);
	ck_assert(says_why(attachment, "the other end of this veth pair"));
	run("ip link set inner0 xdpgeneric off");
	pass_on("inner0", XDP_FLAGS_DRV_MODE);
	ck_assert(says_why(attachment, NULL));
	run("ip link set inner0 xdp off");
	ck_assert(says_why(attachment, "the other end of this veth pair"));
	mxdp_datapath_close(datapath);
}
END_TEST

START_TEST(the_other_end_may_be_in_another_namespace)
{
	const struct mxdp_attachment *attachment;

	config.attach_mode = MXDP_ATTACH_NATIVE;
	pass_on("inner0", XDP_FLAGS_DRV_MODE);
	attachment = attach();
	ck_assert(says_why(attachment, NULL));
	/* The namespace lives as long as the command in it; a program would leave with the move. */
	run("unshare -n sleep 5 & p=$!; sleep 0.5; "
	    "ip link set inner0 xdp off; ip link set inner0 netns $p");
	ck_assert(says_why(attachment, "the other end of this veth pair"));
	mxdp_datapath_close(datapath);
}
END_TEST

START_TEST(generic_mode_answers_everywhere)
{
	const struct mxdp_attachment *attachment;

	config.attach_mode = MXDP_ATTACH_GENERIC;
	attachment = attach();
	ck_assert(says_why(attachment, NULL));
	mxdp_datapath_close(datapath);
}
END_TEST

START_TEST(what_drivers_can_do)
{
	uint64_t features = 0;
	int error = mxdp_link_xdp_features((int)if_nametoindex("outer0"), &features);

	ck_assert(error == -ENOENT || error == 0); /* before Linux 6.3, and since */
	if (!error)
		ck_assert_uint_eq(features & MXDP_XDP_BASIC, MXDP_XDP_BASIC);
	if (!error) /* the loopback has none in its driver */
		ck_assert_int_eq(mxdp_link_xdp_features((int)if_nametoindex("lo"), &features), 0);
	ck_assert_uint_eq(features & (error ? 0 : MXDP_XDP_BASIC), 0);
	ck_assert_int_lt(mxdp_link_xdp_features(4711, &features), 0);
}
END_TEST

START_TEST(what_the_kernel_says_of_links)
{
	struct mxdp_link link;

	ck_assert_int_eq(mxdp_link_read((int)if_nametoindex("outer0"), MXDP_NETNS_OWN, &link), 0);
	ck_assert_str_eq(link.kind, "veth");
	ck_assert_int_eq(link.peer, (int)if_nametoindex("inner0"));
	ck_assert_int_eq(link.peer_netns, MXDP_NETNS_OWN);
	ck_assert_int_eq(mxdp_link_read((int)if_nametoindex("lo"), MXDP_NETNS_OWN, &link), 0);
	ck_assert_str_eq(link.kind, "");
	ck_assert(link.ethernet);
	ck_assert_int_lt(mxdp_link_read(4711, MXDP_NETNS_OWN, &link), 0);
	ck_assert_int_lt(mxdp_link_read(1, 4711, &link), 0);
}
END_TEST

/*
 * By a second name an interface would be given up as one no longer configured; a tunnel's packets
 * would be read as frames, half of an address as the protocol's number.
 */
START_TEST(what_cannot_be_screened_is_refused)
{
	char fault[256] = "";

	ck_assert_int_eq(mxdp_datapath_suits("outer0", fault, sizeof(fault)), 0);
	ck_assert_int_eq(mxdp_datapath_suits("lo", fault, sizeof(fault)), 0);
	ck_assert_int_eq(mxdp_datapath_suits("nosuch0", fault, sizeof(fault)), -ENODEV);
	ck_assert_ptr_nonnull(strstr(fault, "there is no interface nosuch0"));
	run("ip link property add dev outer0 altname uplink0");
	ck_assert_int_eq(mxdp_datapath_suits("uplink0", fault, sizeof(fault)), -EINVAL);
	ck_assert_str_eq(fault, "uplink0 is another name of outer0: write outer0");
	if (system("ip tuntap add tunnel0 mode tun 2>/dev/null"))
		return; /* a kernel without tunnels */
	ck_assert_int_eq(mxdp_datapath_suits("tunnel0", fault, sizeof(fault)), -EAFNOSUPPORT);
	ck_assert_ptr_nonnull(strstr(fault, "tunnel0 carries no Ethernet frames"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_veth_answers_only_an_end_with_a_program,
		the_other_end_may_be_in_another_namespace,
		generic_mode_answers_everywhere,
		what_drivers_can_do,
		what_the_kernel_says_of_links,
		what_cannot_be_screened_is_refused,
	};

	return run_datapath_suite("interfaces", tests, sizeof(tests) / sizeof(tests[0]),
				  private_world);
}
