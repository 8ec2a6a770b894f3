/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "read.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "places.h"
#include "schema.h"
#include "values.h"

#define MESSAGE_BYTES 384

static size_t opening_of(const struct mxdp_reading *reading, const cfg_t *section)
{
	if (section == reading->tree || section->line <= 0)
		return MXDP_WORD_NONE;
	return mxdp_source_opening(reading->source, (size_t)section->line - 1);
}

int mxdp_reading_fault(const struct mxdp_reading *reading, cfg_t *section, const char *key,
		       size_t index, const char *format, ...)
{
	const size_t open = opening_of(reading, section);
	char text[MESSAGE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return mxdp_source_fault(reading->source,
				 mxdp_source_value(reading->source, open, key, index),
				 reading->error, reading->error_size, "%s %s", key, text);
}

int mxdp_reading_section_fault(const struct mxdp_reading *reading, cfg_t *section,
			       const char *format, ...)
{
	char text[MESSAGE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return mxdp_source_fault(reading->source, opening_of(reading, section), reading->error,
				 reading->error_size, "%s", text);
}

int mxdp_reading_memory(const struct mxdp_reading *reading)
{
	snprintf(reading->error, reading->error_size, "%s: memory is out; nothing was changed",
		 reading->source->files[0]);
	return -ENOMEM;
}

static int range_fault(const struct mxdp_reading *reading, cfg_t *section,
		       const struct mxdp_setting *set, const char *text)
{
	return mxdp_reading_fault(reading, section, set->key, 0,
				  "= %.60s is out of range; write a value from %s", text,
				  set->range);
}

/* A number or a duration, judged by its range and stored in the field's own type. */
static int read_quantity(const struct mxdp_reading *reading, cfg_t *section,
			 const struct mxdp_setting *set, const char *text, void *field)
{
	const bool duration =
		set->kind == MXDP_SETTING_MILLISECONDS || set->kind == MXDP_SETTING_SECONDS;
	const char *fault = NULL;
	double value = 0;
	unsigned int whole;
	int error;

	error = duration ? mxdp_value_duration(text, &value, &fault)
			 : mxdp_value_number(text, &value, &fault);
	if (error)
		return mxdp_reading_fault(reading, section, set->key, 0, "= %.60s %s", text, fault);
	if (set->kind == MXDP_SETTING_SECONDS)
		value /= 1000.0;
	if (value < set->least || value > set->most)
		return range_fault(reading, section, set, text);
	if (set->kind == MXDP_SETTING_NUMBER) {
		memcpy(field, &value, sizeof(value));
		return 0;
	}
	whole = (unsigned int)value;
	if ((double)whole != value)
		return mxdp_reading_fault(reading, section, set->key, 0,
					  "= %.60s is not whole; write it without the fraction",
					  text);
	if (set->kind == MXDP_SETTING_SIZE) {
		const size_t size = whole;

		memcpy(field, &size, sizeof(size));
	} else {
		memcpy(field, &whole, sizeof(whole));
	}
	return 0;
}

static int read_choice(const struct mxdp_reading *reading, cfg_t *section,
		       const struct mxdp_setting *set, const char *text, void *field)
{
	char known[160] = "";
	size_t used = 0;

	for (const struct mxdp_choice *choice = set->choices; choice->text; choice++) {
		if (strcmp(choice->text, text) == 0 && choice->refusal)
			return mxdp_reading_fault(reading, section, set->key, 0, "= %s %s", text,
						  choice->refusal);
		if (strcmp(choice->text, text) == 0) {
			memcpy(field, &choice->number, sizeof(choice->number));
			return 0;
		}
		if (!choice->refusal && used < sizeof(known))
			used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
						 used ? ", " : "", choice->text);
	}
	return mxdp_reading_fault(reading, section, set->key, 0,
				  "= %.60s is not known; write one of %s", text, known);
}

static int read_text(const struct mxdp_reading *reading, cfg_t *section,
		     const struct mxdp_setting *set, const char *text, char **field)
{
	const char *fault;

	if (*text == '\0' && (set->kind == MXDP_SETTING_TEXT || (set->initial && !*set->initial)))
		return 0;
	if ((set->kind == MXDP_SETTING_PATH && mxdp_value_path(text, &fault) < 0) ||
	    (set->kind == MXDP_SETTING_SOCKET && mxdp_value_socket(text, &fault) < 0) ||
	    (set->kind == MXDP_SETTING_LISTEN && mxdp_value_listen(text, &fault) < 0))
		return mxdp_reading_fault(reading, section, set->key, 0, "= %.100s %s", text,
					  fault);
	*field = strdup(text);
	return *field ? 0 : mxdp_reading_memory(reading);
}

static int read_setting(const struct mxdp_reading *reading, cfg_t *section,
			const struct mxdp_setting *set, const char *text, void *base)
{
	void *field = (char *)base + set->offset;
	const char *fault;
	bool yes;

	switch (set->kind) {
	case MXDP_SETTING_MILLISECONDS:
	case MXDP_SETTING_SECONDS:
	case MXDP_SETTING_COUNT:
	case MXDP_SETTING_SIZE:
	case MXDP_SETTING_NUMBER:
		return read_quantity(reading, section, set, text, field);
	case MXDP_SETTING_CHOICE:
		return read_choice(reading, section, set, text, field);
	case MXDP_SETTING_PATH:
	case MXDP_SETTING_TEXT:
	case MXDP_SETTING_SOCKET:
	case MXDP_SETTING_LISTEN:
		return read_text(reading, section, set, text, field);
	case MXDP_SETTING_BOOLEAN:
		break;
	}
	if (mxdp_value_boolean(text, &yes, &fault) < 0)
		return mxdp_reading_fault(reading, section, set->key, 0, "= %.60s %s", text, fault);
	memcpy(field, &yes, sizeof(yes));
	return 0;
}

/* With `own`, the keys of that section, whatever the table says; else of the table's sections. */
static int read_table(const struct mxdp_reading *reading, const struct mxdp_setting *table,
		      cfg_t *own, void *base)
{
	for (const struct mxdp_setting *set = table; set->key; set++) {
		cfg_t *section = own            ? own
				 : set->section ? cfg_getsec(reading->tree, set->section)
						: reading->tree;
		int error;

		if (cfg_size(section, set->key) == 0)
			continue;
		error = read_setting(reading, section, set, cfg_getstr(section, set->key), base);
		if (error)
			return error;
	}
	return 0;
}

int mxdp_read_settings(const struct mxdp_reading *reading)
{
	return read_table(reading, mxdp_settings_table, NULL, reading->config);
}

int mxdp_read_section(const struct mxdp_reading *reading, const struct mxdp_setting *table,
		      cfg_t *section, void *base)
{
	return read_table(reading, table, section, base);
}
