/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/limits.h>
#include <systemd/sd-daemon.h>

#include "parts.h"
#include "privileges.h"
#include "userspace/log.h"

/* Two daemons on one socket: commands would reach either. Pins have a lock of their own. */
static int take_lock(const struct mxdp_config *config)
{
	char path[PATH_MAX], *slash;
	int fd, error;

	snprintf(path, sizeof(path), "%s", config->api_socket);
	slash = strrchr(path, '/');
	if (slash && slash != path) {
		*slash = '\0';
		if (mkdir(path, 0755) && errno != EEXIST) {
			error = -errno;
			mxdp_log(MXDP_LOG_ERROR, "cannot make %s: %s; start mxdpd as root", path,
				 strerror(-error));
			return error;
		}
	}
	snprintf(path, sizeof(path), "%s.lock", config->api_socket);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB)) {
		error = -errno;
		mxdp_log(MXDP_LOG_ERROR, "cannot lock %s: %s", path,
			 error == -EWOULDBLOCK ? "another mxdpd is running; mxdp status shows it"
			 : error == -EACCES    ? "permission denied; start mxdpd as root"
					       : strerror(-error));
		if (fd >= 0)
			close(fd);
		return error;
	}
	return fd;
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct daemon *daemon = handle->data;
	char text[MXDP_CONFIG_ERROR + 128];

	if (number == SIGHUP) {
		sd_notify(0, "RELOADING=1");
		daemon_reload(daemon, text, sizeof(text));
		sd_notifyf(0, "READY=1\nSTATUS=%s", text);
		return;
	}
	mxdp_log(MXDP_LOG_NOTICE,
		 "stopping on signal %d: the program stays attached, verdicts and rules hold, "
		 "unknown clients pass",
		 number);
	uv_stop(&daemon->loop);
}

static void catch_signals(struct daemon *daemon)
{
	static const int numbers[SIGNALS] = {SIGTERM, SIGINT, SIGHUP};

	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < SIGNALS; i++) {
		uv_signal_init(&daemon->loop, &daemon->signals[i]);
		daemon->signals[i].data = daemon;
		uv_signal_start(&daemon->signals[i], on_signal, numbers[i]);
	}
}

static void close_handle(uv_handle_t *handle, void *context)
{
	(void)context;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

/* After the modules are gone, what is left are the handles inside struct daemon. */
static void close_loop(struct daemon *daemon)
{
	uv_walk(&daemon->loop, close_handle, NULL);
	uv_run(&daemon->loop, UV_RUN_DEFAULT);
	uv_loop_close(&daemon->loop);
}

static void report_detach(const char *line)
{
	mxdp_log(MXDP_LOG_NOTICE, "%s", line);
}

static void nothing(uv_work_t *work)
{
	(void)work;
}

/* The pool's threads are made by its first work, with what is in effect then: no more than needed.
 */
static void start_threads(struct daemon *daemon)
{
	uv_queue_work(&daemon->loop, &daemon->first_work, nothing, NULL);
}

int mxdp_daemon_run(struct mxdp_config *config)
{
	struct daemon daemon = {.config = config};
	int lock = take_lock(config), error = lock < 0 ? lock : uv_loop_init(&daemon.loop);

	if (error)
		return error;
	error = daemon_privileges_drop(config);
	catch_signals(&daemon);
	start_threads(&daemon);
	daemon_privileges_raise();
	if (!error)
		error = daemon_make_modules(&daemon);
	daemon_privileges_lower();
	if (!error) {
		mxdp_log(MXDP_LOG_NOTICE, "mxdpd %s screens in %s mode", MXDP_VERSION,
			 mxdp_mode_name(config->mode));
		if (daemon.mode.made)
			daemon_log_mode(&daemon);
		sd_notify(0, "READY=1");
		uv_run(&daemon.loop, UV_RUN_DEFAULT);
		sd_notify(0, "STOPPING=1");
	}
	if (error && mxdp_datapath_is_stillborn(daemon.datapath))
		daemon.detach = true; /* a start that failed leaves nothing behind */
	daemon_privileges_raise();    /* sockets lie in others' directories */
	daemon_free_modules(&daemon);
	close_loop(&daemon);
	close(lock);
	if (daemon.detach) {
		int removed = mxdp_datapath_remove(daemon.config->pin_directory, report_detach);

		error = error ? error : removed;
	}
	mxdp_config_unref(daemon.config);
	return error;
}
