/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "identity.h"

#include <stdio.h>
#include <string.h>

static bool copy(char *to, size_t size, const char *from)
{
	return snprintf(to, size, "%s", from ? from : "") < (int)size;
}

/* "%{i}": nibbles, most significant first. */
static void write_nibbles(const struct mxdp_address *address, char *text)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < 16; i++) {
		*text++ = hex[address->bytes[i] >> 4];
		*text++ = '.';
		*text++ = hex[address->bytes[i] & 15];
		*text++ = '.';
	}
	text[-1] = '\0';
}

static bool set_sender(struct mxdp_spf_identity *identity, const char *given)
{
	char sender[MXDP_SPF_SENDER_BYTES + 1];
	bool whole = copy(sender, sizeof(sender), given);
	const char *at = strrchr(sender, '@');
	const char *domain = at ? at + 1 : sender;
	int length = at && at > sender ? (int)(at - sender) : 0;

	snprintf(identity->local_part, sizeof(identity->local_part), "%.*s",
		 length ? length : (int)sizeof("postmaster"), length ? sender : "postmaster");
	snprintf(identity->sender, sizeof(identity->sender), "%.*s@%s",
		 length ? length : (int)sizeof("postmaster"), length ? sender : "postmaster",
		 domain);
	identity->domain = strrchr(identity->sender, '@') + 1;
	return whole;
}

bool mxdp_spf_identity_of(const struct mxdp_spf_question *question,
			  struct mxdp_spf_identity *identity)
{
	const struct mxdp_address *client = &question->client;
	bool whole = copy(identity->helo, sizeof(identity->helo), question->helo);

	identity->from_helo = !question->sender || !*question->sender;
	if (!set_sender(identity, identity->from_helo ? identity->helo : question->sender))
		whole = false;
	mxdp_address_format(client, identity->readable);
	if (mxdp_address_is_v4(client)) {
		copy(identity->address, sizeof(identity->address), identity->readable);
		identity->version = "in-addr";
	} else {
		write_nibbles(client, identity->address);
		identity->version = "ip6";
	}
	return whole;
}

bool mxdp_spf_domain_valid(const char *domain)
{
	char plain[MXDP_DNS_NAME];
	size_t length = strlen(domain);

	if (length && domain[length - 1] == '.')
		length--;
	if (length >= sizeof(plain))
		return false;
	memcpy(plain, domain, length);
	plain[length] = '\0';
	return strchr(plain, '.') && mxdp_spf_name_valid(plain);
}
