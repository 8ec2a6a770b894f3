/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each feed format: real-shaped samples, cut at every byte and fed in pieces of any size. */
#include <stdlib.h>

#include "feed_format_stand.h"
#include "tests/suite.h"

static const struct {
	const char *what;
	enum mxdp_feed_format format;
	unsigned int column;
	const char *text, *told;
	int result;
} samples[] = {
	{"plain: addresses, networks, ranges and comments", MXDP_FEED_PLAIN, 0,
	 "# a list\n\n192.0.2.1\n198.51.100.0/24 ; SBL1\r\n2001:db8::/32 a network\n"
	 "203.0.113.4-203.0.113.9\n203.0.113.255 - 203.0.114.0\n::ffff:192.0.2.9\n192.0.2.7",
	 "3 192.0.2.1\n4 198.51.100.0/24\n5 2001:db8::/32 a network\n6 203.0.113.4/30\n"
	 "6 203.0.113.8/31\n7 203.0.113.255\n7 203.0.114.0\n8 192.0.2.9\n9 192.0.2.7\n",
	 0},
	{"plain: what is no entry", MXDP_FEED_PLAIN, 0,
	 "<html>\n192.0.2.1/24\n192.0.2.256\n192.0.2\n192.0.2.9-192.0.2.1\n"
	 "192.0.2.1-2001:db8::1\n192.0.2.1/33\n0192.0.2.1\n",
	 "1 ? not an address, CIDR or range\n2 ? the address has bits beyond its prefix length\n"
	 "3 ? not an address, CIDR or range\n4 ? not an address, CIDR or range\n"
	 "5 ? the range ends before it begins\n6 ? a range needs two addresses of one family\n"
	 "7 ? not an address, CIDR or range\n"
	 "8 ? a number with a leading zero, decimal or octal? write it without\n",
	 0},
	{"plain: the ends of the address space", MXDP_FEED_PLAIN, 0,
	 "0.0.0.0-255.255.255.255\n255.255.255.255\n0.0.0.0/0\n::/0\n"
	 "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n0.0.0.1-0.0.0.2\n"
	 "2001:db8::ffff-2001:db8::1:0\n",
	 "1 0.0.0.0/0\n2 255.255.255.255\n3 0.0.0.0/0\n4 ::/0\n"
	 "5 ::/0\n6 0.0.0.1\n6 0.0.0.2\n7 2001:db8::ffff\n7 2001:db8::1:0\n",
	 0},
	{"drop: records and their count", MXDP_FEED_DROP, 0,
	 "{\"cidr\":\"192.0.2.0/24\",\"sblid\":\"SBL1\",\"rir\":\"apnic\"}\n"
	 "{\"cidr\":\"2001:db8::/32\",\"sblid\":\"SBL2\",\"rir\":\"ripencc\"}\n"
	 "{\"type\":\"metadata\",\"timestamp\":1772000000,\"size\":99,\"records\":2,"
	 "\"copyright\":\"c\",\"terms\":\"t\"}\n",
	 "1 192.0.2.0/24 SBL1\n2 2001:db8::/32 SBL2\n", 0},
	{"drop: cut off", MXDP_FEED_DROP, 0, "{\"cidr\":\"192.0.2.0/24\",\"sblid\":\"SBL1\"}\n",
	 "1 192.0.2.0/24 SBL1\n2 ? cut off: the closing metadata line is missing or wrong\n",
	 -EBADMSG},
	{"drop: a record lost on the way", MXDP_FEED_DROP, 0,
	 "{\"cidr\":\"192.0.2.0/24\",\"sblid\":\"SBL1\"}\n{\"cidr\":7}\n[]\n"
	 "{\"type\":\"metadata\",\"records\":2}\n",
	 "1 192.0.2.0/24 SBL1\n2 ? the object has no cidr\n3 ? not a JSON object\n"
	 "4 ? the metadata counts another number of records\n"
	 "5 ? cut off: the closing metadata line is missing or wrong\n",
	 -EBADMSG},
	{"rbldnsd: ip4set", MXDP_FEED_RBLDNSD, 0,
	 "$SOA 3000 ns.example admin.example 0 600 300 86400 300\n$TTL 300\n# comment\n"
	 ":127.0.0.2:listed, see example.org/$\n127.0.0.2\n192.0.2.0/24\n!192.0.2.25\n"
	 "198.51.100 :127.0.0.3:a whole net\n10/8\n203.0.113.8-11\n172.16-17\n"
	 "1.16.200-1.16.201\n ; end\n",
	 "5 127.0.0.2 listed, see example.org/$\n6 192.0.2.0/24 listed, see example.org/$\n"
	 "7 !192.0.2.25 listed, see example.org/$\n8 198.51.100.0/24 a whole net\n"
	 "9 10.0.0.0/8 listed, see example.org/$\n10 203.0.113.8/30 listed, see example.org/$\n"
	 "11 172.16.0.0/15 listed, see example.org/$\n"
	 "12 1.16.200.0/23 listed, see example.org/$\n",
	 0},
	{"rbldnsd: ip6trie", MXDP_FEED_RBLDNSD, 0,
	 ":2:six\n2001:db8::/32\n!2001:db8:1::/48\n2001:db8:2\n2001:db8::25\n",
	 "2 2001:db8::/32 six\n3 !2001:db8:1::/48 six\n4 2001:db8:2::/48 six\n"
	 "5 2001:db8::25 six\n",
	 0},
	{"plain: leading zeros, Windows ends, hosts and networks among each other", MXDP_FEED_PLAIN,
	 0,
	 "192.0.2.1\r\n010.0.0.1\n010.0.0.0/8\n10.0.0.0/08\n10.0.0.0/8\r\n10.0.0.1/8\n0.0.0.0\n"
	 "0.0.0.0/0\n255.255.255.255/32\n1.2.3.256\n1.2.3.4/33\n1.2.3\n198.51.100.77 x\n",
	 "1 192.0.2.1\n2 ? a number with a leading zero, decimal or octal? write it without\n"
	 "3 ? a number with a leading zero, decimal or octal? write it without\n"
	 "4 ? a number with a leading zero, decimal or octal? write it without\n5 10.0.0.0/8\n"
	 "6 ? the address has bits beyond its prefix length\n7 0.0.0.0\n8 0.0.0.0/0\n"
	 "9 255.255.255.255\n10 ? not an address, CIDR or range\n"
	 "11 ? not an address, CIDR or range\n12 ? not an address, CIDR or range\n"
	 "13 198.51.100.77 x\n",
	 0},
	{"rbldnsd: an address that begins with colons is no default", MXDP_FEED_RBLDNSD, 0,
	 "::2:six\n::1\n::/3 all\n::x:five\n2001:db8::25\n",
	 "2 ::1 2:six\n3 ::/3 all\n5 2001:db8::25 x:five\n", 0},
	{"rbldnsd: what is no entry", MXDP_FEED_RBLDNSD, 0,
	 "example.org\n10.1/8\n1.2.3.4.5\n10-9\n1.2.3.4/33\n1.2.3.4/\n2001:::1\n",
	 "1 ? not an address, CIDR or range\n2 ? the address has bits beyond its prefix length\n"
	 "3 ? not an address, CIDR or range\n4 ? the range ends before it begins\n"
	 "5 ? not an address, CIDR or range\n6 ? not an address, CIDR or range\n"
	 "7 ? not an address, CIDR or range\n",
	 0},
	{"rbldnsd: ip6tset lists networks and excludes hosts", MXDP_FEED_IP6TSET, 0,
	 "2001:db8:0:1\n2001:db8:0:2::\n!2001:db8:0:2::25\n",
	 "1 2001:db8:0:1::/64\n2 2001:db8:0:2::/64\n3 !2001:db8:0:2::25\n", 0},
	{"csv: a quoted column", MXDP_FEED_CSV, 2,
	 "# made today\nfirst_seen,\"dst_ip\",port\n2026-01-01,\"192.0.2.1\",25\n"
	 "\"a, \"\"b\"\"\", 192.0.2.2 ,25\n2026-01-01\n",
	 "3 192.0.2.1\n4 192.0.2.2\n5 ? the line has no such column\n", 0},
	{"csv: a heading", MXDP_FEED_CSV, 1, "ip,seen\n192.0.2.1,1\n", "2 192.0.2.1\n", 0},
	{"ipset save", MXDP_FEED_IPSET, 0,
	 "create bad hash:net family inet hashsize 1024 maxelem 65536 comment\n"
	 "add bad 192.0.2.0/24 timeout 300 comment \"nomatch here\"\nadd bad 192.0.2.25 nomatch\n"
	 "add bad 198.51.100.1-198.51.100.2\nadd ports 192.0.2.1,tcp:25\nbogus\n",
	 "2 192.0.2.0/24\n3 !192.0.2.25\n4 198.51.100.1\n4 198.51.100.2\n"
	 "5 ? not an address, CIDR or range\n6 ? not a line of ipset save\n",
	 0},
	{"nft list set", MXDP_FEED_NFT, 0,
	 "table inet filter {\n\tset bad {\n\t\ttype ipv4_addr\n\t\tflags interval,timeout\n"
	 "\t\telements = { 192.0.2.0/24, 198.51.100.1 timeout 1h expires 30m,\n"
	 "\t\t\t     203.0.113.1-203.0.113.2 comment \"a, {b}\" }\n\t}\n}\n",
	 "5 192.0.2.0/24\n5 198.51.100.1\n6 203.0.113.1\n6 203.0.113.2\n", 0},
	{"nft: an element added by hand, and a set cut off", MXDP_FEED_NFT, 0,
	 "add element inet filter bad { 2001:db8::/32, x }\n\t\telements = { 192.0.2.1,\n",
	 "1 2001:db8::/32\n1 ? not an address, CIDR or range\n2 192.0.2.1\n"
	 "3 ? cut off: the elements are not closed\n",
	 -EBADMSG},
	/* What must never be taken for less, or for something else, without a word. */
	{"plain: a byte order mark", MXDP_FEED_PLAIN, 0,
	 "\xef\xbb\xbf"
	 "192.0.2.1\n192.0.2.2\n",
	 "1 192.0.2.1\n2 192.0.2.2\n", 0},
	{"plain: a byte order mark alone", MXDP_FEED_PLAIN, 0, "\xef\xbb\xbf", "", 0},
	{"plain: half a byte order mark, and one in the middle", MXDP_FEED_PLAIN, 0,
	 "\xef\xbb"
	 "192.0.2.1\n\xef\xbb\xbf"
	 "192.0.2.2\n192.0.2.3\n",
	 "1 ? not an address, CIDR or range\n2 ? not an address, CIDR or range\n3 192.0.2.3\n", 0},
	{"plain: lines ended by CR alone", MXDP_FEED_PLAIN, 0, "192.0.2.1\r192.0.2.2\r",
	 "1 ? a CR within the line; end lines by LF or CR LF\n", 0},
	{"plain: CR CR LF, tabs, form feeds", MXDP_FEED_PLAIN, 0,
	 "192.0.2.1\r\r\n\t192.0.2.2\t\tseen\t\n\f\n192.0.2.3\f\n",
	 "1 192.0.2.1\n2 192.0.2.2 seen\n4 192.0.2.3\n", 0},
	{"plain: two addresses on a line", MXDP_FEED_PLAIN, 0,
	 "192.0.2.1 192.0.2.2\n192.0.2.1, 192.0.2.2\n192.0.2.0 255.255.255.0\n"
	 "192.0.2.0\t192.0.2.255\t24\n192.0.2.1 to 192.0.2.9\n192.0.2.1 \xe2\x80\x93 192.0.2.9\n"
	 "192.0.2.1 2001:db8::/32\n192.0.2.1,192.0.2.2\n192.0.2.1;192.0.2.2\n",
	 "1 ? more than one address; one a line, a range with \"-\"\n"
	 "2 ? more than one address; one a line, a range with \"-\"\n"
	 "3 ? more than one address; one a line, a range with \"-\"\n"
	 "4 ? more than one address; one a line, a range with \"-\"\n"
	 "5 ? more than one address; one a line, a range with \"-\"\n"
	 "6 ? more than one address; one a line, a range with \"-\"\n"
	 "7 ? more than one address; one a line, a range with \"-\"\n"
	 "8 ? not an address, CIDR or range\n9 192.0.2.1\n",
	 0},
	{"plain: hyphens", MXDP_FEED_PLAIN, 0,
	 "192.0.2.4 -192.0.2.5\n192.0.2.4- 192.0.2.5\n192.0.2.4 - spammer\n192.0.2.4 - 2 hits\n"
	 "192.0.2.4 -- old\n192.0.2.4 - 192.0.2.300\n192.0.2.4-5\n-192.0.2.4\n"
	 "192.0.2.4 - 192.0.2.5 a pair\n",
	 "1 192.0.2.4/31\n2 ? more than one address; one a line, a range with \"-\"\n3 192.0.2.4 - "
	 "spammer\n"
	 "4 192.0.2.4 - 2 hits\n5 192.0.2.4 -- old\n6 ? not an address, CIDR or range\n"
	 "7 ? not an address, CIDR or range\n8 ? not an address, CIDR or range\n"
	 "9 192.0.2.4/31 a pair\n",
	 0},
	{"plain: IPv4 in the clothes of IPv6", MXDP_FEED_PLAIN, 0,
	 "::ffff:192.0.2.1\n::FFFF:c000:0201\n0:0:0:0:0:ffff:192.0.2.0/120\n"
	 "::ffff:192.0.2.1/24\n::ffff:192.0.2.0-::ffff:192.0.2.3\n192.0.2.0-::ffff:192.0.2.3\n"
	 "::192.0.2.1\n64:ff9b::192.0.2.1\n::ffff:0:0/96\n::fffe:ffff:ffff-::ffff:ffff:ffff\n"
	 "::fffe:ffff:ffff-::1:0:0:0\n::ffff:192.0.2.1/64\n",
	 "1 192.0.2.1\n2 192.0.2.1\n3 192.0.2.0/24\n4 ? not an address, CIDR or range\n"
	 "5 192.0.2.0/30\n6 192.0.2.0/30\n7 ? an IPv4 address behind ::; write it without\n"
	 "8 64:ff9b::c000:201\n9 0.0.0.0/0\n10 ? a range needs two addresses of one family\n"
	 "11 ::fffe:ffff:ffff\n11 0.0.0.0/0\n11 ::1:0:0:0\n12 ? not an address, CIDR or range\n",
	 0},
	{"plain: what looks like an address", MXDP_FEED_PLAIN, 0,
	 "3232235777\n0x7f.1\n192.0.2.1:25\n[2001:db8::1]\nfe80::1%eth0\n+192.0.2.1\n"
	 "192.0.2.0/-8\n192.0.2.0/255.255.255.0\n255.255.255.250-256.0.0.3\n"
	 "192.0.2.1/032\n1.2.3.04\n1.2.3.0-1.2.3.04\n2001:db8::/129\n2001:db8::1/64\n"
	 "00.0.0.0\n1..2.3\n192.0.2.1/\n",
	 "1 ? not an address, CIDR or range\n2 ? not an address, CIDR or range\n"
	 "3 ? not an address, CIDR or range\n4 ? not an address, CIDR or range\n"
	 "5 ? not an address, CIDR or range\n6 ? not an address, CIDR or range\n"
	 "7 ? not an address, CIDR or range\n8 ? not an address, CIDR or range\n"
	 "9 ? not an address, CIDR or range\n"
	 "10 ? a number with a leading zero, decimal or octal? write it without\n"
	 "11 ? a number with a leading zero, decimal or octal? write it without\n"
	 "12 ? a number with a leading zero, decimal or octal? write it without\n"
	 "13 ? not an address, CIDR or range\n"
	 "14 ? the address has bits beyond its prefix length\n"
	 "15 ? a number with a leading zero, decimal or octal? write it without\n"
	 "16 ? not an address, CIDR or range\n17 ? not an address, CIDR or range\n",
	 0},
	{"drop: two lists one behind the other, the second cut off", MXDP_FEED_DROP, 0,
	 "\xef\xbb\xbf{\"cidr\":\"192.0.2.0/24\",\"sblid\":\"SBL1\"}\r\n"
	 "{\"type\":\"metadata\",\"records\":1}\n{\"cidr\":\"2001:db8::/32\"}\n",
	 "1 192.0.2.0/24 SBL1\n3 2001:db8::/32\n"
	 "4 ? cut off: the closing metadata line is missing or wrong\n",
	 -EBADMSG},
	{"drop: oddities", MXDP_FEED_DROP, 0,
	 "{\"cidr\":\"192.0.2.1/24\"}\n{\"cidr\":\"192.0.2.0/24\",\"cidr\":\"10.0.0.0/8\"}\n"
	 "{\"cidr\":\"192.0.2.0/24\"} {\n\"192.0.2.0/24\"\n{\"type\":\"metadata\"}\n",
	 "1 ? the address has bits beyond its prefix length\n2 ? not a JSON object\n"
	 "3 ? not a JSON object\n4 ? not a JSON object\n",
	 0},
	{"rbldnsd: values and ranges close by and far off", MXDP_FEED_RBLDNSD, 0,
	 "192.0.2.1:127.0.0.3:close\n192.0.2.2:close too\n192.0.2.3 bare text\n"
	 "192.0.2.4 - 192.0.2.9\n192.0.2.4 -9.x\n!192.0.2.5:gone\n192.0.2.6\t:2:tabs\n"
	 "::ffff:192.0.2.7 :2:mapped\n192.0.2.8 - a dash\n",
	 "1 192.0.2.1 close\n2 192.0.2.2 close too\n3 192.0.2.3 bare text\n"
	 "4 ? a range with spaces; write it without\n5 ? a range with spaces; write it without\n"
	 "6 !192.0.2.5 gone\n7 192.0.2.6 tabs\n8 192.0.2.7 mapped\n9 192.0.2.8 - a dash\n",
	 0},
	{"rbldnsd: odd numbers", MXDP_FEED_RBLDNSD, 0,
	 "010.1.2.3\n1.2.3.4-05\n01/8\n0/0\n255.255.255.250-256\n255.255.255-256.0\n10.0.0.0/8x\n"
	 "192.0.2.\n!\n!!192.0.2.1\n! 192.0.2.1\n",
	 "1 ? a number with a leading zero, decimal or octal? write it without\n"
	 "2 ? a number with a leading zero, decimal or octal? write it without\n"
	 "3 ? a number with a leading zero, decimal or octal? write it without\n4 0.0.0.0/0\n"
	 "5 ? not an address, CIDR or range\n6 ? not an address, CIDR or range\n"
	 "7 ? not an address, CIDR or range\n8 ? not an address, CIDR or range\n"
	 "9 ? not an address, CIDR or range\n10 ? not an address, CIDR or range\n11 !192.0.2.1\n",
	 0},
	{"csv: a heading behind a comment, and quotes", MXDP_FEED_CSV, 1,
	 "\xef\xbb\xbf# made today\n\n\"ip\",seen\n\"192.0.2.1\",1\n'192.0.2.2',1\n"
	 "\"192.0.2.3,1\n192.0.2.4;1\n\"192.0.2.5-192.0.2.6\"\nip,seen\n,1\n",
	 "4 192.0.2.1\n5 ? not an address, CIDR or range\n6 ? not an address, CIDR or range\n"
	 "7 ? not an address, CIDR or range\n8 192.0.2.5\n8 192.0.2.6\n"
	 "9 ? not an address, CIDR or range\n10 ? the line has no such column\n",
	 0},
	{"ipset save: comments", MXDP_FEED_IPSET, 0,
	 "add bad 192.0.2.1 comment \"a nomatch of words\"\nadd bad 192.0.2.2 comment\n"
	 "add bad 192.0.2.3 comment \"open\nadd bad 192.0.2.4 comment \"\" nomatch\n"
	 "add bad 192.0.2.5 timeout 0 packets 3 bytes 9 comment \"x\" skbmark 0x1\nadd bad\nadd\n",
	 "1 192.0.2.1\n2 192.0.2.2\n3 ? a comment without its closing quote\n4 !192.0.2.4\n"
	 "5 192.0.2.5\n6 ? not an address, CIDR or range\n7 ? not an address, CIDR or range\n",
	 0},
	{"ipset save: sets with a netmask", MXDP_FEED_IPSET, 0,
	 "create a hash:ip family inet netmask 24 hashsize 64\nadd a 192.0.2.0\nadd a 192.0.2.1\n"
	 "create b hash:ip family inet6 netmask 64\nadd b 2001:db8::\n"
	 "create c hash:net family inet\nadd c 198.51.100.1\n"
	 "create d hash:ip bitmask 255.0.255.0\nadd d 10.0.1.0\n"
	 "create e hash:ip netmask 99\nadd e 10.0.1.0\n",
	 "2 192.0.2.0/24\n3 ? the address has bits beyond its prefix length\n5 2001:db8::/64\n"
	 "7 198.51.100.1\n8 ? a set with a bitmask, which is no prefix length\n9 10.0.1.0\n"
	 "11 ? not an address, CIDR or range\n",
	 0},
	{"nft: remarks, counters, and elements without spaces", MXDP_FEED_NFT, 0,
	 "nft add element inet filter bad {192.0.2.1,192.0.2.2}\r\nset x { elements={\n"
	 "192.0.2.3 counter packets 1 bytes 40 timeout 1d expires 2h, # not 192.0.2.9, 192.0.2.8 "
	 "}\n"
	 "192.0.2.4 comment \"no. # 1 : 2\" } }\n192.0.2.5\n",
	 "1 192.0.2.1\n1 192.0.2.2\n3 192.0.2.3\n4 192.0.2.4\n", 0},
	{"nft: maps, concatenations and open quotes", MXDP_FEED_NFT, 0,
	 "elements = { 192.0.2.1 : accept, 192.0.2.2 . 25, 192.0.2.3 timeout 1h : drop,\n"
	 "192.0.2.4 comment \"x\" : accept, *, 25, 192.0.2.5 }\nelements = { 192.0.2.6 comment "
	 "\"y\n}\n",
	 "1 ? an element of a map: what it is mapped to may be \"accept\"\n"
	 "1 ? an address with something more, which is not simply listed\n"
	 "1 ? an element of a map: what it is mapped to may be \"accept\"\n"
	 "2 ? an element of a map: what it is mapped to may be \"accept\"\n"
	 "2 ? not an address, CIDR or range\n2 ? not an address, CIDR or range\n2 192.0.2.5\n"
	 "3 ? a comment without its closing quote\n",
	 0},
};
#define SAMPLES ((int)(sizeof(samples) / sizeof(samples[0])))

