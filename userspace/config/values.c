/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "values.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>

#define DIGITS_MAX    15 /* a double holds each such number exactly */
#define ZONE_NAME_MAX 253
#define LABEL_MAX     63
#define KEY_LABEL     16
#define MASK          "xxxx"
#define PORT_MAX      65535

static int refuse(const char **fault, const char *sentence)
{
	*fault = sentence;
	return -EINVAL;
}

/* Digits with at most one point, read by hand: strtod() knows locales, hexadecimal and "inf". */
static const char *read_decimal(const char *text, double *number)
{
	double scale = 1.0;
	int digits = 0;

	*number = 0.0;
	for (; isdigit((unsigned char)*text); text++, digits++)
		*number = *number * 10.0 + (*text - '0');
	if (*text == '.' && isdigit((unsigned char)text[1]))
		for (text++; isdigit((unsigned char)*text); text++, digits++) {
			scale *= 10.0;
			*number = *number * 10.0 + (*text - '0');
		}
	*number /= scale;
	return digits && digits <= DIGITS_MAX ? text : NULL;
}

int mxdp_value_duration(const char *text, double *milliseconds, const char **fault)
{
	static const struct {
		const char *name;
		double milliseconds;
	} units[] = {
		{"ms", 1},        {"s", 1000},       {"m", 60000},
		{"h", 3600000.0}, {"d", 86400000.0}, {"w", 604800000.0},
	};
	const char *unit = read_decimal(text, milliseconds);

	for (size_t i = 0; unit && i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(unit, units[i].name) == 0) {
			*milliseconds *= units[i].milliseconds;
			return 0;
		}
	return refuse(fault, "is not a duration; write a number and its unit, as 500ms, 2.5s, 15m, "
			     "1h or 30d");
}

int mxdp_value_number(const char *text, double *number, const char **fault)
{
	const bool negative = *text == '-';
	const char *end = read_decimal(text + negative, number);

	if (!end || *end)
		return refuse(fault, "is not a number; write digits, as 5, -2 or 0.5");
	if (negative)
		*number = -*number;
	return 0;
}

int mxdp_value_boolean(const char *text, bool *value, const char **fault)
{
	static const char *const words[2][3] = {{"no", "off", "false"}, {"yes", "on", "true"}};

	for (int is = 0; is < 2; is++)
		for (int i = 0; i < 3; i++)
			if (strcmp(text, words[is][i]) == 0) {
				*value = is;
				return 0;
			}
	return refuse(fault, "is neither yes nor no; write one of these");
}

int mxdp_value_port(const char *text, uint16_t *port, const char **fault)
{
	double number;
	const char *end = read_decimal(text, &number);

	if (!end || *end || strchr(text, '.') || number < 1 || number > PORT_MAX)
		return refuse(fault, "is not a TCP port; write a number from 1 to 65535");
	*port = (uint16_t)number;
	return 0;
}

int mxdp_value_prefix(const char *text, struct mxdp_prefix *prefix, const char **fault)
{
	switch (mxdp_prefix_parse(text, prefix)) {
	case 0:
		return 0;
	case -EDOM:
		return refuse(fault, "has bits set beyond its length; write the network's first "
				     "address, or the address alone for one host");
	default:
		return refuse(fault, "is not an address or prefix; write it as 192.0.2.1, "
				     "192.0.2.0/24 or 2001:db8::/32");
	}
}

/* IP:PORT or [IP6]:PORT */
static bool is_endpoint(const char *text)
{
	struct mxdp_address address;
	char host[MXDP_ADDRESS_TEXT];
	const char *colon = strrchr(text, ':');
	const char *start = text, *ignored;
	size_t length;
	uint16_t port;

	if (!colon || mxdp_value_port(colon + 1, &port, &ignored) < 0)
		return false;
	length = (size_t)(colon - text);
	if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
		start++;
		length -= 2;
	} else if (memchr(text, ':', length)) {
		return false;
	}
	if (length >= sizeof(host))
		return false;
	memcpy(host, start, length);
	host[length] = '\0';
	return mxdp_address_parse(host, &address) == 0;
}

