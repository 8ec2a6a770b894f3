// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The return path, on the way out of each interface (tc, clsact egress): the SYN-ACK of a protected
 * server, be it a local socket's or forwarded, opens a connection in the map `connections`. Every
 * packet goes on as it is, to whatever filter comes next.
 */
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>

#include "count.h"
#include "maps_shared.h"
#include "ports.h"

#define IPV4_FRAGMENT 0x3fff /* more fragments, or an offset */

SEC("license")
const char program_license[] = "GPL";

/* What is copied of a packet. */
struct headers {
	__u32 offset; /* of the header that comes next */
	struct mxdp_connection_key key;
	struct tcphdr tcp;
};

/* All of it 0 but what note_answer() writes: too big for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct mxdp_connection);
} fresh_connection SEC(".maps");

/* The protocol behind Ethernet and the VLAN tags, in network order; 0: none. */
static __always_inline __be16 read_link(struct __sk_buff *skb, struct headers *headers)
{
	__be16 protocol = 0;

	headers->offset = ETH_HLEN;
	for (int i = 0; i <= MXDP_VLAN_TAGS_MAX; i++) {
		if (bpf_skb_load_bytes(skb, headers->offset - sizeof(protocol), &protocol,
				       sizeof(protocol)))
			return 0;
		if (protocol != bpf_htons(ETH_P_8021Q) && protocol != bpf_htons(ETH_P_8021AD))
			return protocol;
		headers->offset += 4;
	}
	return 0;
}

static __always_inline void map_ipv4(__u8 to[16], __be32 address)
{
	to[10] = to[11] = 0xff;
	__builtin_memcpy(to + 12, &address, sizeof(address));
}

static __always_inline bool read_ipv4(struct __sk_buff *skb, struct headers *headers)
{
	struct iphdr ip;

	if (bpf_skb_load_bytes(skb, headers->offset, &ip, sizeof(ip)) ||
	    ip.protocol != IPPROTO_TCP || ip.frag_off & bpf_htons(IPV4_FRAGMENT))
		return false;
	map_ipv4(headers->key.client, ip.daddr);
	map_ipv4(headers->key.server, ip.saddr);
	headers->offset += ip.ihl * 4;
	return true;
}

/* Linux sends its SYN-ACK without extension headers; what has some is not noted. */
static __always_inline bool read_ipv6(struct __sk_buff *skb, struct headers *headers)
{
	struct ipv6hdr ip;

	if (bpf_skb_load_bytes(skb, headers->offset, &ip, sizeof(ip)) || ip.nexthdr != IPPROTO_TCP)
		return false;
	__builtin_memcpy(headers->key.client, &ip.daddr, 16);
	__builtin_memcpy(headers->key.server, &ip.saddr, 16);
	headers->offset += sizeof(ip);
	return true;
}

/* Whether this is the answer of a protected port to a SYN. */
static __always_inline bool read_answer(struct __sk_buff *skb, const struct mxdp_settings *settings,
					struct headers *headers)
{
	__be16 protocol = read_link(skb, headers);

	if (protocol == bpf_htons(ETH_P_IP)) {
		if (!read_ipv4(skb, headers))
			return false;
	} else if (protocol != bpf_htons(ETH_P_IPV6) || !read_ipv6(skb, headers)) {
		return false;
	}
	if (bpf_skb_load_bytes(skb, headers->offset, &headers->tcp, sizeof(headers->tcp)) ||
	    !headers->tcp.syn || !headers->tcp.ack || headers->tcp.rst)
		return false;
	headers->key.client_port = headers->tcp.dest;
	headers->key.port = headers->tcp.source;
	return port_class(settings, headers->key.port) == MXDP_PORT_MX;
}

/* The server has taken data that came with the SYN: the client's beginning is not known to us. */
static __always_inline bool has_taken_data(const struct mxdp_connection *known, __u32 client_next)
{
	__u32 taken = client_next - known->client_next;

	return known->state == MXDP_CONNECTION_SYN_DATA && taken && taken <= 65535;
}

static __always_inline void note_answer(const struct headers *headers)
{
	__u32 server_next = bpf_ntohl(headers->tcp.seq) + 1;
	__u32 client_next = bpf_ntohl(headers->tcp.ack_seq);
	struct mxdp_connection *known, *fresh;
	__u32 zero = 0;

	known = bpf_map_lookup_elem(&connections, &headers->key);
	if (known && known->state >= MXDP_CONNECTION_OPENING && known->server_next == server_next)
		return; /* sent again: what was read meanwhile stays read */
	fresh = bpf_map_lookup_elem(&fresh_connection, &zero);
	if (!fresh)
		return;
	fresh->state = known && has_taken_data(known, client_next) ? MXDP_CONNECTION_OVER
								   : MXDP_CONNECTION_OPENING;
	fresh->server_next = server_next;
	fresh->client_next = client_next;
	fresh->opened_ns = bpf_ktime_get_boot_ns();
	if (bpf_map_update_elem(&connections, &headers->key, fresh, BPF_ANY))
		count(MXDP_COUNT_wire_not_stored);
	else
		count(MXDP_COUNT_wire_opened);
}

SEC("tc")
int mxdp_return(struct __sk_buff *skb)
{
	struct headers headers __attribute__((aligned(8))) = {};
	__u32 zero = 0;
	const struct mxdp_settings *now = bpf_map_lookup_elem(&settings, &zero);

	if (now && now->abi_version == MXDP_ABI_VERSION && now->wire_evidence &&
	    read_answer(skb, now, &headers))
		note_answer(&headers);
	return TC_ACT_UNSPEC;
}