START_TEST(each_format_is_read_in_pieces_of_any_size)
{
	const char *text = samples[_i].text;

	for (size_t step = 1; step <= strlen(text) + 1; step++) {
		struct told told = {.length = 0};
		int result = parse(samples[_i].format, samples[_i].column, text, strlen(text), step,
				   &told);

		ck_assert_msg(strcmp(told.text, samples[_i].told) == 0,
			      "%s, %zu bytes at once: expected\n%sgot\n%s", samples[_i].what, step,
			      samples[_i].told, told.text);
		ck_assert_int_eq(result, samples[_i].result);
	}
}
END_TEST

/* What a cut takes away is missing; all lines before it are as they were. */
START_TEST(a_feed_cut_at_any_byte_keeps_its_whole_lines)
{
	const char *text = samples[_i].text;

	for (size_t length = 0; length < strlen(text); length++) {
		struct told told = {.length = 0};
		uint32_t line = 1;

		parse(samples[_i].format, samples[_i].column, text, length, 7, &told);
		for (size_t i = 0; i < length; i++)
			line += text[i] == '\n';
		for (char *said = told.text; *said; said = strchr(said, '\n') + 1) {
			size_t size = (size_t)(strchr(said, '\n') + 1 - said);

			if (strtoul(said, NULL, 10) < line)
				ck_assert_msg(strncmp(said, samples[_i].told + (said - told.text),
						      size) == 0,
					      "%s cut at %zu: %.*s", samples[_i].what, length,
					      (int)size, said);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("feed formats");
	TCase *tests = tcase_create("formats");

	tcase_add_loop_test(tests, each_format_is_read_in_pieces_of_any_size, 0, SAMPLES);
	tcase_add_loop_test(tests, a_feed_cut_at_any_byte_keeps_its_whole_lines, 0, SAMPLES);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