int mxdp_value_server(const char *text, const char **fault)
{
	struct mxdp_address address;

	if (mxdp_address_parse(text, &address) == 0 || is_endpoint(text))
		return 0;
	return refuse(fault, "is not a DNS server; write its address as 192.0.2.53, "
			     "192.0.2.53:5353 or [2001:db8::53]:5353");
}

int mxdp_value_listen(const char *text, const char **fault)
{
	return is_endpoint(text) ? 0
				 : refuse(fault, "is not an address and port; write it as "
						 "127.0.0.1:10040 or [::1]:10040");
}

int mxdp_value_interface(const char *text, const char **fault)
{
	const size_t length = strlen(text);
	bool good = length > 0 && length < IFNAMSIZ && strcmp(text, ".") && strcmp(text, "..");

	for (size_t i = 0; i < length; i++)
		if (!isgraph((unsigned char)text[i]) || strchr("/:%", text[i]))
			good = false;
	return good ? 0
		    : refuse(fault, "is not the name of a network interface; `ip link` lists them");
}

int mxdp_value_path(const char *text, const char **fault)
{
	if (text[0] != '/' || text[1] == '\0')
		return refuse(fault, "is not an absolute path; begin it with /");
	if (strstr(text, "/../") || (strlen(text) >= 3 && !strcmp(text + strlen(text) - 3, "/..")))
		return refuse(fault, "leads upwards by \"..\"; write the path itself");
	return 0;
}

int mxdp_value_socket(const char *text, const char **fault)
{
	if (strlen(text) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return refuse(fault, "is longer than a socket's path may be; 107 characters are "
				     "the most");
	return mxdp_value_path(text, fault);
}

static bool good_label(const char *label, size_t length)
{
	if (length == 0 || length > LABEL_MAX || label[0] == '-' || label[length - 1] == '-')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)label[i]) && label[i] != '-' && label[i] != '_')
			return false;
	return true;
}

int mxdp_value_zone(const char *text, const char **fault)
{
	/* The longest name asked for is 32 nibbles with their dots in front of the zone. */
	const size_t longest = ZONE_NAME_MAX - 64;
	size_t labels = 0;

	if (strlen(text) > longest)
		return refuse(fault, "is longer than a DNSBL's zone may be; 189 characters are the "
				     "most");
	for (const char *label = text; label; labels++) {
		const size_t length = strcspn(label, ".");

		if (!good_label(label, length))
			return refuse(fault, "is not a zone's name; write it as zen.spamhaus.org, "
					     "without a final dot");
		label = label[length] ? label + length + 1 : NULL;
	}
	if (labels < 2)
		return refuse(fault, "is not a zone's name; write it in full, as "
				     "zen.spamhaus.org");
	return 0;
}

static bool looks_secret(const char *label, size_t length)
{
	if (length < KEY_LABEL)
		return false;
	for (size_t i = 0; i < length; i++)
		if (isdigit((unsigned char)label[i]))
			return true;
	return false;
}

char *mxdp_value_zone_masked(const char *zone)
{
	static const char dqs[] = ".dq.spamhaus.net";
	const size_t length = strlen(zone);
	const char *public_part = zone;
	size_t used = 0;
	/* A mask may be longer than the label that it hides. */
	char *shown = malloc(length * sizeof(MASK) + 1);

	if (!shown)
		return NULL;
	if (length >= sizeof(dqs) && !strcasecmp(zone + length - (sizeof(dqs) - 1), dqs)) {
		public_part = zone + length - (sizeof(dqs) - 1);
		while (public_part > zone && public_part[-1] != '.')
			public_part--;
	}
	for (const char *label = zone; *label;) {
		const size_t size = strcspn(label, ".");

		if (label < public_part || looks_secret(label, size)) {
			memcpy(shown + used, MASK, sizeof(MASK) - 1);
			used += sizeof(MASK) - 1;
		} else {
			for (size_t i = 0; i < size; i++)
				shown[used++] = (char)tolower((unsigned char)label[i]);
		}
		label += size;
		if (*label)
			shown[used++] = *label++;
	}
	shown[used] = '\0';
	return shown;
}
