/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "harness.h"

#include <arpa/inet.h>
#include <check.h>
#include <sched.h>
#include <string.h>
#include <bpf/bpf.h>

#include "fresh_maps.h"
#include "tests/suite.h"

#define OUTCOME_NAME(name, becomes, what)    #name,
#define NOTE_NAME(name, what)                #name,
#define XDP_REPLY                            XDP_TX
#define OUTCOME_VERDICT(name, becomes, what) XDP_##becomes,

static const char *const names[] = {MXDP_OUTCOMES(OUTCOME_NAME) MXDP_NOTES(NOTE_NAME)};
static const int verdicts[] = {MXDP_OUTCOMES(OUTCOME_VERDICT)};

/* The program that the cases of a suite share: they are forked off after it was loaded. */
static struct {
	struct mxdp_bpf *skeleton;
	void (*change)(struct mxdp_bpf *skeleton);
} shared;

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
	FIND(exempt4);
	FIND(exempt6);
	FIND(verdicts4);
	FIND(verdicts6);
	FIND(pending4);
	FIND(pending6);
	FIND(limits4);
	FIND(limits6);
	FIND(proofs4);
	FIND(proofs6);
	FIND(greylist4);
	FIND(greylist6);
	FIND(greylist_state);
	FIND(rates4);
	FIND(rates6);
	FIND(rates_all);
	FIND(answered);
	FIND(flood);
	FIND(feeds4);
	FIND(feeds6);
	FIND(feed_hits);
	FIND(events);
	FIND(samples);
	FIND(dialogues);
	FIND(cookie_secrets);
	FIND(reply_texts);
	FIND(connections);
	FIND(wire);
#undef FIND
}

/* Filling the maps' real number of places takes longer than all the packets of a test. */
static void make_small(struct mxdp_bpf *skeleton)
{
	struct bpf_map *clients[] = {
		skeleton->maps.verdicts4, skeleton->maps.verdicts6, skeleton->maps.pending4,
		skeleton->maps.pending6,  skeleton->maps.limits4,   skeleton->maps.limits6,
		skeleton->maps.proofs4,   skeleton->maps.proofs6,   skeleton->maps.greylist4,
		skeleton->maps.greylist6, skeleton->maps.rates4,    skeleton->maps.rates6,
	};

	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++)
		bpf_map__set_max_entries(clients[i], 1024);
	bpf_map__set_max_entries(skeleton->maps.events, 256 * 1024);
}

/* NULL on failure, of which libbpf tells more. No assertion: not only cases call this. */
static struct mxdp_bpf *load(void (*change)(struct mxdp_bpf *skeleton))
{
	struct mxdp_bpf *skeleton = mxdp_bpf__open();

	if (!skeleton)
		return NULL;
	make_small(skeleton);
	if (change)
		change(skeleton);
	fresh_maps_prepare(skeleton->obj);
	if (!mxdp_bpf__load(skeleton))
		return skeleton;
	mxdp_bpf__destroy(skeleton);
	return NULL;
}

int harness_run_suite(Suite *suite, void (*change)(struct mxdp_bpf *skeleton))
{
	int status;

	shared.change = change;
	shared.skeleton = load(change);
	status = run_suite(suite);
	mxdp_bpf__destroy(shared.skeleton);
	shared.skeleton = NULL;
	return status;
}

/* The shared program, or one of the harness's own. */
static struct mxdp_bpf *take_program(void (*change)(struct mxdp_bpf *skeleton))
{
	if (!shared.skeleton || shared.change != change)
		return load(change);
	fresh_maps(shared.skeleton->obj);
	return shared.skeleton;
}

void harness_open(struct harness *harness, void (*change)(struct mxdp_bpf *skeleton))
{
	memset(harness, 0, sizeof(*harness));
	harness->skeleton = take_program(change);
	ck_assert_ptr_nonnull(harness->skeleton);
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
		.proof_ns = 3600 * SECOND,
		.greylist_at = MXDP_REPLY_AT_GREETING,
		.greylist_delay_ns = 300 * SECOND,
		.greylist_window_ns = 4 * 3600 * SECOND,
		.greylist_length4 = 24,
		.greylist_length6 = 64,
		.greylist_mask4 = htonl(0xffffff00),
		.greylist_mask6 = {0xffffffff, 0xffffffff},
		.ports = {{htons(25), MXDP_PORT_MX}, {htons(587), MXDP_PORT_SUBMISSION}},
	};
	harness_configure(harness);
	harness_heartbeat(harness, 0, true);
}

