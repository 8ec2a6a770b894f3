// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sockets of a mail server on this machine itself: one that becomes established has had the
 * number of its SYN-ACK returned by an ACK, or its SYN cookie, so its client has proved its
 * address. A tracepoint: it reads, and has no say in what becomes of the connection.
 */
#include <linux/bpf.h>
#include <linux/in6.h>
#include <bpf/bpf_core_read.h>

#include "ports.h"
#include "proof.h"

SEC("license")
const char program_license[] = "GPL";

/* The kernel's numbers (include/net/tcp_states.h, include/linux/socket.h). */
#define TCP_ESTABLISHED 1
#define TCP_SYN_RECV    3
#define AF_INET         2
#define AF_INET6        10

#define IPV4_MAPPED bpf_htonl(0xffff) /* the third word of ::ffff:a.b.c.d */

/*
 * The network namespace whose sockets count, as its inode in /proc: this daemon's. In another one,
 * somebody may be root who is nobody here, and make handshakes between addresses at will.
 */
const volatile __u32 own_network = 0;

/* What is read of the kernel's structures; where it lies, the loader finds out. */
#define KERNEL_LAYOUT __attribute__((preserve_access_index))

struct ns_common {
	unsigned int inum;
} KERNEL_LAYOUT;

struct net {
	struct ns_common ns;
} KERNEL_LAYOUT;

typedef struct {
	struct net *net;
} KERNEL_LAYOUT possible_net_t;

struct sock_common {
	__be32 skc_daddr;
	unsigned short skc_family;
	__u16 skc_num; /* the local port, host order */
	struct in6_addr skc_v6_daddr;
	possible_net_t skc_net;
} KERNEL_LAYOUT;

struct sock {
	struct sock_common __sk_common;
} KERNEL_LAYOUT;

/* The client's address. False: of no family that is screened. */
static __always_inline bool read_client(const struct sock_common *common,
					struct connection *connection)
{
	__be32 words[4] = {};

	connection->version = 4;
	if (BPF_CORE_READ(common, skc_family) == AF_INET) {
		connection->client[0] = BPF_CORE_READ(common, skc_daddr);
		return true;
	}
	if (BPF_CORE_READ(common, skc_family) != AF_INET6 ||
	    !bpf_core_field_exists(common->skc_v6_daddr) ||
	    bpf_core_read(words, sizeof(words), &common->skc_v6_daddr))
		return false;
	if (!words[0] && !words[1] && words[2] == IPV4_MAPPED) {
		connection->client[0] = words[3];
		return true;
	}
	connection->version = 6;
	__builtin_memcpy(connection->client, words, sizeof(words));
	return true;
}

/* A socket of the protected server, in our network, whose handshake is complete now. */
static __always_inline bool is_served(const struct sock_common *common,
				      const struct mxdp_settings *now)
{
	return port_class(now, bpf_htons(BPF_CORE_READ(common, skc_num))) == MXDP_PORT_MX &&
	       BPF_CORE_READ(common, skc_net.net, ns.inum) == own_network;
}

/* The tracepoint's arguments: the socket, its state before and after. */
SEC("tp_btf/inet_sock_set_state")
int mxdp_socket(const __u64 *arguments)
{
	const struct sock *sock = (const void *)arguments[0];
	int before = (int)arguments[1], after = (int)arguments[2];
	struct connection connection = {};
	__u32 zero = 0;
	const struct mxdp_settings *now;

	if (before != TCP_SYN_RECV || after != TCP_ESTABLISHED)
		return 0;
	now = bpf_map_lookup_elem(&settings, &zero);
	if (!now || now->abi_version != MXDP_ABI_VERSION || !is_served(&sock->__sk_common, now) ||
	    !read_client(&sock->__sk_common, &connection))
		return 0;
	connection.now_ns = bpf_ktime_get_boot_ns();
	count(MXDP_COUNT_socket_proved);
	note_proof(&connection, now);
	return 0;
}
