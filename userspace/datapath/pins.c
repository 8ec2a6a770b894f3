/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pins.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <linux/limits.h>
#include <linux/magic.h>

#include "maps/abi.h"
#include "userspace/log.h"

#define NEXT "next" /* the directory of the maps that are to take the place of the pinned ones */

#define SETTINGS "settings"

/* The directory must be on a bpffs: elsewhere a pin fails with an error that names neither. */
int mxdp_pins_make_directory(const char *directory)
{
	char parent[PATH_MAX];
	struct statfs fs;
	char *slash;

	snprintf(parent, sizeof(parent), "%s", directory);
	slash = strrchr(parent, '/');
	if (!slash || slash == parent)
		return -EINVAL;
	*slash = '\0';
	if (statfs(parent, &fs) || fs.f_type != BPF_FS_MAGIC) {
		mxdp_log(MXDP_LOG_ERROR,
			 "%s is not a BPF file system, so maps cannot be pinned in %s: mount one "
			 "with `mount -t bpf bpf %s`",
			 parent, directory, parent);
		return -ENOTDIR;
	}
	if (mkdir(directory, 0750) && errno != EEXIST) {
		int error = -errno;

		mxdp_log(MXDP_LOG_ERROR, "cannot make %s: %s", directory, strerror(-error));
		return error;
	}
	return 0;
}

int mxdp_pins_lock(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error;

	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	error = -errno;
	mxdp_log(MXDP_LOG_ERROR, "cannot lock %s: %s", directory,
		 error == -EWOULDBLOCK ? "another mxdpd works with these pins: stop it, or name "
					 "another pin_directory"
				       : strerror(-error));
	if (fd >= 0)
		close(fd);
	return error;
}

static bool is_pin(const struct bpf_object *object, const char *name)
{
	return !strncmp(name, "link_", strlen("link_")) ||
	       bpf_object__find_map_by_name(object, name);
}

int mxdp_pins_are_in(const struct bpf_object *object, const char *directory)
{
	const struct dirent *entry;
	struct statfs fs;
	bool found = false;
	DIR *all;

	if (statfs(directory, &fs))
		return -errno;
	if (fs.f_type != BPF_FS_MAGIC)
		return -ENOENT;
	all = opendir(directory);
	if (!all)
		return -errno;
	while (!found && (entry = readdir(all)))
		found = is_pin(object, entry->d_name);
	closedir(all);
	return found ? 0 : -ENOENT;
}

int mxdp_pins_open(const char *directory, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return bpf_obj_get(path);
}

uint32_t mxdp_pins_map_id(const char *directory, const char *name)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	int fd = mxdp_pins_open(directory, name);

	if (fd < 0)
		return 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		info.id = 0;
	close(fd);
	return info.id;
}

int mxdp_pins_choose(struct bpf_object *object, const char *directory)
{
	struct bpf_map *map;
	char path[PATH_MAX];

	bpf_object__for_each_map(map, object)
	{
		if (bpf_map__is_internal(map))
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, bpf_map__name(map));
		if (bpf_map__set_pin_path(map, path))
			return -ENOMEM;
	}
	return 0;
}

/* What libbpf compares before it adopts a pinned map. */
static bool map_fits(const struct bpf_map *map, const char *directory)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	int fd = mxdp_pins_open(directory, bpf_map__name(map));
	bool fits;

	if (fd < 0)
		return errno == ENOENT;
	fits = !bpf_obj_get_info_by_fd(fd, &info, &size) && info.type == bpf_map__type(map) &&
	       info.key_size == bpf_map__key_size(map) &&
	       info.value_size == bpf_map__value_size(map) &&
	       info.max_entries == bpf_map__max_entries(map) &&
	       info.map_flags == bpf_map__map_flags(map);
	close(fd);
	return fits;
}

/* The version that wrote the pinned settings, 0 where none has. */
static uint32_t abi_in_force(const char *directory)
{
	struct mxdp_settings settings = {};
	__u32 zero = 0;
	int fd = mxdp_pins_open(directory, SETTINGS);

	if (fd < 0)
		return 0;
	if (bpf_map_lookup_elem(fd, &zero, &settings))
		settings.abi_version = 0;
	close(fd);
	return settings.abi_version;
}

bool mxdp_pins_fit(const struct bpf_object *object, const char *directory, char *difference,
		   size_t size)
{
	const struct bpf_map *map;
	uint32_t version;

	/* First the sizes: settings of another size must not be read into ours. */
	bpf_object__for_each_map(map, object)
	{
		if (bpf_map__is_internal(map) || map_fits(map, directory))
			continue;
		snprintf(difference, size, "the pinned map %s has another layout",
			 bpf_map__name(map));
		return false;
	}
	version = abi_in_force(directory);
	if (!version || version == MXDP_ABI_VERSION)
		return true;
	snprintf(difference, size, "the pinned maps are of ABI %u, this mxdpd is of ABI %d",
		 version, MXDP_ABI_VERSION);
	return false;
}

static void remove_all(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	char name[PATH_MAX];

	while (directory && (entry = readdir(directory))) {
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(name);
	}
	if (directory)
		closedir(directory);
	rmdir(path);
}

int mxdp_pins_begin(const char *directory, char *next, size_t size)
{
	if ((size_t)snprintf(next, size, "%s/" NEXT, directory) >= size)
		return -ENAMETOOLONG;
	remove_all(next); /* of a start that was cut short */
	return mkdir(next, 0750) ? -errno : 0;
}

static int take_place(const char *directory, const char *name)
{
	char from[PATH_MAX], to[PATH_MAX];
	int error;

	snprintf(from, sizeof(from), "%s/" NEXT "/%s", directory, name);
	snprintf(to, sizeof(to), "%s/%s", directory, name);
	if (!rename(from, to))
		return 0;
	error = -errno;
	mxdp_log(MXDP_LOG_ERROR, "cannot rename %s to %s: %s", from, to, strerror(-error));
	return error;
}

/* The settings tell the version of all: they come last, so that half of it is seen as no part. */
int mxdp_pins_replace(const struct bpf_object *object, const char *directory)
{
	const struct bpf_map *map;
	int error = 0;

	bpf_object__for_each_map(map, object)
	{
		const char *name = bpf_map__name(map);

		if (!error && !bpf_map__is_internal(map) && strcmp(name, SETTINGS) != 0)
			error = take_place(directory, name);
	}
	if (!error)
		error = take_place(directory, SETTINGS);
	mxdp_pins_end(directory);
	return error;
}

void mxdp_pins_end(const char *directory)
{
	char next[PATH_MAX];

	snprintf(next, sizeof(next), "%s/" NEXT, directory);
	remove_all(next);
}
