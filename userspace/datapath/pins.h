/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The maps' pins under the pin directory: found and adopted, or, after an upgrade that changed the
 * maps, replaced by new ones that were made beside them. The links' pins are left alone here.
 */
#ifndef MXDP_DATAPATH_PINS_H
#define MXDP_DATAPATH_PINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <bpf/libbpf.h>

/* Makes the directory, which must be on a bpffs. Returns 0, or a negative errno after logging. */
int mxdp_pins_make_directory(const char *directory);

/*
 * Takes the directory for this process alone, until the descriptor that is returned is closed. A
 * negative errno after logging; -EWOULDBLOCK: another mxdpd has it.
 */
int mxdp_pins_lock(const char *directory);

/*
 * Whether the directory is one of pins, on a bpffs, and at least one of the object's maps or a link
 * is pinned there: only then may everything in it be removed. Returns 0, -ENOENT where not, or
 * another negative errno.
 */
int mxdp_pins_are_in(const struct bpf_object *object, const char *directory);

/* A descriptor of what is pinned as `name`, or -1 with errno. */
int mxdp_pins_open(const char *directory, const char *name);

/* The id of the pinned map `name`, or 0 where there is none. */
uint32_t mxdp_pins_map_id(const char *directory, const char *name);

/* Makes every map of an object that is not yet loaded adopt, or else make, its pin in `directory`.
 */
int mxdp_pins_choose(struct bpf_object *object, const char *directory);

/*
 * Whether the pinned maps, as far as there are any, are those that the object works on: of its
 * layout and its ABI. If not, `difference` says in words what is another.
 */
bool mxdp_pins_fit(const struct bpf_object *object, const char *directory, char *difference,
		   size_t size);

/*
 * Changing over: begin() makes the directory `next` for the new pins, beside the old ones;
 * replace() puts them in their place, pin by pin, after the object was loaded; end() removes `next`
 * with what is in it. Return 0 or a negative errno.
 */
int mxdp_pins_begin(const char *directory, char *next, size_t size);
int mxdp_pins_replace(const struct bpf_object *object, const char *directory);
void mxdp_pins_end(const char *directory);

#endif
