/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lists of mxdp.conf: interfaces, ports, prefixes and DNS servers. */
#include <stdlib.h>
#include <string.h>

#include "read.h"
#include "values.h"

#define SERVERS_MAX 16
#define DOMAINS_MAX 64

static int read_interfaces(const struct mxdp_reading *reading)
{
	struct mxdp_config *config = reading->config;
	const size_t count = cfg_size(reading->tree, "interfaces");
	const char *fault;

	if (count == 0)
		return mxdp_reading_fault(reading, reading->tree, "interfaces", 0,
					  "names no interface; write the outer one, as interfaces "
					  "= { \"eth0\" }");
	if (count > MXDP_INTERFACES_MAX)
		return mxdp_reading_fault(reading, reading->tree, "interfaces", 0,
					  "names more than %d interfaces; shorten the list",
					  MXDP_INTERFACES_MAX);
	config->interfaces = calloc(count, sizeof(*config->interfaces));
	if (!config->interfaces)
		return mxdp_reading_memory(reading);
	for (size_t i = 0; i < count; i++) {
		const char *name = cfg_getnstr(reading->tree, "interfaces", (unsigned int)i);

		if (mxdp_value_interface(name, &fault) < 0)
			return mxdp_reading_fault(reading, reading->tree, "interfaces", i,
						  "holds \"%.60s\", which %s", name, fault);
		for (size_t j = 0; j < i; j++)
			if (strcmp(config->interfaces[j], name) == 0)
				return mxdp_reading_fault(reading, reading->tree, "interfaces", i,
							  "names %s twice; keep one", name);
		config->interfaces[i] = strdup(name);
		if (!config->interfaces[i])
			return mxdp_reading_memory(reading);
		config->interface_count++;
	}
	return 0;
}

static int read_ports(const struct mxdp_reading *reading, const char *key,
		      enum mxdp_port_class class)
{
	struct mxdp_config *config = reading->config;
	const unsigned int count = cfg_size(reading->tree, key);
	const char *fault;

	for (unsigned int i = 0; i < count; i++) {
		const char *text = cfg_getnstr(reading->tree, key, i);
		uint16_t port;

		if (mxdp_value_port(text, &port, &fault) < 0)
			return mxdp_reading_fault(reading, reading->tree, key, i,
						  "holds \"%.60s\", which %s", text, fault);
		for (size_t j = 0; j < config->port_count; j++)
			if (config->ports[j].port == port)
				return mxdp_reading_fault(reading, reading->tree, key, i,
							  "names port %u, which is already named; "
							  "name it once, in mx_ports or in "
							  "submission_ports",
							  port);
		if (config->port_count == MXDP_PORTS_MAX)
			return mxdp_reading_fault(reading, reading->tree, key, i,
						  "is too long: there is room for %d ports; "
						  "shorten the lists",
						  MXDP_PORTS_MAX);
		config->ports[config->port_count++] =
			(struct mxdp_port_setting){.port = port, .class = class};
	}
	return 0;
}

static int read_prefixes(const struct mxdp_reading *reading, const char *key, size_t most,
			 struct mxdp_prefix **prefixes, size_t *prefix_count)
{
	const size_t count = cfg_size(reading->tree, key);
	const char *fault;

	if (count > most)
		return mxdp_reading_fault(reading, reading->tree, key, 0,
					  "holds more than %zu entries; write wider prefixes",
					  most);
	*prefixes = calloc(count ? count : 1, sizeof(**prefixes));
	if (!*prefixes)
		return mxdp_reading_memory(reading);
	for (size_t i = 0; i < count; i++) {
		const char *text = cfg_getnstr(reading->tree, key, (unsigned int)i);

		if (mxdp_value_prefix(text, &(*prefixes)[i], &fault) < 0)
			return mxdp_reading_fault(reading, reading->tree, key, i,
						  "holds \"%.60s\", which %s", text, fault);
	}
	*prefix_count = count;
	return 0;
}

static int read_domains(const struct mxdp_reading *reading, const char *key, char ***domains,
			size_t *domain_count)
{
	const unsigned int count = cfg_size(reading->tree, key);
	const char *fault;

	if (count > DOMAINS_MAX)
		return mxdp_reading_fault(reading, reading->tree, key, 0,
					  "holds more than %d domains; shorten the list",
					  DOMAINS_MAX);
	*domains = calloc(count ? count : 1, sizeof(**domains));
	if (!*domains)
		return mxdp_reading_memory(reading);
	for (unsigned int i = 0; i < count; i++) {
		const char *text = cfg_getnstr(reading->tree, key, i);

		if (mxdp_value_zone(text, &fault) < 0)
			return mxdp_reading_fault(reading, reading->tree, key, i,
						  "holds \"%.60s\", which %s", text, fault);
		(*domains)[i] = strdup(text);
		if (!(*domains)[i])
			return mxdp_reading_memory(reading);
		++*domain_count;
	}
	return 0;
}

/* Joined by commas, as the resolver takes them. */
static int read_servers(const struct mxdp_reading *reading)
{
	cfg_t *section = cfg_getsec(reading->tree, "resolver");
	const unsigned int count = cfg_size(section, "servers");
	const char *fault;
	size_t room = 1;
	char *end;

	if (count == 0)
		return 0;
	if (count > SERVERS_MAX)
		return mxdp_reading_fault(reading, section, "servers", 0,
					  "names more than %d servers; shorten the list",
					  SERVERS_MAX);
	for (unsigned int i = 0; i < count; i++) {
		const char *text = cfg_getnstr(section, "servers", i);

		if (mxdp_value_server(text, &fault) < 0)
			return mxdp_reading_fault(reading, section, "servers", i,
						  "holds \"%.60s\", which %s", text, fault);
		room += strlen(text) + 1;
	}
	reading->config->resolver_servers = end = malloc(room);
	if (!end)
		return mxdp_reading_memory(reading);
	for (unsigned int i = 0; i < count; i++) {
		if (i > 0)
			*end++ = ',';
		end = stpcpy(end, cfg_getnstr(section, "servers", i));
	}
	reading->config->resolver.servers = reading->config->resolver_servers;
	return 0;
}

int mxdp_read_lists(const struct mxdp_reading *reading)
{
	struct mxdp_config *config = reading->config;
	int error = read_interfaces(reading);

	if (!error)
		error = read_ports(reading, "mx_ports", MXDP_PORT_MX);
	if (!error)
		error = read_ports(reading, "submission_ports", MXDP_PORT_SUBMISSION);
	if (!error && config->port_count == 0)
		error = mxdp_reading_fault(reading, reading->tree, "mx_ports", 0,
					   "and submission_ports are empty; name at least one port "
					   "to protect");
	if (!error)
		error = read_prefixes(reading, "protected_addresses", MXDP_DESTINATIONS_MAX,
				      &config->destinations, &config->destination_count);
	/* The daemon's own finds share the map: half of it is theirs. */
	if (!error)
		error = read_prefixes(reading, "never_block", MXDP_NEVER_BLOCK_MAX / 2,
				      &config->never_block, &config->never_block_count);
	if (!error)
		error = read_domains(reading, "spf_allow", &config->spf_allow,
				     &config->spf_allow_count);
	if (!error)
		error = read_domains(reading, "partner", &config->partners, &config->partner_count);
	if (!error)
		error = read_domains(reading, "own_domains", &config->own_domains,
				     &config->own_domain_count);
	return error ? error : read_servers(reading);
}
