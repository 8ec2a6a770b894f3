/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "privileges.h"

#include <errno.h>
#include <ftw.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "userspace/log.h"

#define OPEN_DIRECTORIES 8

/* Attaching, finding out what else is attached, sockets and files in others' directories. */
static const cap_value_t permitted[] = {
	CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON, CAP_SYS_ADMIN, CAP_CHOWN, CAP_DAC_OVERRIDE,
};
#define PERMITTED (sizeof(permitted) / sizeof(permitted[0]))

static bool dropped;

/* For nftw(), which takes no context. */
static uid_t heir_user;
static gid_t heir_group;

/* What is root's there. A file with a second name may be anybody's: it is left alone. */
static int hand_over_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)type;
	(void)place;
	if (status->st_uid || (S_ISREG(status->st_mode) && status->st_nlink > 1))
		return 0;
	if (lchown(path, heir_user, heir_group))
		mxdp_log(MXDP_LOG_WARNING, "cannot give %s to the daemon's user: %s", path,
			 strerror(errno));
	return 0;
}

static void hand_over(const char *directory, const struct passwd *user)
{
	heir_user = user->pw_uid;
	heir_group = user->pw_gid;
	nftw(directory, hand_over_one, OPEN_DIRECTORIES, FTW_PHYS | FTW_MOUNT);
}

/* Permits what is permitted already and on our list; the first `effective` of it in effect. */
static int set_capabilities(size_t effective)
{
	cap_t now = cap_get_proc(), next = cap_init();
	int error = now && next ? 0 : -ENOMEM;

	for (size_t i = 0; i < PERMITTED && !error; i++) {
		cap_flag_value_t has = CAP_CLEAR;

		cap_get_flag(now, permitted[i], CAP_PERMITTED, &has);
		if (has == CAP_CLEAR)
			continue; /* the unit or container may bound them */
		cap_set_flag(next, CAP_PERMITTED, 1, &permitted[i], CAP_SET);
		if (i < effective)
			cap_set_flag(next, CAP_EFFECTIVE, 1, &permitted[i], CAP_SET);
	}
	if (!error && cap_set_proc(next))
		error = -errno;
	cap_free(now);
	cap_free(next);
	return error;
}

static int become(const struct passwd *user)
{
	if (prctl(PR_SET_KEEPCAPS, 1) || initgroups(user->pw_name, user->pw_gid) ||
	    setgid(user->pw_gid) || setuid(user->pw_uid))
		return -errno;
	return set_capabilities(1);
}

int daemon_privileges_drop(const struct mxdp_config *config)
{
	const struct passwd *user;
	int error;

	if (geteuid() || !config->user[0])
		return 0;
	user = getpwnam(config->user);
	if (!user && !strcmp(config->user, MXDP_USER)) {
		mxdp_log(MXDP_LOG_NOTICE,
			 "there is no user " MXDP_USER ": staying root; `make install` makes it");
		return 0;
	}
	if (!user || !user->pw_uid) {
		mxdp_log(MXDP_LOG_ERROR, "user = %s: %s; see `daemon` in %s", config->user,
			 user ? "is root" : "there is no such user", config->path);
		return -EINVAL;
	}
	hand_over(config->state_directory, user);
	hand_over(config->pin_directory, user);
	error = become(user);
	if (error) {
		mxdp_log(MXDP_LOG_ERROR, "cannot become the user %s: %s", config->user,
			 strerror(-error));
		return error;
	}
	dropped = true;
	return 0;
}

static void change_to(size_t effective)
{
	int error = dropped ? set_capabilities(effective) : 0;

	if (error)
		mxdp_log_limited(MXDP_LOG_ERROR, "cannot change the capabilities: %s",
				 strerror(-error));
}

void daemon_privileges_raise(void)
{
	change_to(PERMITTED);
}

void daemon_privileges_lower(void)
{
	change_to(1);
}
