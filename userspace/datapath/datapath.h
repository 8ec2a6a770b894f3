/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packet path as the daemon sees it: load the program, adopt or make the pinned maps, attach to
 * interfaces, deliver the rings' records into the event loop, detach.
 *
 * Pins under the pin directory: each map by its name, and `link_INTERFACE` where the program is
 * attached by a bpf_link (which keeps the program). A restart finds them, keeps the maps' contents
 * and replaces the program without a moment in which none is attached. Pinned maps of another ABI
 * or layout give way to new ones; the old program works on them until it is replaced. Beside it, on
 * the way out of each interface, hangs the return path (return_path.h), and sockets of this machine
 * are watched (sockets.h).
 */
#ifndef MXDP_DATAPATH_H
#define MXDP_DATAPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "maps/maps.h"
#include "userspace/config/config.h"

#define MXDP_PIN_DIRECTORY "/sys/fs/bpf/mxdp"

/* How an interface's program hangs there; what `mxdp status` tells. */
struct mxdp_attachment {
	char interface[32];
	int ifindex;
	bool native;            /* else generic */
	const char *by;         /* "dispatcher", "link" or "netlink" */
	const char *since;      /* "attached", "adopted" or "replaced" by this start */
	char others[128];       /* other XDP programs there, or "" */
	const char *no_replies; /* why refused clients can't be answered here, or NULL */
	const char *not_read;   /* why what passing clients say is no evidence here, or NULL */
	bool read_only;         /* makes no replies, so as to live beside other programs */
};

struct mxdp_datapath;

/*
 * Loads the program and opens the maps, adopting pinned ones where they fit. Returns 0, or a
 * negative errno after logging what is wrong and the way out.
 */
int mxdp_datapath_open(const struct mxdp_config *config, struct mxdp_datapath **out);

const struct mxdp_maps *mxdp_datapath_maps(const struct mxdp_datapath *datapath);

/*
 * Whether an interface can be screened: it is there, by this name first of all (altnames are not
 * taken), and carries Ethernet frames. Returns 0, or -ENODEV, -EINVAL or -EAFNOSUPPORT with what is
 * wrong and the way out in `fault`.
 */
int mxdp_datapath_suits(const char *interface, char *fault, size_t size);

/*
 * Attaches to every interface of the configuration, or takes over what hangs there from an earlier
 * run; an interface no longer named is detached. An error on one is logged and returned, the others
 * are attached all the same.
 */
int mxdp_datapath_attach(struct mxdp_datapath *datapath, const struct mxdp_config *config);

/*
 * Brings what the packet path reads of a configuration into force: settings, protected
 * destinations. Returns 0 or a negative errno.
 */
int mxdp_datapath_configure(struct mxdp_datapath *datapath, const struct mxdp_config *config);

/* The mode in force, from the next packet on. Returns 0 or a negative errno. */
int mxdp_datapath_set_mode(struct mxdp_datapath *datapath, enum mxdp_mode mode);

/* How many, and where: valid until the next attach. */
size_t mxdp_datapath_attachments(const struct mxdp_datapath *datapath,
				 const struct mxdp_attachment **attachments);

/* Why handshakes of this machine's own sockets prove nothing, in words; NULL: they do. */
const char *mxdp_datapath_not_watched(const struct mxdp_datapath *datapath);

/*
 * Whether the program is where the last attach put it, on every configured interface that exists;
 * notices also one that has come back. The way out of `false` is to attach again.
 */
bool mxdp_datapath_intact(struct mxdp_datapath *datapath, const struct mxdp_config *config);

/*
 * Looks again whether the interfaces can send replies, and tells the packet path and the log where
 * that has changed. Returns 0 or a negative errno.
 */
int mxdp_datapath_watch_replies(struct mxdp_datapath *datapath);

/*
 * Lets the packet path answer a frame once more, as if it had come in again by this interface.
 * Returns 0, -EOPNOTSUPP where that is not possible (generic mode, an interface that sends no
 * replies), or another negative errno.
 */
int mxdp_datapath_answer_again(const struct mxdp_datapath *datapath, uint32_t ifindex,
			       const void *frame, size_t length);

/* Delivers what refused clients say; to be called before mxdp_datapath_listen(). */
typedef void (*mxdp_dialogue_fn)(void *context, const struct mxdp_dialogue *said);
void mxdp_datapath_on_dialogue(struct mxdp_datapath *datapath, mxdp_dialogue_fn fn, void *context);

/* Delivers lines of clients that pass (maps/wire.h); before mxdp_datapath_listen(), too. */
typedef void (*mxdp_wire_fn)(void *context, const struct mxdp_wire_line *line);
void mxdp_datapath_on_wire(struct mxdp_datapath *datapath, mxdp_wire_fn fn, void *context);

/*
 * Delivers records of both event rings to `on_event`: those of unknown clients from the loop.
 * Returns 0 or a negative errno.
 */
typedef void (*mxdp_event_fn)(void *context, const struct mxdp_event *event);
int mxdp_datapath_listen(struct mxdp_datapath *datapath, uv_loop_t *loop, mxdp_event_fn on_event,
			 void *context);

/*
 * Until when the daemon looks into the rings by itself: what the packet path is told at a heartbeat
 * of `now_ns` (CLOCK_BOOTTIME), and kept to. Each heartbeat asks; 0 where few clients come.
 */
uint64_t mxdp_datapath_promise(struct mxdp_datapath *datapath, uint64_t now_ns);

/* Delivers the samples that came since. They wake nobody: to be called now and then. */
void mxdp_datapath_read_samples(struct mxdp_datapath *datapath);

/* Whether the pins are this run's own and nothing is attached: a start that failed, no restart. */
bool mxdp_datapath_is_stillborn(const struct mxdp_datapath *datapath);

/* Closes file descriptors; everything pinned and attached stays in force. */
void mxdp_datapath_close(struct mxdp_datapath *datapath);

/*
 * Detaches the program from every interface it hangs on and removes all pins. Needs no open
 * datapath. `report` (may be NULL) is told each step in words. Returns 0, -ENOENT when there was
 * nothing, or the first error.
 */
int mxdp_datapath_remove(const char *pin_directory, void (*report)(const char *line));

#endif
