/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loading the program and opening its maps: pinned ones are adopted with all they hold. */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/limits.h>
#include <linux/magic.h>

#include "userspace/log.h"
#include "mxdp.skel.h"

#define VERIFIER_LINES 20 /* of its log, from the end: the last ones say what is wrong */

/* Where the last lines of a text begin. */
static char *last_lines(char *text)
{
	char *begin = text + strlen(text);

	for (int lines = 0; begin > text; begin--)
		if (begin[-1] == '\n' && ++lines > VERIFIER_LINES)
			break;
	return begin;
}

static int libbpf_to_log(enum libbpf_print_level level, const char *format, va_list arguments)
{
	enum mxdp_log_level ours = level == LIBBPF_WARN ? MXDP_LOG_INFO : MXDP_LOG_DEBUG;
	char *text, *rest, *line;

	if (vasprintf(&text, format, arguments) < 0)
		return 0;
	rest = last_lines(text);
	while ((line = strsep(&rest, "\n")))
		if (line[0])
			mxdp_log(ours, "%s", line);
	free(text);
	return 0;
}

/* The directory must be on a bpffs: elsewhere a pin fails with an error that names neither. */
static int make_pin_directory(const char *directory)
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

static int open_pinned(const char *directory, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return bpf_obj_get(path);
}

uint32_t mxdp_datapath_pinned_map_id(const char *pin_directory, const char *name)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	int fd = open_pinned(pin_directory, name);

	if (fd < 0)
		return 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		info.id = 0;
	close(fd);
	return info.id;
}

int mxdp_datapath_tag(int program_fd, unsigned char tag[BPF_TAG_SIZE])
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(program_fd, &info, &size))
		return -errno;
	memcpy(tag, info.tag, BPF_TAG_SIZE);
	return 0;
}

bool mxdp_datapath_is_ours(uint32_t program_id, uint32_t settings_id, const void *tag)
{
	__u32 maps[64] = {};
	struct bpf_prog_info info = {
		.nr_map_ids = sizeof(maps) / sizeof(maps[0]),
		.map_ids = (__u64)(uintptr_t)maps,
	};
	__u32 size = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(program_id);
	bool ours = false;

	if (fd < 0)
		return false;
	if (!bpf_obj_get_info_by_fd(fd, &info, &size) && !strcmp(info.name, MXDP_PROGRAM_NAME)) {
		ours = settings_id == 0;
		for (__u32 i = 0; !ours && i < info.nr_map_ids && i < 64; i++)
			ours = maps[i] == settings_id;
	}
	close(fd);
	return ours && (!tag || !memcmp(tag, info.tag, BPF_TAG_SIZE));
}

/*
 * Pins of another ABI hold keys and values that this program would misread. They are never removed
 * by themselves: they may be what protects the mail server at this moment.
 */
static int refuse_foreign_abi(const char *directory)
{
	struct bpf_map_info info = {};
	struct mxdp_settings settings = {};
	__u32 size = sizeof(info), zero = 0;
	int fd = open_pinned(directory, "settings");
	int error = 0;

	if (fd < 0)
		return 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		error = -errno;
	else if (info.value_size != sizeof(settings) || bpf_map_lookup_elem(fd, &zero, &settings) ||
		 (settings.abi_version && settings.abi_version != MXDP_ABI_VERSION))
		error = -EPROTO;
	close(fd);
	if (error == -EPROTO)
		mxdp_log(MXDP_LOG_ERROR,
			 "the maps pinned in %s are of another version of mxdp (this one needs ABI "
			 "%d): run `mxdp detach` to remove them, then start again; verdicts are "
			 "lost, operator rules come back from the store",
			 directory, MXDP_ABI_VERSION);
	return error;
}

/* A pinned map keeps its size: changing it would throw away what it holds. */
static uint32_t verdicts_in_force(const char *directory, uint32_t configured)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	int fd = open_pinned(directory, "verdicts4");

	if (fd < 0)
		return configured;
	if (!bpf_obj_get_info_by_fd(fd, &info, &size) && info.max_entries != configured) {
		mxdp_log(MXDP_LOG_WARNING,
			 "verdicts_max is %u, but the pinned map has %u places and keeps them: "
			 "`mxdp detach` and a start make it anew",
			 configured, info.max_entries);
		configured = info.max_entries;
	}
	close(fd);
	return configured;
}

