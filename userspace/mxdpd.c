/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdpd(8): reads the command line and the configuration, then runs the daemon. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "userspace/daemon/daemon.h"
#include "log.h"

#define FILES       65536
#define FILES_FEW   4096
#define FILES_LEAST 128 /* it opens some seventy, before anybody asks */
#define HEAP_STEP   (1024 * 1024)
#define HEAP_SPARE  (8 * 1024 * 1024)
#define SMALL_BYTES 160 /* the most that glibc takes */

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static const char usage[] =
	"usage: mxdpd [--config FILE] [--foreground]\n"
	"       mxdpd --check-config [--config FILE]\n"
	"\n"
	"Screens SMTP connections: attaches the XDP program, looks unknown clients up and\n"
	"keeps the kernel maps. Stopping it leaves the program attached; `mxdp detach`\n"
	"removes it. SIGHUP reads the configuration again.\n"
	"\n"
	"  -c, --config FILE   configuration (default " MXDP_CONFIG_PATH ")\n"
	"  -t, --check-config  say whether the configuration is good, then exit\n"
	"  -f, --foreground    the default: mxdpd never forks, its log goes to stderr\n"
	"  -V, --version       show the version\n"
	"  -h, --help          show this text\n";

static const struct option options[] = {
	{"config", required_argument, NULL, 'c'}, {"check-config", no_argument, NULL, 't'},
	{"foreground", no_argument, NULL, 'f'},   {"version", no_argument, NULL, 'V'},
	{"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
};

static int check_config(const char *path)
{
	char fault[MXDP_CONFIG_ERROR] = "";
	struct mxdp_config *config = NULL;

	if (mxdp_config_load(path, &config, fault)) {
		fprintf(stderr, "%s\n", fault);
		return EXIT_FAILED;
	}
	printf("%s: good\n", path);
	mxdp_config_unref(config);
	return EXIT_DONE;
}

/* A thousand mail servers may ask at once; systemd's unit says the same. 0 or -EMFILE. */
static int raise_file_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur >= FILES)
		return 0;
	files.rlim_cur = files.rlim_max < FILES ? files.rlim_max : FILES;
	if (setrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < FILES_LEAST) {
		mxdp_log(MXDP_LOG_ERROR,
			 "only %llu files may be open at once, and maps, stores and questions need "
			 "%d: raise the limit (ulimit -n)",
			 (unsigned long long)files.rlim_cur, FILES_LEAST);
		return -EMFILE;
	}
	if (files.rlim_cur < FILES_FEW)
		mxdp_log(MXDP_LOG_WARNING,
			 "only %llu files may be open at once: many mail servers that ask at the "
			 "same time may find no answer; raise the limit (ulimit -n)",
			 (unsigned long long)files.rlim_cur);
	return 0;
}

/*
 * What clients need comes and goes, a few megabytes every half second under load: it is not given
 * back to the kernel each time. One arena serves all threads, which hardly allocate at once. The
 * checks need some thirty small objects a client, and many clients' are made and freed in one turn
 * of the loop: merging and splitting what is free would be most of what memory costs.
 */
static void tune_allocation(void)
{
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TOP_PAD, HEAP_STEP);
	mallopt(M_TRIM_THRESHOLD, HEAP_SPARE);
	mallopt(M_MXFAST, SMALL_BYTES);
}

/* Of a descriptor that is closed the next file would take the number, and the log would go there.
 */
static void fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int run(const char *path)
{
	char fault[MXDP_CONFIG_ERROR] = "";
	struct mxdp_config *config = NULL;

	fill_standard_descriptors();
	tune_allocation();
	mxdp_log_open(MXDP_LOG_INFO);
	if (mxdp_config_load(path, &config, fault)) {
		mxdp_log(MXDP_LOG_ERROR, "%s", fault);
		return EXIT_FAILED;
	}
	mxdp_log_open(config->log_level);
	if (raise_file_limit())
		return EXIT_FAILED;
	return mxdp_daemon_run(config) ? EXIT_FAILED : EXIT_DONE;
}

int main(int argc, char **argv)
{
	const char *path = MXDP_CONFIG_PATH;
	bool check = false;
	int option;

	while ((option = getopt_long(argc, argv, "c:tfVh", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			path = optarg;
			break;
		case 't':
			check = true;
			break;
		case 'f':
			break;
		case 'V':
			printf("mxdpd %s\n", MXDP_VERSION);
			return EXIT_DONE;
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "mxdpd takes no argument \"%s\"\n%s", argv[optind], usage);
		return EXIT_USAGE;
	}
	return check ? check_config(path) : run(path);
}
