/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a path means can change in every directory on its way. So the path is walked as the kernel
 * walks it, and each directory that a component was looked up in is watched for that name; the walk
 * ends at the file or at the first thing that is missing.
 */
#include "watch.h"

#include <errno.h>
#include <linux/limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define PLACES_MAX 24  /* directories on the way */
#define LINKS_MAX  40  /* as the kernel has it */
#define FIRST_MS   10  /* from an event to the look */
#define GROW_MS    600 /* one that only grows is not waited for any longer */
#define SETTLE_MS  200 /* a file that looks the same for so long is not being written */
#define POLL_MS    1000
#define SAFETY_MS  10000 /* between looks that should find nothing new */
#define CIFS_MAGIC 0xff534d42
#define FUSE_MAGIC 0x65735546

/* What tells that a file has changed. */
struct state {
	uint64_t device, inode, size;
	int64_t seconds, nanoseconds; /* of its latest change */
};

/* A directory, and the name in it that matters. */
struct place {
	uv_fs_event_t handle;
	struct mxdp_watch *watch;
	char directory[PATH_MAX];
	char name[NAME_MAX + 1];
};

struct mxdp_watch {
	uv_timer_t timer;
	struct place *places[PLACES_MAX]; /* made when they are first needed */
	size_t count;                     /* of these in use */
	size_t open_handles;
	mxdp_watch_fn changed;
	void *context;
	struct state last, told;
	uint64_t since; /* by the loop's clock: it was quiet, or told while it grew */
	bool armed, settling, begun;
	bool grows;   /* since it was quiet it has got no smaller, and is the same file */
	bool growing; /* it was told so */
	char path[PATH_MAX];
};

static struct state state_of(const char *path)
{
	struct stat file;

	if (stat(path, &file))
		return (struct state){0};
	return (struct state){
		.device = file.st_dev,
		.inode = file.st_ino,
		.size = (uint64_t)file.st_size,
		.seconds = file.st_ctim.tv_sec,
		.nanoseconds = file.st_ctim.tv_nsec,
	};
}

static bool same_state(const struct state *a, const struct state *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* ---- the walk ---- */

/* A walk under way; both are paths that fit PATH_MAX. */
struct walk {
	char reached[PATH_MAX]; /* a directory, "" is the root */
	char rest[PATH_MAX];
	unsigned int links;
};

static void on_closed(uv_handle_t *handle)
{
	struct place *place = handle->data;
	struct mxdp_watch *watch = place->watch;

	free(place);
	if (--watch->open_handles == 0)
		free(watch);
}

/* The next place to be used. */
static struct place *next_place(struct mxdp_watch *watch)
{
	struct place *place;

	if (watch->count == PLACES_MAX)
		return NULL;
	if (!watch->places[watch->count]) {
		place = calloc(1, sizeof(*place));
		if (!place || uv_fs_event_init(watch->timer.loop, &place->handle)) {
			free(place);
			return NULL;
		}
		place->watch = watch;
		place->handle.data = place;
		watch->places[watch->count] = place;
		watch->open_handles++;
	}
	return watch->places[watch->count++];
}

static int add_place(struct mxdp_watch *watch, const char *directory, const char *name)
{
	struct place *place = next_place(watch);

	if (!place)
		return -ENOMEM;
	if (snprintf(place->directory, sizeof(place->directory), "%s",
		     *directory ? directory : "/") >= (int)sizeof(place->directory) ||
	    snprintf(place->name, sizeof(place->name), "%s", name) >= (int)sizeof(place->name))
		return -ENAMETOOLONG;
	return 0;
}

/* Takes the next component off the rest. False when there is none. */
static bool next_name(struct walk *walk, char name[NAME_MAX + 1])
{
	char *start = walk->rest + strspn(walk->rest, "/");
	size_t length = strcspn(start, "/");

	if (!length || length > NAME_MAX)
		return false;
	memcpy(name, start, length);
	name[length] = '\0';
	memmove(walk->rest, start + length, strlen(start + length) + 1);
	return true;
}

/* Goes on where the link leads. */
static int follow(struct walk *walk, const char *link)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t length = readlink(link, target, sizeof(target) - 1);

	if (length < 0)
		return -errno;
	target[length] = '\0';
	memcpy(rest, walk->rest, sizeof(rest));
	if (++walk->links > LINKS_MAX)
		return -ELOOP;
	if (snprintf(walk->rest, sizeof(walk->rest), "%s%s", target, rest) >=
	    (int)sizeof(walk->rest))
		return -ENAMETOOLONG;
	if (target[0] == '/')
		walk->reached[0] = '\0';
	return 0;
}

/* One component. Returns 1 when the walk goes on, 0 at its end, or a negative errno. */
static int step(struct mxdp_watch *watch, struct walk *walk)
{
	char name[NAME_MAX + 1], path[PATH_MAX + NAME_MAX + 2];
	struct stat file;
	int error;

	if (!next_name(walk, name))
		return 0;
	if (strcmp(name, ".") == 0)
		return 1;
	if (strcmp(name, "..") == 0) {
		char *slash = strrchr(walk->reached, '/');

		if (slash)
			*slash = '\0';
		return 1;
	}
	error = add_place(watch, walk->reached, name);
	if (error)
		return error;
	snprintf(path, sizeof(path), "%s/%s", walk->reached, name);
	if (lstat(path, &file))
		return 0;
	if (S_ISLNK(file.st_mode)) {
		error = follow(walk, path);
		return error ? error : 1;
	}
	if (!S_ISDIR(file.st_mode))
		return 0;
	return snprintf(walk->reached, sizeof(walk->reached), "%s", path) <
			       (int)sizeof(walk->reached)
		       ? 1
		       : -ENAMETOOLONG;
}

