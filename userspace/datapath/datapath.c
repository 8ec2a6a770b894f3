/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loading the program and opening its maps: pinned ones are adopted with all they hold. */
#include "private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/limits.h>

#include "pins.h"
#include "sockets.h"
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
	char *text, *rest, *line;

	(void)level; /* what libbpf warns of may be a try with a second way */
	if (vasprintf(&text, format, arguments) < 0)
		return 0;
	rest = last_lines(text);
	while ((line = strsep(&rest, "\n")))
		if (line[0])
			mxdp_log(MXDP_LOG_DEBUG, "%s", line);
	free(text);
	return 0;
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

bool mxdp_datapath_is_read_only(uint32_t program_id)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(program_id);

	if (fd < 0)
		return false;
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		info.name[0] = '\0';
	close(fd);
	return !strcmp(info.name, MXDP_READ_ONLY_NAME);
}

static bool is_program(const char *name, uint32_t program_id, uint32_t settings_id, const void *tag)
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
	if (!bpf_obj_get_info_by_fd(fd, &info, &size) && !strcmp(info.name, name)) {
		ours = settings_id == 0;
		for (__u32 i = 0; !ours && i < info.nr_map_ids && i < 64; i++)
			ours = maps[i] == settings_id;
	}
	close(fd);
	return ours && (!tag || !memcmp(tag, info.tag, BPF_TAG_SIZE));
}

bool mxdp_datapath_is_ours(uint32_t program_id, uint32_t settings_id, const void *tag)
{
	return is_program(MXDP_PROGRAM_NAME, program_id, settings_id, tag) ||
	       is_program(MXDP_READ_ONLY_NAME, program_id, settings_id, tag);
}

bool mxdp_datapath_is_return_path(uint32_t program_id, uint32_t settings_id, const void *tag)
{
	return is_program(MXDP_RETURN_NAME, program_id, settings_id, tag);
}

/* A pinned map keeps its size: changing it would throw away what it holds. */
static uint32_t verdicts_in_force(const char *directory, uint32_t configured)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	int fd = mxdp_pins_open(directory, "verdicts4");

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

struct mxdp_bpf *mxdp_datapath_skeleton(const char *directory, uint32_t verdicts_max)
{
	struct mxdp_bpf *skeleton = mxdp_bpf__open();
	int error;

	if (!skeleton)
		return NULL;
	bpf_map__set_max_entries(skeleton->maps.verdicts4, verdicts_max);
	bpf_map__set_max_entries(skeleton->maps.verdicts6, verdicts_max);
	error = mxdp_pins_choose(skeleton->obj, directory);
	if (error) {
		mxdp_bpf__destroy(skeleton);
		errno = -error;
		return NULL;
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
	TAKE(greylist4);
	TAKE(greylist6);
	TAKE(greylist_state);
	TAKE(rates4);
	TAKE(rates6);
	TAKE(rates_all);
	TAKE(answered);
	TAKE(flood);
	TAKE(feeds4);
	TAKE(feeds6);
	TAKE(feed_hits);
	TAKE(events);
	TAKE(samples);
	TAKE(dialogues);
	TAKE(cookie_secrets);
	TAKE(reply_texts);
	TAKE(connections);
	TAKE(wire);
#undef TAKE
}

/* On maps pinned in `directory`; those that are missing are made. */
static int load_on(struct mxdp_datapath *datapath, const char *directory)
{
	int error;

	mxdp_bpf__destroy(datapath->skeleton);
	datapath->skeleton = mxdp_datapath_skeleton(directory, datapath->verdicts_max);
	if (!datapath->skeleton)
		return -errno;
	error = mxdp_bpf__load(datapath->skeleton);
	if (error)
		mxdp_log(MXDP_LOG_ERROR,
			 "the kernel did not take the program or its maps: %s; with log_level = "
			 "debug the verifier's words are shown",
			 strerror(-error));
	return error;
}

/*
 * After an upgrade that changed the maps: new ones are made beside the pinned ones, which serve the
 * attached program until it is replaced. Only when the kernel has taken all of it are the pins
 * changed over.
 */
static int load_anew(struct mxdp_datapath *datapath, const struct mxdp_config *config,
		     const char *difference)
{
	char directory[PATH_MAX];
	int error;

	mxdp_log(MXDP_LOG_NOTICE,
		 "%s: %s, so new maps take the place of the pinned ones; verdicts, rules and feeds "
		 "come back from %s, and the old program works until the new one does",
		 config->pin_directory, difference, config->state_directory);
	datapath->verdicts_max = config->verdicts_max;
	error = mxdp_pins_begin(config->pin_directory, directory, sizeof(directory));
	if (!error)
		error = load_on(datapath, directory);
	if (!error)
		error = mxdp_pins_replace(datapath->skeleton->obj, config->pin_directory);
	if (error)
		mxdp_pins_end(config->pin_directory);
	return error;
}

static int load(struct mxdp_datapath *datapath, const struct mxdp_config *config)
{
	char difference[256] = "";
	int error;

	datapath->pin_directory = strdup(config->pin_directory);
	if (!datapath->pin_directory)
		return -ENOMEM;
	error = mxdp_pins_make_directory(config->pin_directory);
	if (error)
		return error;
	datapath->lock = mxdp_pins_lock(config->pin_directory);
	if (datapath->lock < 0)
		return datapath->lock;
	datapath->made_pins = mxdp_pins_map_id(config->pin_directory, "settings") == 0;
	datapath->verdicts_max = verdicts_in_force(config->pin_directory, config->verdicts_max);
	datapath->skeleton = mxdp_datapath_skeleton(config->pin_directory, datapath->verdicts_max);
	if (!datapath->skeleton)
		return -errno;
	error = mxdp_pins_fit(datapath->skeleton->obj, config->pin_directory, difference,
			      sizeof(difference))
			? load_on(datapath, config->pin_directory)
			: load_anew(datapath, config, difference);
	if (error)
		return error;
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
	datapath->lock = -1;
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

bool mxdp_datapath_is_stillborn(const struct mxdp_datapath *datapath)
{
	return datapath && datapath->made_pins && datapath->attachment_count == 0;
}

void mxdp_datapath_close(struct mxdp_datapath *datapath)
{
	if (!datapath)
		return;
	mxdp_datapath_unlisten(datapath);
	mxdp_return_path_unload(datapath);
	mxdp_sockets_unload(datapath);
	mxdp_bpf__destroy(datapath->skeleton);
	if (datapath->lock >= 0)
		close(datapath->lock);
	free(datapath->pin_directory);
	free(datapath);
}
