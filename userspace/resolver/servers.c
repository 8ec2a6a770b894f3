/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "servers.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#define SERVERS_MAX 16
#define SERVER_TEXT 64 /* one server as text, with its NUL */
#define DNS_PORT    53
#define RESOLV_LINE 256
#define SEPARATORS  ", \t\n"

static bool read_port(const char *text, int *port)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || number < 1 || number > 65535)
		return false;
	*port = (int)number;
	return true;
}

/* IP4, IP4:PORT, IP6, [IP6] or [IP6]:PORT; `text` is cut into its parts. */
static bool read_server(char *text, struct ares_addr_port_node *server)
{
	char *address = text, *port = NULL, *colon = strchr(text, ':');
	int number = DNS_PORT;

	if (*text == '[') {
		char *close = strchr(text, ']');

		if (close == NULL || (close[1] != '\0' && close[1] != ':'))
			return false;
		port = close[1] == ':' ? close + 2 : NULL;
		*close = '\0';
		address = text + 1;
	} else if (colon != NULL && strchr(colon + 1, ':') == NULL) {
		port = colon + 1;
		*colon = '\0';
	}
	if (port != NULL && !read_port(port, &number))
		return false;
	server->udp_port = server->tcp_port = number;
	server->family = *text != '[' && inet_pton(AF_INET, address, &server->addr) == 1 ? AF_INET
											 : AF_INET6;
	return server->family == AF_INET || inet_pton(AF_INET6, address, &server->addr) == 1;
}

int mxdp_servers_set(ares_channel channel, const char *text)
{
	struct ares_addr_port_node servers[SERVERS_MAX] = {0};
	char *copy = strdup(text), *rest = NULL;
	size_t count = 0;
	int status;

	if (copy == NULL)
		return -ENOMEM;
	for (char *word = strtok_r(copy, SEPARATORS, &rest); word != NULL;
	     word = strtok_r(NULL, SEPARATORS, &rest)) {
		if (count == SERVERS_MAX || !read_server(word, &servers[count])) {
			count = 0;
			break;
		}
		if (count > 0)
			servers[count - 1].next = &servers[count];
		count++;
	}
	free(copy);
	if (count == 0)
		return -EINVAL;
	status = ares_set_servers_ports(channel, servers);
	if (status == ARES_ENOMEM)
		return -ENOMEM;
	return status == ARES_SUCCESS ? 0 : -EINVAL;
}

size_t mxdp_servers_unusable(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	char line[RESOLV_LINE], copy[SERVER_TEXT], word[SERVER_TEXT];
	struct ares_addr_port_node server;
	size_t count = 0;

	*text = '\0';
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "nameserver %63s", word) != 1)
			continue;
		snprintf(copy, sizeof(copy), "%s", word); /* which reading cuts up */
		if (!read_server(copy, &server) && count++ == 0)
			snprintf(text, size, "%s", word);
	}
	if (file)
		fclose(file);
	return count;
}

void mxdp_servers_format(ares_channel channel, char *text, size_t size)
{
	struct ares_addr_port_node *servers = NULL;
	size_t used = 0;

	if (size > 0)
		*text = '\0';
	if (ares_get_servers_ports(channel, &servers) != ARES_SUCCESS)
		return;
	for (struct ares_addr_port_node *server = servers; server; server = server->next) {
		int port = server->udp_port ? server->udp_port : DNS_PORT;
		char address[INET6_ADDRSTRLEN] = "?";
		char one[SERVER_TEXT];
		int length;

		inet_ntop(server->family, &server->addr, address, sizeof(address));
		length = snprintf(one, sizeof(one),
				  server->family == AF_INET6 ? "[%s]:%d" : "%s:%d", address, port);
		if (length < 0 || used + (size_t)length + sizeof(", ") > size)
			break;
		used += (size_t)sprintf(text + used, "%s%s", used > 0 ? ", " : "", one);
	}
	ares_free_data(servers);
}