/* ---- inotify ---- */

/* Where others can change files without this kernel's knowledge. */
static bool is_remote(const char *directory)
{
	struct statfs system;

	if (statfs(directory, &system))
		return true;
	switch ((uint32_t)system.f_type) {
	case NFS_SUPER_MAGIC:
	case SMB_SUPER_MAGIC:
	case CIFS_MAGIC:
	case SMB2_SUPER_MAGIC:
	case CEPH_SUPER_MAGIC:
	case AFS_SUPER_MAGIC:
	case V9FS_MAGIC:
	case CODA_SUPER_MAGIC:
	case FUSE_MAGIC:
		return true;
	default:
		return false;
	}
}

static const char *base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

static void look_in(struct mxdp_watch *watch, unsigned int ms);

/* A directory that is itself moved or removed goes by its own name. */
static void on_event(uv_fs_event_t *handle, const char *name, int events, int status)
{
	const struct place *place = handle->data;
	struct mxdp_watch *watch = place->watch;

	(void)events;
	if (status)
		watch->armed = false;
	else if (name && strcmp(name, place->name) != 0 &&
		 strcmp(name, base_name(place->directory)) != 0)
		return;
	if (watch->settling)
		return;
	watch->settling = true;
	look_in(watch, FIRST_MS);
}

static void disarm(struct mxdp_watch *watch)
{
	for (size_t i = 0; i < watch->count; i++)
		uv_fs_event_stop(&watch->places[i]->handle);
	watch->count = 0;
	watch->armed = false;
}

static void arm(struct mxdp_watch *watch)
{
	struct walk walk = {.reached = ""};
	int more;

	disarm(watch);
	memcpy(walk.rest, watch->path, sizeof(walk.rest));
	while ((more = step(watch, &walk)) > 0)
		;
	watch->armed = more == 0 && watch->count;
	for (size_t i = 0; i < watch->count && watch->armed; i++) {
		struct place *place = watch->places[i];

		watch->armed = !is_remote(place->directory) &&
			       !uv_fs_event_start(&place->handle, on_event, place->directory, 0);
	}
}

/* ---- looking ---- */

static void tell(struct mxdp_watch *watch, const struct state *now)
{
	watch->begun = true;
	watch->told = *now;
	watch->changed(watch->context, now->inode != 0);
}

/* It has changed since the last look. */
static void wait_for_quiet(struct mxdp_watch *watch, const struct state *before,
			   const struct state *now)
{
	uint64_t time = uv_now(watch->timer.loop);

	if (!watch->settling || !watch->since) {
		watch->since = time;
		watch->grows = true;
	}
	watch->settling = true;
	watch->grows = watch->grows && before->inode && before->inode == now->inode &&
		       before->device == now->device && before->size <= now->size;
	look_in(watch, SETTLE_MS);
	if (!watch->grows || time - watch->since < GROW_MS)
		return;
	watch->since = time;
	watch->growing = true;
	tell(watch, now);
}

/* First the watches, then the file: what changes in between is told by an event. */
static void on_timer(uv_timer_t *timer)
{
	struct mxdp_watch *watch = timer->data;
	struct state before = watch->last, now;
	bool grew = watch->growing;

	arm(watch);
	now = watch->last = state_of(watch->path);
	if (!same_state(&now, &before)) {
		wait_for_quiet(watch, &before, &now);
		return;
	}
	watch->settling = watch->growing = false;
	watch->since = 0;
	look_in(watch, watch->armed ? SAFETY_MS : POLL_MS);
	if (!watch->begun || grew || !same_state(&now, &watch->told))
		tell(watch, &now);
}

static void look_in(struct mxdp_watch *watch, unsigned int ms)
{
	uv_timer_start(&watch->timer, on_timer, ms, 0);
}

int mxdp_watch_new(uv_loop_t *loop, const char *path, mxdp_watch_fn changed, void *context,
		   struct mxdp_watch **out)
{
	struct mxdp_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	if (snprintf(watch->path, sizeof(watch->path), "%s", path) >= (int)sizeof(watch->path)) {
		free(watch);
		return -ENAMETOOLONG;
	}
	watch->changed = changed;
	watch->context = context;
	watch->settling = true;
	uv_timer_init(loop, &watch->timer);
	watch->timer.data = watch;
	watch->open_handles = 1;
	look_in(watch, 0);
	*out = watch;
	return 0;
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct mxdp_watch *watch = handle->data;

	if (--watch->open_handles == 0)
		free(watch);
}

void mxdp_watch_free(struct mxdp_watch *watch)
{
	if (!watch)
		return;
	uv_close((uv_handle_t *)&watch->timer, on_timer_closed);
	for (size_t i = 0; i < PLACES_MAX && watch->places[i]; i++)
		uv_close((uv_handle_t *)&watch->places[i]->handle, on_closed);
}

bool mxdp_watch_exists(const struct mxdp_watch *watch)
{
	return watch->last.inode != 0;
}

bool mxdp_watch_is_settling(const struct mxdp_watch *watch)
{
	return watch->settling || !watch->begun;
}

bool mxdp_watch_is_growing(const struct mxdp_watch *watch)
{
	return watch->growing;
}
