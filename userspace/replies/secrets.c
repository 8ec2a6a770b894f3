/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "secrets.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

/* The old secret's last cookies are accepted for two epochs more. */
#define LAST_USE_EPOCHS 2

static int make_secret(const struct mxdp_maps *maps, uint32_t slot, uint64_t generation)
{
	struct mxdp_cookie_secret secret = {.generation = generation};

	if (getrandom(secret.key, sizeof(secret.key), 0) != sizeof(secret.key))
		return -EIO;
	return mxdp_cookie_secret_set(maps, slot, &secret);
}

static bool is_missing(const struct mxdp_cookie_secret *secret)
{
	return !secret->key[0] && !secret->key[1];
}

int mxdp_secrets_refresh(const struct mxdp_maps *maps, uint64_t now_ns)
{
	uint64_t epoch = now_ns >> MXDP_EPOCH_SHIFT;
	uint64_t generation = epoch >> MXDP_SECRET_EPOCHS_SHIFT;
	uint64_t into = epoch & ((1U << MXDP_SECRET_EPOCHS_SHIFT) - 1);
	uint32_t slot = generation % MXDP_SECRETS, next = (generation + 1) % MXDP_SECRETS;
	struct mxdp_cookie_secret secret;
	int error = mxdp_cookie_secret_get(maps, slot, &secret);

	if (!error && is_missing(&secret))
		error = make_secret(maps, slot, generation);
	if (!error)
		error = mxdp_cookie_secret_get(maps, next, &secret);
	if (error)
		return error;
	if (is_missing(&secret) || (into >= LAST_USE_EPOCHS && secret.generation != generation + 1))
		return make_secret(maps, next, generation + 1);
	return 0;
}
