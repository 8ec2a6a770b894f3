/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "places.h"

#include <string.h>
#include <strings.h>

/* The beginning of a setting (`name =`) or section (`name {`, `name "title" {`). */
struct head {
	const char *name;
	const char *title; /* NULL: none */
	bool section;
};

static bool is_mark(const struct mxdp_source *source, size_t word, char mark)
{
	return word < source->count && source->words[word].kind == MXDP_WORD_MARK &&
	       *source->words[word].text == mark;
}

/* From just inside the section to its closing brace; the whole file has neither. */
static size_t begin_of(size_t open)
{
	return open == MXDP_WORD_NONE ? 0 : open + 1;
}

static size_t end_of(const struct mxdp_source *source, size_t open)
{
	return open == MXDP_WORD_NONE ? source->count : source->words[open].match;
}

static bool read_head(const struct mxdp_source *source, size_t word, struct head *head)
{
	if (source->words[word].kind == MXDP_WORD_MARK)
		return false;
	*head = (struct head){.name = source->words[word].text};
	if (is_mark(source, word + 1, '='))
		return true;
	head->section = true;
	if (is_mark(source, word + 1, '{'))
		return true;
	if (!is_mark(source, word + 2, '{') || source->words[word + 1].kind == MXDP_WORD_MARK)
		return false;
	head->title = source->words[word + 1].text;
	return true;
}

/* The first word after the setting or section that begins here. */
static size_t after_head(const struct mxdp_source *source, size_t word, const struct head *head)
{
	size_t last = word + 2;

	if (head->section)
		last = head->title ? word + 2 : word + 1;
	return is_mark(source, last, '{') ? source->words[last].match + 1 : last + 1;
}

size_t mxdp_source_opening(const struct mxdp_source *source, size_t close)
{
	return is_mark(source, close, '}') ? source->words[close].match : MXDP_WORD_NONE;
}

static size_t find_key(const struct mxdp_source *source, size_t open, const char *name)
{
	const size_t end = end_of(source, open);
	struct head head;

	for (size_t i = begin_of(open); i < end;) {
		if (!read_head(source, i, &head)) {
			i++;
			continue;
		}
		if (!head.section && strcmp(head.name, name) == 0)
			return i;
		i = after_head(source, i, &head);
	}
	return open;
}

size_t mxdp_source_value(const struct mxdp_source *source, size_t open, const char *name,
			 size_t index)
{
	const size_t key = find_key(source, open, name);
	size_t end;

	if (key == open || !is_mark(source, key + 2, '{'))
		return key == open || index > 0 ? key : key + 2;
	end = source->words[key + 2].match;
	for (size_t i = key + 3; i < end; i++)
		if (source->words[i].kind != MXDP_WORD_MARK && index-- == 0)
			return i;
	return key;
}

static int section_crowd(const struct mxdp_source *source, size_t open, char *error,
			 size_t error_size)
{
	const size_t end = end_of(source, open);
	unsigned int count = 0;
	struct head head;
	int fault = 0;

	for (size_t i = begin_of(open); i < end && fault == 0;) {
		if (!read_head(source, i, &head)) {
			i++;
			continue;
		}
		if (++count > MXDP_SOURCE_HEADS_MAX)
			return mxdp_source_fault(source, i, error, error_size,
						 "%.60s is one too many: %d keys and sections at "
						 "most may stand in one section; remove some",
						 head.name, MXDP_SOURCE_HEADS_MAX);
		if (head.section)
			fault = section_crowd(source, i + (head.title ? 2 : 1), error, error_size);
		i = after_head(source, i, &head);
	}
	return fault;
}

int mxdp_source_crowds(const struct mxdp_source *source, char *error, size_t error_size)
{
	return section_crowd(source, MXDP_WORD_NONE, error, error_size);
}

static bool same_head(const struct head *a, const struct head *b)
{
	if (a->section != b->section || strcmp(a->name, b->name) != 0)
		return false;
	if (!a->title || !b->title)
		return a->title == b->title;
	return strcasecmp(a->title, b->title) == 0;
}

/* Compares what begins at `word` with everything that follows in the same section. */
static size_t find_twin(const struct mxdp_source *source, size_t word, size_t end)
{
	struct head first, other;

	read_head(source, word, &first);
	for (size_t i = after_head(source, word, &first); i < end;) {
		if (!read_head(source, i, &other)) {
			i++;
			continue;
		}
		if (same_head(&first, &other))
			return i;
		i = after_head(source, i, &other);
	}
	return MXDP_WORD_NONE;
}

/* A title is not repeated in the message: a zone's name may hold a customer's key. */
static int twin_fault(const struct mxdp_source *source, size_t first, size_t twin, char *error,
		      size_t error_size)
{
	const struct mxdp_word *words = source->words;
	const bool titled = words[first + 1].kind != MXDP_WORD_MARK;

	return mxdp_source_fault(source, twin, error, error_size,
				 "%s%s is given twice, first in %s line %d; keep one of them",
				 words[first].text, titled ? " of this title" : "",
				 source->files[words[first].file], words[first].line);
}

static int section_duplicates(const struct mxdp_source *source, size_t open, char *error,
			      size_t error_size)
{
	const size_t end = end_of(source, open);
	struct head head;
	int fault = 0;

	for (size_t i = begin_of(open); i < end && fault == 0;) {
		size_t twin;

		if (!read_head(source, i, &head)) {
			i++;
			continue;
		}
		if (source->words[i].kind == MXDP_WORD_QUOTED)
			return mxdp_source_fault(source, i, error, error_size,
						 "a key stands in quotes; remove them");
		twin = find_twin(source, i, end);
		if (twin != MXDP_WORD_NONE)
			return twin_fault(source, i, twin, error, error_size);
		if (head.section)
			fault = section_duplicates(source, i + (head.title ? 2 : 1), error,
						   error_size);
		i = after_head(source, i, &head);
	}
	return fault;
}

int mxdp_source_duplicates(const struct mxdp_source *source, char *error, size_t error_size)
{
	return section_duplicates(source, MXDP_WORD_NONE, error, error_size);
}
