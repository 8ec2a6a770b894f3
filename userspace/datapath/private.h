/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of the datapath module alone: its state, and how a program is recognised. */
#ifndef MXDP_DATAPATH_PRIVATE_H
#define MXDP_DATAPATH_PRIVATE_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "datapath.h"

#define MXDP_PROGRAM_NAME   "mxdp"
#define MXDP_RETURN_NAME    "mxdp_return"
#define MXDP_READ_ONLY_NAME "mxdp_read_only"

struct mxdp_bpf;
struct return_path_bpf;
struct mxdp_ring_watch;
struct socket_bpf;

struct mxdp_datapath {
	char *pin_directory;
	bool made_pins;            /* there were none before */
	int lock;                  /* of the pin directory */
	struct mxdp_bpf *skeleton; /* the loaded program, for attachments by link and netlink */
	int program;
	struct mxdp_maps maps;
	struct return_path_bpf *return_path; /* loaded when it is first attached, or NULL */
	struct socket_bpf *sockets;          /* attached, or NULL */
	const char *not_watched;             /* why sockets are not, or NULL */
	uint32_t verdicts_max;
	bool no_dispatcher; /* libxdp fell back to a single program once: don't try again */

	struct mxdp_attachment attachments[MXDP_INTERFACES_MAX];
	uint32_t hook_ids[MXDP_INTERFACES_MAX]; /* what each hook held when last looked at, or 0 */
	size_t attachment_count;
	bool reads_wire; /* wire_evidence, as configured when the programs were attached */

	struct ring_buffer *rings;
	struct ring_buffer *samples; /* the one that wakes nobody */
	struct mxdp_ring_watch *watch;
	mxdp_event_fn on_event;
	void *on_event_context;
	mxdp_dialogue_fn on_dialogue;
	void *on_dialogue_context;
	mxdp_wire_fn on_wire;
	void *on_wire_context;
};

/* Opens another object of the program, unloaded, that will adopt the maps pinned in `directory`. */
struct mxdp_bpf *mxdp_datapath_skeleton(const char *directory, uint32_t verdicts_max);

/*
 * Whether a loaded program is mxdp and works on the map `settings_id`; any mxdp where that is 0.
 * With `tag` (8 bytes, may be NULL) it must also be the same code.
 */
bool mxdp_datapath_is_ours(uint32_t program_id, uint32_t settings_id, const void *tag);
/* The same of the return path's program. */
bool mxdp_datapath_is_return_path(uint32_t program_id, uint32_t settings_id, const void *tag);

/* Ends reading the rings. */
void mxdp_datapath_unlisten(struct mxdp_datapath *datapath);

/* Frees what was loaded of the return path; what is attached stays. */
void mxdp_return_path_unload(struct mxdp_datapath *datapath);

/* Whether it is the one that makes no replies. */
bool mxdp_datapath_is_read_only(uint32_t program_id);

/* Finds out anew whether an interface can send replies. True when that changed, which is logged. */
bool mxdp_datapath_look_for_replies(struct mxdp_attachment *attachment);

/* Tells the packet path where replies can be made, and whether to read. 0 or a negative errno. */
int mxdp_datapath_tell_replies(const struct mxdp_datapath *datapath);

/* The tag of a program: a digest of its instructions. */
int mxdp_datapath_tag(int program_fd, unsigned char tag[BPF_TAG_SIZE]);

/*
 * Takes our programs off one interface, the return path's too. Returns 0, -ENOENT where none
 * hangs, or a negative errno.
 */
int mxdp_datapath_detach_interface(const char *pin_directory, const char *interface, int ifindex,
				   uint32_t settings_id);

#endif