static const char *const reply_formats[] = {
#define FORMAT(name, text) text,
	MXDP_REPLIES(FORMAT)
#undef FORMAT
};

static const char *const refusal_codes[MXDP_REFUSALS] = {
	"554 5.7.1", "421 4.7.1", "550 5.7.1", "450 4.7.1", "550 5.7.1", "451 4.7.1",
};

#define REFUSAL_END ", ask postmaster"

/* `before` the client's address, and, for a refusal, what comes after it. */
static const char *text_before(uint32_t index, char *text, size_t size)
{
	uint32_t refusal = index - MXDP_REPLIES_END;

	if (index < MXDP_REPLIES_END) {
		const char *format = reply_formats[index], *name = strchr(format, '@');

		snprintf(text, size, "%.*s%s%s", (int)(name ? name - format : 0), format,
			 name ? "mx.example.net" : format, name ? name + 1 : "");
	} else {
		snprintf(text, size, "%s Blocked (%u), see https://example.net/?ip=",
			 refusal_codes[refusal % MXDP_REFUSALS], refusal / MXDP_REFUSALS);
	}
	return text;
}

void harness_text(uint32_t index, const char *client, char *text, size_t size)
{
	size_t used = strlen(text_before(index, text, size));

	if (index >= MXDP_REPLIES_END)
		snprintf(text + used, size - used, "%s%s", client, REFUSAL_END);
}

static void write_reply_text(const struct harness *harness, uint32_t index)
{
	struct mxdp_reply_text value = {};
	char text[MXDP_REPLY_HALF_MAX];

	value.before_length = (uint8_t)strlen(text_before(index, text, sizeof(text)));
	memcpy(value.before, text, value.before_length);
	if (index >= MXDP_REPLIES_END) {
		value.address = 1;
		value.after_length = sizeof(REFUSAL_END) - 1;
		memcpy(value.after, REFUSAL_END, value.after_length);
	}
	ck_assert_int_eq(bpf_map_update_elem(harness->maps.reply_texts, &index, &value, BPF_ANY),
			 0);
}

void harness_replies(struct harness *harness)
{
	struct mxdp_cookie_secret secret = {.key = {HARNESS_SECRET0, HARNESS_SECRET1}};

	for (uint32_t i = 0; i < MXDP_SECRETS; i++)
		ck_assert_int_eq(
			bpf_map_update_elem(harness->maps.cookie_secrets, &i, &secret, BPF_ANY), 0);
	for (uint32_t i = 0; i < MXDP_REPLIES_END + 2 * MXDP_REFUSALS; i++)
		write_reply_text(harness, i);
	for (uint32_t i = 0; i < MXDP_REFUSALS; i++)
		write_reply_text(harness,
				 MXDP_REPLIES_END + MXDP_TEXT_GREYLIST * MXDP_REFUSALS + i);
	harness->settings.reply_interfaces[0] = 1; /* lo: where test runs come from */
	harness->settings.reject_at = MXDP_REPLY_AT_DIALOGUE;
	harness->settings.tempfail_at = MXDP_REPLY_AT_GREETING;
	harness_configure(harness);
}

void harness_close(struct harness *harness)
{
	if (harness->skeleton != shared.skeleton)
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
	static struct frame reply;

	return harness_exchange(harness, bytes, length, &reply);
}

struct outcome harness_exchange(const struct harness *harness, const void *bytes, size_t length,
				struct frame *reply)
{
	struct mxdp_counters before, after;
	struct outcome outcome = {.counter = MXDP_OUTCOMES_END};
	__u64 *from = (__u64 *)&before, *to = (__u64 *)&after;
	__u64 *added = (__u64 *)&outcome.all;
	unsigned int counted = 0;
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = bytes, .data_size_in = (uint32_t)length,
		    .data_out = reply->bytes, .data_size_out = sizeof(reply->bytes));

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
	reply->length = options.data_size_out;
	if (outcome.verdict != XDP_TX && outcome.counter != MXDP_COUNT_reply_failed)
		ck_assert_msg(reply->length == length && !memcmp(reply->bytes, bytes, length),
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

enum mxdp_counter harness_observe(struct harness *harness, const struct frame_spec *spec)
{
	struct outcome outcome;

	harness->settings.mode = MXDP_MODE_OBSERVE;
	harness_configure(harness);
	outcome = harness_send(harness, spec);
	ck_assert_int_eq(outcome.verdict, XDP_PASS);
	ck_assert_uint_eq(outcome.all.observed, 1);
	return outcome.counter;
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

int move_to_cpu(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	return sched_setaffinity(0, sizeof(cpus), &cpus);
}
