/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "harness.h"

#include <arpa/inet.h>
#include <check.h>
#include <string.h>
#include <bpf/bpf.h>

#define OUTCOME_NAME(name, becomes, what)    #name,
#define NOTE_NAME(name, what)                #name,
#define OUTCOME_VERDICT(name, becomes, what) XDP_##becomes,

static const char *const names[] = {MXDP_OUTCOMES(OUTCOME_NAME) MXDP_NOTES(NOTE_NAME)};
static const int verdicts[] = {MXDP_OUTCOMES(OUTCOME_VERDICT)};

static void find_maps(struct harness *harness)
{
	struct mxdp_maps *maps = &harness->maps;

#define FIND(name) maps->name = bpf_map__fd(harness->skeleton->maps.name)
	FIND(settings);
	FIND(daemon_state);
	FIND(counters);
	FIND(destinations4);
	FIND(destinations6);
	FIND(rules4);
	FIND(rules6);
	FIND(never_block4);
	FIND(never_block6);
	FIND(verdicts4);
	FIND(verdicts6);
	FIND(pending4);
	FIND(pending6);
	FIND(limits4);
	FIND(limits6);
	FIND(events);
	FIND(samples);
#undef FIND
}

/* Filling the maps' real number of places takes longer than all the packets of a test. */
static void make_small(struct mxdp_bpf *skeleton)
{
	struct bpf_map *clients[] = {
		skeleton->maps.verdicts4, skeleton->maps.verdicts6, skeleton->maps.pending4,
		skeleton->maps.pending6,  skeleton->maps.limits4,   skeleton->maps.limits6,
	};

	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++)
		bpf_map__set_max_entries(clients[i], 1024);
	bpf_map__set_max_entries(skeleton->maps.events, 256 * 1024);
}

void harness_open(struct harness *harness, void (*change)(struct mxdp_bpf *skeleton))
{
	memset(harness, 0, sizeof(*harness));
	harness->skeleton = mxdp_bpf__open();
	ck_assert_ptr_nonnull(harness->skeleton);
	make_small(harness->skeleton);
	if (change)
		change(harness->skeleton);
	ck_assert_int_eq(mxdp_bpf__load(harness->skeleton), 0);
	find_maps(harness);

	harness->settings = (struct mxdp_settings){
		.abi_version = MXDP_ABI_VERSION,
		.mode = MXDP_MODE_ENFORCE,
		.hold_unknown = 1,
		.hold_ns = 2500 * MILLISECOND,
		.retry_ns = 60 * SECOND,
		.heartbeat_stale_ns = 3600 * SECOND,
		.limit_interval_ns = 3600 * SECOND,
		.limit_burst_ns = 2 * 3600 * SECOND,
		.sample_interval_ns = 0,
		.ports = {{htons(25), MXDP_PORT_MX}, {htons(587), MXDP_PORT_SUBMISSION}},
	};
	harness_configure(harness);
	harness_heartbeat(harness, 0, true);
}

void harness_close(struct harness *harness)
{
	mxdp_bpf__destroy(harness->skeleton);
	harness->skeleton = NULL;
}

void harness_configure(struct harness *harness)
{
	ck_assert_int_eq(mxdp_settings_write(&harness->maps, &harness->settings), 0);
}

void harness_heartbeat(struct harness *harness, uint64_t ago, bool room)
{
	struct mxdp_daemon_state state = {
		.heartbeat_ns = mxdp_boottime_ns() - ago,
		.queue_room = room,
	};

	ck_assert_int_eq(mxdp_daemon_state_write(&harness->maps, &state), 0);
}

