/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verifier_report LABEL OBJECT...: loads each program of BPF objects into the running kernel and
 * prints what that cost, as rows of the table in docs/verifier.md: program, LABEL, instructions the
 * verifier walked through, bytes after its rewriting, bytes of machine code, deepest stack frame.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define LOG_STATISTICS 4 /* BPF_LOG_STATS, which the kernel keeps out of its public header */
#define LOG_BYTES      65536
#define PROGRAMS_MAX   32

/* The verifier says "stack depth 264+0+88": one frame for each function. */
static unsigned long deepest_frame(const char *log)
{
	const char *frame = strstr(log, "stack depth ");
	unsigned long deepest = 0;
	char *end;

	frame = frame ? frame + strlen("stack depth ") : "";
	for (;; frame = end + 1) {
		unsigned long depth = strtoul(frame, &end, 10);

		if (depth > deepest)
			deepest = depth;
		if (end == frame || *end != '+')
			return deepest;
	}
}

static int print_row(const char *label, const struct bpf_program *program, const char *log)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
		return -errno;
	printf("| %s | %s | %u | %u | %u | %lu |\n", bpf_program__name(program), label,
	       info.verified_insns, info.xlated_prog_len, info.jited_prog_len, deepest_frame(log));
	return 0;
}

static int report(const char *label, const char *path)
{
	static char logs[PROGRAMS_MAX][LOG_BYTES];
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	size_t count = 0;
	int error;

	if (!object)
		return -errno;
	bpf_object__for_each_program(program, object)
	{
		if (count == PROGRAMS_MAX)
			break;
		bpf_program__set_autoload(program, true);
		bpf_program__set_log_level(program, LOG_STATISTICS);
		bpf_program__set_log_buf(program, logs[count++], LOG_BYTES);
	}
	error = bpf_object__load(object);
	count = 0;
	bpf_object__for_each_program(program, object)
	{
		if (error || count == PROGRAMS_MAX)
			break;
		error = print_row(label, program, logs[count++]);
	}
	bpf_object__close(object);
	return error;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: verifier_report LABEL OBJECT...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		int error = report(argv[1], argv[i]);

		if (error) {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(-error));
			return 1;
		}
	}
	return 0;
}
