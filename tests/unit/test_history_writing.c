/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Neither a full queue nor a locked file nor kill -9 costs the history more than it must. */
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "history_stand.h"

#define KILLS     100
#define QUEUE_MAX 32768
#define BATCH     20

START_TEST(it_is_written_without_waiting_for_the_end)
{
	decide("192.0.2.1");
	let_it_write();
	ck_assert_uint_eq(stats().written, 1);
	ck_assert_uint_eq(stats().queued, 0);
	ck_assert_uint_eq(search("192.0.2.1", 0, 8).count, 1);
}
END_TEST

START_TEST(a_locked_file_is_tried_again)
{
	sqlite3 *other;

	ck_assert_int_eq(sqlite3_open(file, &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	decide("192.0.2.1");
	let_it_write();
	ck_assert(stats().failing);
	ck_assert_uint_eq(stats().queued, 1);
	decide("192.0.2.2");
	ck_assert_int_eq(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	restart();
	ck_assert_uint_eq(restore(8).count, 2);
}
END_TEST

START_TEST(a_full_queue_is_counted)
{
	for (int i = 0; i < QUEUE_MAX + 7; i++)
		decide("192.0.2.1");
	ck_assert_uint_eq(stats().queued, QUEUE_MAX);
	ck_assert_uint_eq(stats().lost, 7);
}
END_TEST

/* Refusals wait on their own, added up: of these so many clients. */
START_TEST(a_crowd_of_refused_clients_is_counted)
{
	const int64_t minute = now - now % 60 - 60;
	char client[MXDP_ADDRESS_TEXT];

	for (unsigned int i = 0; i < QUEUE_MAX + 7; i++) {
		snprintf(client, sizeof(client), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
		refuse_at(client, minute, false);
	}
	ck_assert_uint_eq(stats().lost, 7);
	refuse_at("10.0.0.1", minute, false); /* is known */
	ck_assert_uint_eq(stats().lost, 7);
}
END_TEST

/* The child: writes batches until it is killed, and tells how many records are in the file. */
static void write_until_killed(int report)
{
	struct mxdp_evidence evidence = {.state = MXDP_EVIDENCE_ANSWERED, .score = 5};
	struct history_record batch[BATCH];
	struct history_writer writer = {0};

	if (mxdp_history_writer_open(directory, &writer))
		_exit(EXIT_FAILURE);
	for (uint64_t written = 0;; written += BATCH) {
		if (written && write(report, &written, sizeof(written)) < 0)
			_exit(EXIT_FAILURE);
		for (uint32_t i = 0; i < BATCH; i++) {
			batch[i] = (struct history_record){
				.kind = HISTORY_DECIDED,
				.client = mxdp_address_from_v4(htonl((uint32_t)written + i)),
				.time = now,
				.decision.action = MXDP_ACTION_DROP,
				.decision.expires = now + 900,
				.evidence = &evidence,
				.evidence_count = 1,
			};
			batch[i].decision.key = mxdp_prefix_host(&batch[i].client);
			evidence.key = batch[i].decision.key;
		}
		if (mxdp_history_write(&writer, batch, BATCH))
			_exit(EXIT_FAILURE);
	}
}

static const char *integrity(void)
{
	static char text[256];
	sqlite3_stmt *statement;
	sqlite3 *handle;

	ck_assert_int_eq(sqlite3_open(file, &handle), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(handle, "PRAGMA integrity_check", -1, &statement, NULL),
			 SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	snprintf(text, sizeof(text), "%s", sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	sqlite3_close(handle);
	return text;
}

static int64_t ask(const char *sql)
{
	sqlite3_stmt *statement;
	sqlite3 *handle;
	int64_t answer = -1;

	ck_assert_int_eq(sqlite3_open(file, &handle), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
	if (sqlite3_step(statement) == SQLITE_ROW)
		answer = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(handle);
	return answer;
}

/* Killed at any moment the file is whole, holds what was said to be written, and batches only. */
START_TEST(kill_9_never_corrupts)
{
	close_history();
	srandom(1);
	for (int i = 0; i < KILLS; i++) {
		uint64_t written = 0;
		int report[2];
		pid_t child;

		empty_directory();
		ck_assert_int_eq(pipe(report), 0);
		child = fork();
		if (child == 0)
			write_until_killed(report[1]);
		close(report[1]);
		/* Some die while the file is made, some after a batch or in the middle of one. */
		if (i % 4 && read(report[0], &written, sizeof(written)) < 0)
			ck_abort();
		usleep((useconds_t)(random() % 12000));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		while (read(report[0], &written, sizeof(written)) == sizeof(written))
			;
		close(report[0]);
		open_history();
		ck_assert_str_eq(integrity(), "ok");
		ck_assert_int_ge(ask("SELECT count(*) FROM verdicts"), (int64_t)written);
		ck_assert_int_eq(ask("SELECT count(*) FROM verdicts") % BATCH, 0);
		ck_assert_int_eq(ask("SELECT count(*) FROM verdicts"),
				 ask("SELECT count(*) FROM evidence"));
		close_history();
	}
	open_history();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("history: writing");
	TCase *tests = tcase_create("written behind");

	tcase_add_test(tests, it_is_written_without_waiting_for_the_end);
	tcase_add_test(tests, a_locked_file_is_tried_again);
	tcase_add_test(tests, a_full_queue_is_counted);
	tcase_add_test(tests, a_crowd_of_refused_clients_is_counted);
	tcase_add_test(tests, kill_9_never_corrupts);
	return run_history_suite(suite, tests);
}
