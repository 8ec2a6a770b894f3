/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rsync by the system's program, without a shell. */
#include "private.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 50

static int spawn(const struct mxdp_fetch *fetch, pid_t *pid)
{
	char size[48], timeout[32];
	char *arguments[] = {
		"rsync", "--times", "--no-motd",        "--quiet",         timeout,
		size,    "--",      (char *)fetch->url, (char *)fetch->to, NULL,
	};
	char *environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", NULL};

	snprintf(size, sizeof(size), "--max-size=%llu", (unsigned long long)fetch->size_max);
	snprintf(timeout, sizeof(timeout), "--timeout=%u", fetch->timeout);
	return -posix_spawnp(pid, "rsync", NULL, NULL, arguments, environment);
}

/* Waits no longer than the transfer may take. Returns the exit status, or a negative errno. */
static int await(const struct mxdp_fetch *fetch, pid_t pid)
{
	const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
	unsigned long looks = fetch->timeout * 1000ul / LOOK_MS;
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (!looks-- || atomic_load(fetch->stop)) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -ETIMEDOUT;
		}
		nanosleep(&pause, NULL);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ECHILD;
}

enum mxdp_fetch_result mxdp_fetch_rsync(struct mxdp_fetch *fetch, char fault[MXDP_FETCH_FAULT])
{
	struct stat file = {0};
	pid_t pid = 0;
	int result;

	/* A file left from an earlier transfer would look like this one's. */
	unlink(fetch->to);
	result = spawn(fetch, &pid);
	if (!result)
		result = await(fetch, pid);
	if (result == -ENOENT)
		snprintf(fault, MXDP_FETCH_FAULT, "there is no rsync here; install it");
	else if (result < 0)
		snprintf(fault, MXDP_FETCH_FAULT, "rsync: %s", strerror(-result));
	else if (result > 0)
		snprintf(fault, MXDP_FETCH_FAULT,
			 "rsync ends with status %d (rsync(1) tells which)", result);
	else if (stat(fetch->to, &file))
		snprintf(fault, MXDP_FETCH_FAULT,
			 "rsync brought nothing: it is larger than size_max, or no file");
	else if (file.st_mtim.tv_sec == fetch->version.modified)
		return MXDP_FETCH_UNCHANGED;
	if (fault[0])
		return MXDP_FETCH_FAILED;
	fetch->version.etag[0] = '\0';
	fetch->version.modified = file.st_mtim.tv_sec;
	return MXDP_FETCH_NEW;
}
