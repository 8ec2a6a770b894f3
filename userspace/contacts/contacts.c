/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "contacts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "userspace/log.h"

#define NS_PER_SECOND 1000000000ULL

struct pass {
	struct mxdp_address client;
	uint64_t expires_ns;
	enum mxdp_action action; /* how it is refused without the pass: REJECT or TEMPFAIL */
	uint16_t text;
	uint8_t reply_at;
};

struct mxdp_contacts {
	const struct mxdp_maps *maps;
	struct mxdp_config *config;
	struct pass passes[MXDP_CONTACTS_MAX]; /* few: looked through one by one */
	struct mxdp_contacts_stats stats;      /* all but `open` */
};

/* ---- recipients ---- */

/* Whether an address, without angle brackets, is postmaster or abuse of an own domain. */
static bool is_contact(const struct mxdp_config *config, const char *recipient)
{
	const char *at = strrchr(recipient, '@');
	size_t length = at ? (size_t)(at - recipient) : strlen(recipient);
	bool postmaster = length == 10 && !strncasecmp(recipient, "postmaster", length);

	if (!at)
		return postmaster; /* "postmaster" alone is this host's (RFC 5321 4.1.1.3) */
	if (!postmaster && !(length == 5 && !strncasecmp(recipient, "abuse", length)))
		return false;
	for (size_t i = 0; i < config->own_domain_count; i++)
		if (!strcasecmp(at + 1, config->own_domains[i]))
			return true;
	return false;
}

/* The path of a RCPT command, which is hostile. */
static bool read_recipient(const struct mxdp_dialogue *said, char out[MXDP_CONTACT_BYTES_MAX])
{
	size_t length = said->length < sizeof(said->line) ? said->length : sizeof(said->line);
	const char *line = (const char *)said->line;
	const char *start = memchr(line, '<', length);
	const char *end = start ? memchr(start, '>', length - (size_t)(start - line)) : NULL;

	if (!end || (size_t)(end - start) > MXDP_CONTACT_BYTES_MAX)
		return false;
	length = (size_t)(end - start) - 1;
	memcpy(out, start + 1, length);
	out[length] = '\0';
	return strlen(out) == length;
}

/* ---- passes ---- */

static bool is_open(const struct pass *pass, uint64_t now_ns)
{
	return pass->expires_ns > now_ns;
}

static void end(struct pass *pass)
{
	pass->expires_ns = 0;
}

static struct pass *find(struct mxdp_contacts *contacts, const struct mxdp_address *client)
{
	uint64_t now_ns = mxdp_boottime_ns();

	for (size_t i = 0; i < MXDP_CONTACTS_MAX; i++)
		if (is_open(&contacts->passes[i], now_ns) &&
		    mxdp_address_equal(&contacts->passes[i].client, client))
			return &contacts->passes[i];
	return NULL;
}

/* The client's pass, or a place for one; NULL when there is none. */
static struct pass *find_place(struct mxdp_contacts *contacts, const struct mxdp_address *client)
{
	struct pass *pass = find(contacts, client);
	uint64_t now_ns = mxdp_boottime_ns();

	for (size_t i = 0; i < MXDP_CONTACTS_MAX && !pass; i++)
		if (!is_open(&contacts->passes[i], now_ns))
			pass = &contacts->passes[i];
	if (pass)
		pass->client = *client;
	return pass;
}

/* The token bucket of the packet path limits the client's connections. */
static int write_verdict(const struct mxdp_contacts *contacts, const struct pass *pass)
{
	const struct mxdp_verdict verdict = {
		.action = MXDP_ACTION_LIMIT,
		.reason = MXDP_REASON_CONTACT,
		.text = pass->text,
		.reply_at = pass->reply_at,
		.refused = (__u8)pass->action,
		.decided_ns = mxdp_boottime_ns(),
		.expires_ns = pass->expires_ns,
	};
	struct mxdp_prefix key = mxdp_prefix_host(&pass->client);

	return mxdp_verdict_set(contacts->maps, &key, &verdict);
}

static bool is_answered(unsigned int action)
{
	return action == MXDP_ACTION_REJECT || action == MXDP_ACTION_TEMPFAIL;
}

static int restore(void *context, const struct mxdp_prefix *key, const struct mxdp_verdict *verdict)
{
	struct mxdp_contacts *contacts = context;
	struct pass *pass;

	if (verdict->reason != MXDP_REASON_CONTACT || verdict->expires_ns <= mxdp_boottime_ns())
		return 0;
	pass = find_place(contacts, &key->address);
	if (!pass)
		return 0;
	pass->expires_ns = verdict->expires_ns;
	pass->action = verdict->refused;
	pass->text = verdict->text;
	pass->reply_at = verdict->reply_at;
	return 0;
}

struct mxdp_contacts *mxdp_contacts_new(const struct mxdp_maps *maps, struct mxdp_config *config)
{
	struct mxdp_contacts *contacts = calloc(1, sizeof(*contacts));

	if (!contacts)
		return NULL;
	contacts->maps = maps;
	contacts->config = mxdp_config_ref(config);
	mxdp_verdict_each(maps, restore, contacts);
	return contacts;
}

