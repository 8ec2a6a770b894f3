/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that many test cases share keeps what they wrote in its maps. Emptied, the maps are as
 * they were when the program was loaded.
 */
#ifndef MXDP_TEST_FRESH_MAPS_H
#define MXDP_TEST_FRESH_MAPS_H

#include <bpf/libbpf.h>

/* Before the object is loaded: its arrays will be mapped, since writing each element takes long. */
void fresh_maps_prepare(struct bpf_object *object);
/* Asserts that every map could be emptied; constants of the program are left alone. */
void fresh_maps(const struct bpf_object *object);

#endif