struct mxdp_bpf *mxdp_datapath_skeleton(const char *pin_directory, uint32_t verdicts_max)
{
	struct mxdp_bpf *skeleton = mxdp_bpf__open();
	struct bpf_map *map;

	if (!skeleton)
		return NULL;
	bpf_map__set_max_entries(skeleton->maps.verdicts4, verdicts_max);
	bpf_map__set_max_entries(skeleton->maps.verdicts6, verdicts_max);
	bpf_object__for_each_map(map, skeleton->obj)
	{
		char path[PATH_MAX];

		if (bpf_map__is_internal(map))
			continue;
		snprintf(path, sizeof(path), "%s/%s", pin_directory, bpf_map__name(map));
		if (bpf_map__set_pin_path(map, path)) {
			mxdp_bpf__destroy(skeleton);
			errno = ENOMEM;
			return NULL;
		}
	}
	return skeleton;
}

static void take_maps(const struct mxdp_bpf *skeleton, struct mxdp_maps *maps)
{
#define TAKE(name) maps->name = bpf_map__fd(skeleton->maps.name)
	TAKE(settings);
	TAKE(daemon_state);
	TAKE(counters);
	TAKE(destinations4);
	TAKE(destinations6);
	TAKE(rules4);
	TAKE(rules6);
	TAKE(never_block4);
	TAKE(never_block6);
	TAKE(exempt4);
	TAKE(exempt6);
	TAKE(verdicts4);
	TAKE(verdicts6);
	TAKE(pending4);
	TAKE(pending6);
	TAKE(limits4);
	TAKE(limits6);
	TAKE(proofs4);
	TAKE(proofs6);
	TAKE(feeds4);
	TAKE(feeds6);
	TAKE(events);
	TAKE(samples);
	TAKE(dialogues);
	TAKE(cookie_secrets);
	TAKE(reply_texts);
#undef TAKE
}

static int load(struct mxdp_datapath *datapath, const struct mxdp_config *config)
{
	int error;

	datapath->pin_directory = strdup(config->pin_directory);
	if (!datapath->pin_directory)
		return -ENOMEM;
	error = make_pin_directory(config->pin_directory);
	if (!error)
		error = refuse_foreign_abi(config->pin_directory);
	if (error)
		return error;
	datapath->verdicts_max = verdicts_in_force(config->pin_directory, config->verdicts_max);
	datapath->skeleton = mxdp_datapath_skeleton(config->pin_directory, datapath->verdicts_max);
	if (!datapath->skeleton)
		return -errno;
	error = mxdp_bpf__load(datapath->skeleton);
	if (error) {
		mxdp_log(MXDP_LOG_ERROR,
			 "the kernel did not take the program or its maps: %s; with log_level = "
			 "debug the verifier's words are shown, and pins of another version in %s "
			 "are removed by `mxdp detach`",
			 strerror(-error), config->pin_directory);
		return error;
	}
	datapath->program = bpf_program__fd(datapath->skeleton->progs.mxdp);
	take_maps(datapath->skeleton, &datapath->maps);
	return 0;
}

int mxdp_datapath_open(const struct mxdp_config *config, struct mxdp_datapath **out)
{
	struct mxdp_datapath *datapath = calloc(1, sizeof(*datapath));
	int error;

	if (!datapath)
		return -ENOMEM;
	libbpf_set_print(libbpf_to_log);
	error = load(datapath, config);
	if (error) {
		mxdp_datapath_close(datapath);
		return error;
	}
	*out = datapath;
	return 0;
}

const struct mxdp_maps *mxdp_datapath_maps(const struct mxdp_datapath *datapath)
{
	return &datapath->maps;
}

static void poll_closed(uv_handle_t *handle)
{
	free(handle);
}

void mxdp_datapath_close(struct mxdp_datapath *datapath)
{
	if (!datapath)
		return;
	if (datapath->poll)
		uv_close((uv_handle_t *)datapath->poll, poll_closed);
	ring_buffer__free(datapath->rings);
	mxdp_bpf__destroy(datapath->skeleton);
	free(datapath->pin_directory);
	free(datapath);
}