void mxdp_contacts_free(struct mxdp_contacts *contacts)
{
	if (!contacts)
		return;
	mxdp_config_unref(contacts->config);
	free(contacts);
}

void mxdp_contacts_configure(struct mxdp_contacts *contacts, struct mxdp_config *config)
{
	struct mxdp_config *before = contacts->config;

	contacts->config = mxdp_config_ref(config);
	mxdp_config_unref(before);
}

void mxdp_contacts_hear(struct mxdp_contacts *contacts, const struct mxdp_dialogue *said)
{
	struct mxdp_address client = mxdp_address_from_bytes(said->client);
	char recipient[MXDP_CONTACT_BYTES_MAX], text[MXDP_ADDRESS_TEXT];
	struct pass *pass;

	if (said->kind != MXDP_UTTERANCE_RCPT || !is_answered(said->action) ||
	    !mxdp_config_opens_contacts(contacts->config) || !read_recipient(said, recipient) ||
	    !is_contact(contacts->config, recipient))
		return;
	mxdp_address_format(&client, text);
	pass = contacts->stats.consulted ? find_place(contacts, &client) : NULL;
	if (!pass) {
		contacts->stats.turned_away++;
		mxdp_log_limited(MXDP_LOG_WARNING,
				 "%s is refused and wants to write to postmaster or abuse, but %s",
				 text,
				 contacts->stats.consulted
					 ? "too many others do at this time"
					 : "no mail server has asked the policy server about a "
					   "recipient yet: see docs/postfix.md");
		return;
	}
	pass->expires_ns = mxdp_boottime_ns() + MXDP_CONTACT_SECONDS * NS_PER_SECOND;
	pass->action = said->action;
	pass->text = said->text;
	if (write_verdict(contacts, pass)) {
		contacts->stats.turned_away++;
		end(pass);
		return;
	}
	contacts->stats.opened++;
	mxdp_log_limited(MXDP_LOG_NOTICE,
			 "%s is refused, but let in for an hour to write to postmaster or abuse",
			 text);
}

void mxdp_contacts_decided(struct mxdp_contacts *contacts, const struct mxdp_address *client,
			   enum mxdp_action action)
{
	struct pass *pass = find(contacts, client);
	struct mxdp_verdict verdict;
	struct mxdp_prefix key;

	if (!pass)
		return;
	if (!is_answered(action)) {
		end(pass);
		return;
	}
	pass->action = action;
	if (!mxdp_verdict_match(contacts->maps, client, &key, &verdict))
		pass->text = verdict.text;
	write_verdict(contacts, pass);
}

void mxdp_contacts_forget(struct mxdp_contacts *contacts, const struct mxdp_prefix *prefix)
{
	for (size_t i = 0; contacts && i < MXDP_CONTACTS_MAX; i++)
		if (mxdp_prefix_contains(prefix, &contacts->passes[i].client))
			end(&contacts->passes[i]);
}

void mxdp_contacts_consulted(struct mxdp_contacts *contacts)
{
	if (contacts)
		contacts->stats.consulted = true;
}

/* The words of the packet path at RCPT. */
static void write_refusal(const struct mxdp_contacts *contacts, const struct pass *pass,
			  char refusal[MXDP_CONTACT_TEXT])
{
	bool temporary =
		pass->action == MXDP_ACTION_TEMPFAIL || contacts->config->mode == MXDP_MODE_SOFT;
	uint32_t index = MXDP_REPLIES_END + pass->text * MXDP_REFUSALS +
			 MXDP_REFUSAL_AT(MXDP_REPLY_AT_DIALOGUE) +
			 (temporary ? MXDP_REFUSAL_TEMPORARY : 0);
	char client[MXDP_ADDRESS_TEXT];
	struct mxdp_reply_text text;

	if (mxdp_reply_text_get(contacts->maps, index, &text) || !text.before_length) {
		snprintf(refusal, MXDP_CONTACT_TEXT, "%s",
			 temporary ? "451 4.7.1 Refused" : "550 5.7.1 Refused");
		return;
	}
	snprintf(refusal, MXDP_CONTACT_TEXT, "%.*s%s%.*s", text.before_length, text.before,
		 text.address ? mxdp_address_format(&pass->client, client) : "", text.after_length,
		 text.after);
}

bool mxdp_contacts_judge(struct mxdp_contacts *contacts, const struct mxdp_address *client,
			 const char *recipient, char refusal[MXDP_CONTACT_TEXT])
{
	const struct pass *pass = contacts ? find(contacts, client) : NULL;

	if (!pass)
		return false;
	refusal[0] = '\0';
	if (!is_contact(contacts->config, recipient))
		write_refusal(contacts, pass, refusal);
	return true;
}

void mxdp_contacts_stats(const struct mxdp_contacts *contacts, struct mxdp_contacts_stats *stats)
{
	uint64_t now_ns = mxdp_boottime_ns();

	*stats = (struct mxdp_contacts_stats){.open = 0};
	if (!contacts)
		return;
	*stats = contacts->stats;
	for (size_t i = 0; i < MXDP_CONTACTS_MAX; i++)
		stats->open += is_open(&contacts->passes[i], now_ns);
}
