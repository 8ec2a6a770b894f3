/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "texts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ADDRESS_MAX 39 /* an IPv6 address in words */
#define CRLF        2
#define EXPANDED    1024
#define MARK        '\1' /* stands for {address} while the text is put together */

static const char *const common[] = {
#define TEXT(name, text) text,
	MXDP_REPLIES(TEXT)
#undef TEXT
};

/* RFC 3463 3.8: security or policy; the class and the place decide the code (RFC 5321 4.2.2). */
static const char *const codes[MXDP_REFUSALS] = {
	"554 5.7.1", "421 4.7.1", "550 5.7.1", "450 4.7.1", "550 5.7.1", "451 4.7.1",
};

struct sentence {
	char bytes[EXPANDED];
	size_t length;
	bool full;
};

static void add_byte(struct sentence *sentence, char byte)
{
	if (sentence->length + 1 < sizeof(sentence->bytes))
		sentence->bytes[sentence->length++] = byte;
	else
		sentence->full = true;
}

static void add(struct sentence *sentence, const char *text)
{
	while (*text)
		add_byte(sentence, *text++);
}

/* What a word in braces stands for: a template's part. */
struct word {
	const char *name;
	const char *value;
};

/* Copies `text`, with the words filled in, of which the values are taken as they are. */
static void fill(struct sentence *sentence, const char *text, const struct word *words)
{
	while (*text) {
		const struct word *word = words;

		while (word->name && strncmp(text, word->name, strlen(word->name)) != 0)
			word++;
		if (!word->name) {
			add_byte(sentence, *text++);
			continue;
		}
		add(sentence, word->value);
		text += strlen(word->name);
	}
}

static void expand(const struct mxdp_reply_template *template, const char *reason,
		   struct sentence *sentence)
{
	static const char mark[] = {MARK, '\0'};
	const struct word in_url[] = {{"{address}", mark}, {NULL, NULL}};
	struct sentence url = {.length = 0};
	const char *text = template->text;

	fill(&url, template->url ? template->url : "", in_url);
	const struct word words[] = {
		{"{reason}", reason},
		{"{url}", url.bytes},
		{"{contact}", template->contact ? template->contact : ""},
		{"{address}", mark},
		{NULL, NULL},
	};
	if (text && *text) {
		fill(sentence, text, words);
		return;
	}
	fill(sentence,
	     url.length ? "Blocked by {reason}, see {url}" : "{address} blocked by {reason}",
	     words);
	if (template->contact && *template->contact)
		fill(sentence, ", or mail {contact}", words);
}

/* Divides the sentence at the address. */
static int divide(const struct sentence *sentence, struct mxdp_reply_text *text,
		  char fault[MXDP_REPLY_FAULT])
{
	const char *mark = strchr(sentence->bytes, MARK);
	size_t before = mark ? (size_t)(mark - sentence->bytes) : sentence->length;
	const char *rest = mark ? mark + 1 : "";
	size_t after = strlen(rest), most = before + after + (mark ? ADDRESS_MAX : 0) + CRLF;

	if (strchr(rest, MARK)) {
		snprintf(fault, MXDP_REPLY_FAULT,
			 "names the client's address twice; once is enough");
		return -EINVAL;
	}
	if (sentence->full || most > MXDP_REPLY_TEXT_MAX) {
		snprintf(fault, MXDP_REPLY_FAULT,
			 "is %zu characters too long when all is filled in: \"%.60s...\"; shorten "
			 "it",
			 most - MXDP_REPLY_TEXT_MAX, sentence->bytes);
		return -EINVAL;
	}
	*text = (struct mxdp_reply_text){
		.before_length = (__u8)before,
		.after_length = (__u8)after,
		.address = mark != NULL,
	};
	memcpy(text->before, sentence->bytes, before);
	memcpy(text->after, rest, after);
	return 0;
}

int mxdp_reply_common(const struct mxdp_reply_template *template, unsigned int index,
		      struct mxdp_reply_text *text, char fault[MXDP_REPLY_FAULT])
{
	const struct word words[] = {{"@", template->name}, {NULL, NULL}};
	struct sentence sentence = {.length = 0};

	if (index >= MXDP_REPLIES_END)
		return -EINVAL;
	fill(&sentence, common[index], words);
	return divide(&sentence, text, fault);
}

int mxdp_reply_refusal(const struct mxdp_reply_template *template, const char *reason,
		       unsigned int which, struct mxdp_reply_text *text,
		       char fault[MXDP_REPLY_FAULT])
{
	struct sentence sentence = {.length = 0};

	if (which >= MXDP_REFUSALS)
		return -EINVAL;
	add(&sentence, codes[which]);
	add_byte(&sentence, ' ');
	expand(template, reason, &sentence);
	for (size_t i = 0; i < sentence.length; i++)
		if (sentence.bytes[i] != MARK &&
		    (sentence.bytes[i] < ' ' || sentence.bytes[i] > '~')) {
			snprintf(fault, MXDP_REPLY_FAULT,
				 "holds a character that SMTP forbids; write printable ASCII");
			return -EINVAL;
		}
	return divide(&sentence, text, fault);
}
