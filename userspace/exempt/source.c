/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "userspace/log.h"

/* Seconds between two refreshes, whatever the TTL says. */
#define TTL_MIN     300
#define TTL_MAX     86400
#define RETRY_AFTER 300 /* after one that failed */
#define PATIENCE_MS 60000

void mxdp_exempt_source_text(const struct exempt_source *source, char text[MXDP_EXEMPT_TEXT])
{
	snprintf(text, MXDP_EXEMPT_TEXT, "%.255s's %s", source->domain,
		 source->kind == EXEMPT_SPF ? "SPF" : "MX");
}

static void on_timer(uv_timer_t *timer)
{
	mxdp_exempt_source_ask(timer->data);
}

/* The attempt is over; the next one after `seconds`. */
static void finish(struct exempt_source *source, bool failed, uint32_t seconds)
{
	if (seconds < TTL_MIN)
		seconds = TTL_MIN;
	if (seconds > TTL_MAX)
		seconds = TTL_MAX;
	if (failed)
		seconds = RETRY_AFTER;
	source->tried = true;
	source->failing = failed;
	uv_timer_start(&source->timer, on_timer, seconds * 1000ULL, 0);
	source->refreshed(source->context);
}

static void fail(struct exempt_source *source, const char *why)
{
	char text[MXDP_EXEMPT_TEXT];

	mxdp_exempt_source_text(source, text);
	mxdp_log(MXDP_LOG_WARNING,
		 "exempt: %s cannot be read: %s; its %zu ranges of earlier stay in force", text,
		 why, source->count);
	finish(source, true, 0);
}

static void keep(struct exempt_source *source, const struct mxdp_prefix *prefixes, size_t count,
		 uint32_t ttl)
{
	struct mxdp_prefix *copy = calloc(count ? count : 1, sizeof(*copy));

	if (!copy) {
		fail(source, "memory is out");
		return;
	}
	if (count)
		memcpy(copy, prefixes, count * sizeof(*copy));
	free(source->prefixes);
	source->prefixes = copy;
	source->count = count;
	finish(source, false, ttl);
}

static void on_ranges(void *context, const struct mxdp_spf_ranges *ranges)
{
	struct exempt_source *source = context;

	source->walk = NULL;
	/* Once is enough: a record's warnings are the same at each refresh. */
	for (size_t i = 0;
	     !source->tried && i < ranges->warning_count && i < MXDP_SPF_RANGES_WARNINGS; i++)
		mxdp_log(MXDP_LOG_WARNING, "exempt: %s's SPF: %s", source->domain,
			 ranges->warnings[i]);
	if (ranges->error == -ENOENT && source->optional)
		keep(source, NULL, 0, TTL_MAX);
	else if (ranges->error)
		fail(source, ranges->fault);
	else
		keep(source, ranges->prefixes, ranges->count, ranges->ttl);
}

/* Goes over the answers so far and asks for what is missing. */
static void look_at_hosts(void *context)
{
	struct exempt_source *source = context;
	struct exempt_hosts hosts;

	do {
		if (!mxdp_exempt_hosts_walk(source->domain, source->memo, &hosts))
			continue;
		mxdp_spf_memo_free(source->memo);
		source->memo = NULL;
		if (hosts.error)
			fail(source, hosts.error == -ENOENT ? "no such domain" : "DNS fails");
		else
			keep(source, hosts.prefixes, hosts.count, hosts.ttl);
		return;
	} while (mxdp_spf_memo_ask(source->memo) == 0);
}

void mxdp_exempt_source_ask(struct exempt_source *source)
{
	if (source->walk || source->memo)
		return;
	uv_timer_stop(&source->timer);
	if (source->kind == EXEMPT_SPF) {
		source->walk = mxdp_spf_ranges_start(source->loop, &source->lookup, source->domain,
						     PATIENCE_MS, on_ranges, source);
	} else {
		source->memo = mxdp_spf_memo_new(&source->lookup, look_at_hosts, source);
		if (source->memo)
			look_at_hosts(source);
	}
	if (!source->walk && !source->memo)
		fail(source, "memory is out");
}

struct exempt_source *mxdp_exempt_source_new(uv_loop_t *loop, const struct mxdp_spf_lookup *lookup,
					     const char *domain, enum exempt_kind kind,
					     bool optional, void (*refreshed)(void *context),
					     void *context)
{
	struct exempt_source *source = calloc(1, sizeof(*source));

	if (!source)
		return NULL;
	source->domain = strdup(domain);
	if (!source->domain) {
		free(source);
		return NULL;
	}
	source->kind = kind;
	source->optional = optional;
	source->loop = loop;
	source->lookup = *lookup;
	source->refreshed = refreshed;
	source->context = context;
	uv_timer_init(loop, &source->timer);
	source->timer.data = source;
	uv_timer_start(&source->timer, on_timer, 0, 0);
	return source;
}

static void on_closed(uv_handle_t *handle)
{
	struct exempt_source *source = handle->data;

	free(source->domain);
	free(source->prefixes);
	free(source);
}

void mxdp_exempt_source_free(struct exempt_source *source)
{
	if (source->walk)
		mxdp_spf_ranges_cancel(source->walk);
	mxdp_spf_memo_free(source->memo);
	uv_close((uv_handle_t *)&source->timer, on_closed);
}
