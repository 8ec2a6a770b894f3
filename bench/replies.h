/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What bench/replies.bpf.c and bench/replies.c have in common. */
#ifndef MXDP_BENCH_REPLIES_H
#define MXDP_BENCH_REPLIES_H

#define REPLIES_SERVER       0xc6336419U /* 198.51.100.25 */
#define REPLIES_FIRST_CLIENT 0xc6120000U /* 198.18.0.0 */
#define REPLIES_CLIENTS      8192

#endif
