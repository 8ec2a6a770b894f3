/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last good data of a feed on disk: feeds/NAME under the state directory as it came, its age
 * the file's, and beside it feeds/NAME.version, which says what the server called this version.
 * That holds only for the very file and source it names.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "private.h"
#include "userspace/log.h"

#define VERSION_BYTES (MXDP_FETCH_TAG + 256)

static int path_of(const struct mxdp_feed *feed, const char *suffix, char path[PATH_MAX])
{
	int length = snprintf(path, PATH_MAX, "%s/feeds/%s%s", feed->feeds->config->state_directory,
			      feed->setting->name, suffix);

	return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static uint64_t mix(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3ull;
	return hash;
}

/* A source may hold a password: its hash goes to the disk. A new checksum asks for new data. */
static uint64_t hash_of(const struct mxdp_feed_setting *setting)
{
	uint64_t hash = mix(0xcbf29ce484222325ull, setting->source);

	return setting->checksum ? mix(mix(hash, " "), setting->checksum) : hash;
}

static int sync_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd))
		error = -errno;
	close(fd);
	return error;
}

static int write_version(const struct mxdp_kept *kept, const struct stat *file)
{
	FILE *out = fopen(kept->new_version_path, "we");
	int error;

	if (!out)
		return -errno;
	fprintf(out, "%016" PRIx64 " %ju %jd %" PRId64 "\n%s\n", hash_of(kept->setting),
		(uintmax_t)file->st_ino, (intmax_t)file->st_size, kept->version.modified,
		kept->version.etag);
	error = ferror(out) ? -EIO : 0;
	if (fclose(out) && !error)
		error = -errno;
	if (!error && rename(kept->new_version_path, kept->version_path))
		error = -errno;
	return error;
}

int mxdp_kept_store(const struct mxdp_kept *kept)
{
	struct stat file;
	int error = sync_file(kept->new_path);

	if (!error && rename(kept->new_path, kept->path))
		error = -errno;
	if (!error && stat(kept->path, &file))
		error = -errno;
	if (error) {
		unlink(kept->new_path);
		return error;
	}
	return kept->setting ? write_version(kept, &file) : 0;
}

int mxdp_kept_paths(const struct mxdp_feed *feed, unsigned int number, struct mxdp_kept *kept)
{
	char suffix[32];
	int error;

	snprintf(suffix, sizeof(suffix), ".new%u", number);
	error = path_of(feed, suffix, kept->new_path);
	snprintf(suffix, sizeof(suffix), ".version.new%u", number);
	if (!error)
		error = path_of(feed, suffix, kept->new_version_path);
	snprintf(suffix, sizeof(suffix), ".checksum.new%u", number);
	if (!error)
		error = path_of(feed, suffix, kept->new_checksum_path);
	if (!error)
		error = path_of(feed, "", kept->path);
	if (!error)
		error = path_of(feed, ".version", kept->version_path);
	return error;
}

/* NAME.new7, NAME.version.new7 or NAME.checksum.new7, of whatever feed; but a feed may be called
 * so. */
static bool is_leftover(const struct mxdp_config *config, const char *name)
{
	const char *mark = strstr(name, ".new"), *next;

	while (mark && (next = strstr(mark + 1, ".new")))
		mark = next;
	if (!mark || !mark[4] || mark[4 + strspn(mark + 4, "0123456789")])
		return false;
	for (size_t i = 0; i < config->feed_count; i++)
		if (strcmp(config->feeds[i].name, name) == 0)
			return false;
	return true;
}

void mxdp_kept_clean(const struct mxdp_config *config)
{
	char path[PATH_MAX];
	const struct dirent *entry;
	DIR *directory;

	snprintf(path, sizeof(path), "%s/feeds", config->state_directory);
	directory = opendir(path);
	if (!directory)
		return;
	while ((entry = readdir(directory)))
		if (is_leftover(config, entry->d_name))
			unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
}

/* What the file beside says, if it is about this file and source; else nothing. */
static struct mxdp_fetch_version read_version(const struct mxdp_feed *feed, const struct stat *file)
{
	struct mxdp_fetch_version version = {.etag = ""}, none = {.etag = ""};
	char path[PATH_MAX], line[VERSION_BYTES] = "", *rest, *end = NULL;
	bool whole;
	uintmax_t source, inode;
	intmax_t size;
	FILE *in;

	if (path_of(feed, ".version", path))
		return none;
	in = fopen(path, "re");
	if (!in)
		return none;
	if (!fgets(line, sizeof(line), in))
		line[0] = '\0';
	source = strtoumax(line, &rest, 16);
	inode = strtoumax(rest, &rest, 10);
	size = strtoimax(rest, &rest, 10);
	version.modified = strtoimax(rest, &rest, 10);
	whole = *rest == '\n' && fgets(line, sizeof(line), in) && (end = strchr(line, '\n'));
	fclose(in);
	if (!whole || source != hash_of(feed->setting) || inode != file->st_ino ||
	    size != file->st_size)
		return none;
	*end = '\0';
	snprintf(version.etag, sizeof(version.etag), "%.*s", MXDP_FETCH_TAG - 1, line);
	return version;
}

void mxdp_feed_load(struct mxdp_feed *feed)
{
	struct mxdp_feed_reading reading = mxdp_feed_reading_of(feed);
	char path[PATH_MAX];
	struct stat file;

	if (path_of(feed, "", path) || stat(path, &file))
		return; /* never synced */
	reading.path = path;
	if (mxdp_feed_data_read(&reading, &feed->data, &feed->report)) {
		mxdp_log(MXDP_LOG_WARNING, "feed %s: the data kept in %s is not used: %s",
			 feed->setting->name, path, feed->report.refusal);
		return;
	}
	feed->content = ++feed->feeds->contents;
	feed->synced = file.st_mtim.tv_sec;
	if (!mxdp_feed_is_file(feed->setting))
		feed->version = read_version(feed, &file);
	else if (mxdp_feed_file_exists(feed->setting))
		feed->synced = time(NULL); /* it will be read at once */
	mxdp_log(MXDP_LOG_INFO, "feed %s: %llu entries, kept from earlier", feed->setting->name,
		 (unsigned long long)feed->report.entries);
}