struct outcome harness_run(const struct harness *harness, const void *bytes, size_t length)
{
	static uint8_t out[FRAME_MAX];
	struct mxdp_counters before, after;
	struct outcome outcome = {.counter = MXDP_OUTCOMES_END};
	__u64 *from = (__u64 *)&before, *to = (__u64 *)&after;
	__u64 *added = (__u64 *)&outcome.all;
	unsigned int counted = 0;
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = bytes, .data_size_in = (uint32_t)length,
		    .data_out = out, .data_size_out = sizeof(out));

	ck_assert_int_eq(mxdp_counters_read(&harness->maps, &before), 0);
	ck_assert_int_eq(
		bpf_prog_test_run_opts(bpf_program__fd(harness->skeleton->progs.mxdp), &options),
		0);
	ck_assert_int_eq(mxdp_counters_read(&harness->maps, &after), 0);
	outcome.verdict = (int)options.retval;
	for (unsigned int i = 0; i < MXDP_COUNTERS_END; i++) {
		added[i] = to[i] - from[i];
		if (i >= MXDP_OUTCOMES_END || !added[i])
			continue;
		outcome.counter = i;
		counted += (unsigned int)added[i];
	}
	ck_assert_msg(counted == 1, "%u outcomes counted for one packet of %zu bytes", counted,
		      length);
	ck_assert_msg(options.data_size_out == length && !memcmp(out, bytes, length),
		      "the packet was changed");
	return outcome;
}

struct outcome harness_send(const struct harness *harness, const struct frame_spec *spec)
{
	static struct frame frame;

	build_frame(spec, &frame);
	return harness_run(harness, frame.bytes, frame.length);
}

struct outcome harness_expect(const struct harness *harness, const struct frame_spec *spec,
			      enum mxdp_counter counter, int line)
{
	struct outcome outcome = harness_send(harness, spec);
	int verdict = counter_verdict(counter);

	if (harness->settings.mode == MXDP_MODE_OBSERVE)
		verdict = XDP_PASS;
	ck_assert_msg(outcome.counter == counter, "line %d: counted as %s instead of %s", line,
		      counter_name(outcome.counter), counter_name(counter));
	ck_assert_msg(outcome.verdict == verdict, "line %d: %s returned %d instead of %d", line,
		      counter_name(counter), outcome.verdict, verdict);
	return outcome;
}

const char *counter_name(enum mxdp_counter counter)
{
	return counter < MXDP_COUNTERS_END ? names[counter] : "?";
}

int counter_verdict(enum mxdp_counter counter)
{
	ck_assert_int_lt(counter, MXDP_OUTCOMES_END);
	return verdicts[counter];
}

struct mxdp_prefix prefix(const char *text)
{
	struct mxdp_prefix parsed;

	ck_assert_msg(!mxdp_prefix_parse(text, &parsed), "%s is no prefix", text);
	return parsed;
}

struct mxdp_address address(const char *text)
{
	struct mxdp_address parsed;

	ck_assert_msg(!mxdp_address_parse(text, &parsed), "%s is no address", text);
	return parsed;
}

void set_rule(const struct harness *harness, const char *prefix_text, enum mxdp_action action,
	      uint64_t expires_ns)
{
	struct mxdp_prefix key = prefix(prefix_text);
	struct mxdp_rule rule = {.action = action, .expires_ns = expires_ns};

	ck_assert_int_eq(mxdp_rule_set(&harness->maps, &key, &rule), 0);
}

void set_verdict(const struct harness *harness, const char *key, enum mxdp_action action,
		 uint64_t expires_ns)
{
	struct mxdp_prefix client = prefix(key);
	struct mxdp_verdict verdict = {
		.action = action, .reason = MXDP_REASON_DNSBL, .expires_ns = expires_ns};

	ck_assert_int_eq(mxdp_verdict_set(&harness->maps, &client, &verdict), 0);
}

static int keep_event(void *context, void *data, size_t size)
{
	ck_assert_uint_eq(size, sizeof(struct mxdp_event));
	memcpy(context, data, size);
	return -1; /* this one is enough */
}

bool take_event(int ring, struct mxdp_event *event)
{
	struct ring_buffer *buffer = ring_buffer__new(ring, keep_event, event, NULL);
	int result;

	ck_assert_ptr_nonnull(buffer);
	result = ring_buffer__consume(buffer);
	ring_buffer__free(buffer);
	return result == -1;
}
