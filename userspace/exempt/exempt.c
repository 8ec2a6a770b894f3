/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exempt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "source.h"
#include "userspace/log.h"

struct mxdp_exempt {
	uv_loop_t *loop;
	const struct mxdp_maps *maps;
	struct mxdp_spf_lookup lookup;
	struct exempt_source *sources;
};

/* The map becomes the union of all sources, once each of them was tried. */
static void publish(void *context)
{
	struct mxdp_exempt *exempt = context;
	struct mxdp_prefix *prefixes;
	struct exempt_source *source;
	size_t count = 0;
	int error;

	LL_FOREACH(exempt->sources, source)
	{
		/* cppcheck-suppress uninitvar ; LL_FOREACH sets it */
		if (!source->tried)
			return;
		count += source->count;
	}
	if (!exempt->maps)
		return;
	prefixes = calloc(count ? count : 1, sizeof(*prefixes));
	count = 0;
	LL_FOREACH(exempt->sources, source)
	{
		if (prefixes && source->count)
			memcpy(prefixes + count, source->prefixes,
			       source->count * sizeof(*prefixes));
		count += source->count;
	}
	error = prefixes ? mxdp_set_replace(exempt->maps, MXDP_SET_EXEMPT, prefixes, count)
			 : -ENOMEM;
	free(prefixes);
	if (error)
		mxdp_log(MXDP_LOG_ERROR,
			 "the exempt map does not take its %zu ranges: %s; the earlier ones stay "
			 "in force; name fewer domains in spf_allow",
			 count, strerror(-error));
}

static struct exempt_source *find(const struct mxdp_exempt *exempt, const char *domain,
				  enum exempt_kind kind)
{
	struct exempt_source *source;

	LL_FOREACH(exempt->sources, source)
	/* cppcheck-suppress uninitvar ; LL_FOREACH sets it */
	if (source->kind == kind && strcasecmp(source->domain, domain) == 0)
		return source;
	return NULL;
}

static int want(struct mxdp_exempt *exempt, const char *domain, enum exempt_kind kind,
		bool optional)
{
	struct exempt_source *source = find(exempt, domain, kind);

	if (!source) {
		source = mxdp_exempt_source_new(exempt->loop, &exempt->lookup, domain, kind,
						optional, publish, exempt);
		if (!source)
			return -ENOMEM;
		LL_APPEND(exempt->sources, source);
	}
	source->wanted = true;
	source->optional = optional;
	return 0;
}

int mxdp_exempt_configure(struct mxdp_exempt *exempt, const struct mxdp_config *config)
{
	struct exempt_source *source, *next;
	int error = 0;

	LL_FOREACH(exempt->sources, source)
	source->wanted = false;
	for (size_t i = 0; i < config->partner_count && !error; i++) {
		error = want(exempt, config->partners[i], EXEMPT_SPF, true);
		if (!error)
			error = want(exempt, config->partners[i], EXEMPT_MX, false);
	}
	for (size_t i = 0; i < config->spf_allow_count && !error; i++)
		error = want(exempt, config->spf_allow[i], EXEMPT_SPF, false);
	LL_FOREACH_SAFE(exempt->sources, source, next)
	{
		if (source->wanted || error)
			continue;
		LL_DELETE(exempt->sources, source);
		mxdp_exempt_source_free(source);
	}
	publish(exempt);
	return error;
}

int mxdp_exempt_new(uv_loop_t *loop, const struct mxdp_maps *maps,
		    const struct mxdp_spf_lookup *lookup, const struct mxdp_config *config,
		    struct mxdp_exempt **out)
{
	struct mxdp_exempt *exempt = calloc(1, sizeof(*exempt));
	int error;

	if (!exempt)
		return -ENOMEM;
	exempt->loop = loop;
	exempt->maps = maps;
	exempt->lookup = *lookup;
	error = mxdp_exempt_configure(exempt, config);
	if (error)
		mxdp_exempt_free(exempt);
	else
		*out = exempt;
	return error;
}

void mxdp_exempt_free(struct mxdp_exempt *exempt)
{
	struct exempt_source *source, *next;

	if (!exempt)
		return;
	LL_FOREACH_SAFE(exempt->sources, source, next)
	mxdp_exempt_source_free(source);
	free(exempt);
}

void mxdp_exempt_refresh(struct mxdp_exempt *exempt)
{
	struct exempt_source *source;

	LL_FOREACH(exempt->sources, source)
	mxdp_exempt_source_ask(source);
}

/* The prefixes are sorted and apart: only the last one that begins at or before it can hold it. */
static bool holds(const struct exempt_source *source, const struct mxdp_address *client)
{
	size_t low = 0, high = source->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (memcmp(source->prefixes[middle].address.bytes, client->bytes,
			   sizeof(client->bytes)) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && mxdp_prefix_contains(&source->prefixes[low - 1], client);
}

bool mxdp_exempt_match(const struct mxdp_exempt *exempt, const struct mxdp_address *client,
		       char text[MXDP_EXEMPT_TEXT])
{
	struct exempt_source *source;

	if (!exempt)
		return false;
	LL_FOREACH(exempt->sources, source)
	{
		/* cppcheck-suppress uninitvar ; LL_FOREACH sets it */
		if (!holds(source, client))
			continue;
		mxdp_exempt_source_text(source, text);
		return true;
	}
	return false;
}

bool mxdp_exempt_source(const struct mxdp_exempt *exempt, size_t index,
			struct mxdp_exempt_source *out)
{
	struct exempt_source *source = exempt ? exempt->sources : NULL;

	while (source && index-- > 0)
		source = source->next;
	if (!source)
		return false;
	*out = (struct mxdp_exempt_source){
		.prefixes = source->count, .tried = source->tried, .failing = source->failing};
	mxdp_exempt_source_text(source, out->text);
	return true;
}
