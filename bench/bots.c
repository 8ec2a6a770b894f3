/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SMTP clients, many at once: COUNT connections, RATE a second, each from an address of its own
 * (FIRST, FIRST + 1, ...), that speak until they are refused or, with -m, have delivered a message.
 * Each is given up after SECONDS.
 *
 * Usage: bots [-m] [-w SECONDS] SERVER PORT FIRST COUNT RATE
 * Prints a line "NAME VALUE" for each outcome, and for those that delivered (-m) or were refused
 * how many milliseconds it took from the first SYN on. IPv4 only; the addresses must be local.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_AT_ONCE 256
#define LINE_MAX_BYTES 512

enum step { CONNECT, GREETING, EHLO, MAIL, RCPT, DATA, TEXT, OVER };

static const char *const says[] = {
	[GREETING] = "EHLO bot.example.org\r\n",
	[EHLO] = "MAIL FROM:<sender@example.org>\r\n",
	[MAIL] = "RCPT TO:<inbox@example.net>\r\n",
	[RCPT] = "DATA\r\n",
	[DATA] = "Subject: bench\r\n\r\ntext\r\n.\r\n",
	[TEXT] = "QUIT\r\n",
};

enum outcome { SILENT, STALLED, CUT, REFUSED, TEMPFAILED, ACCEPTED, FAILED, OUTCOMES };

static const char *const outcome_names[OUTCOMES] = {
	[SILENT] = "silent",         /* no connection */
	[STALLED] = "stalled",       /* a connection, and time over */
	[CUT] = "cut",               /* reset, or closed without a refusal */
	[REFUSED] = "refused",       /* by a 5xx */
	[TEMPFAILED] = "tempfailed", /* by a 4xx */
	[ACCEPTED] = "accepted",     /* a recipient, or with -m the message */
	[FAILED] = "failed",         /* here: no socket */
};

struct bot {
	int fd;
	enum step step;
	int64_t start_us;
	size_t used;
	char line[LINE_MAX_BYTES];
};

struct swarm {
	struct sockaddr_in server;
	uint32_t first; /* host order */
	unsigned int count, rate, opened, living, oldest;
	bool messages;
	int64_t patience_us;
	int epoll;
	struct bot *bots;
	unsigned int outcomes[OUTCOMES];
	unsigned int ended; /* that were answered to the end */
	double *took_ms;
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void end(struct swarm *swarm, struct bot *bot, enum outcome outcome)
{
	swarm->outcomes[outcome]++;
	if (outcome == (swarm->messages ? ACCEPTED : REFUSED))
		swarm->took_ms[swarm->ended++] = (double)(now_us() - bot->start_us) / 1000;
	if (bot->fd >= 0)
		close(bot->fd);
	bot->fd = -1;
	bot->step = OVER;
	swarm->living--;
}

static void open_one(struct swarm *swarm)
{
	struct bot *bot = &swarm->bots[swarm->opened];
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET,
				    .data.u32 = swarm->opened};
	struct sockaddr_in from = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(swarm->first + swarm->opened),
	};

	swarm->opened++;
	swarm->living++;
	bot->start_us = now_us();
	bot->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (bot->fd < 0 || bind(bot->fd, (struct sockaddr *)&from, sizeof(from)) ||
	    epoll_ctl(swarm->epoll, EPOLL_CTL_ADD, bot->fd, &event) ||
	    (connect(bot->fd, (struct sockaddr *)&swarm->server, sizeof(swarm->server)) &&
	     errno != EINPROGRESS))
		end(swarm, bot, FAILED);
}

/* The last line of a reply: says the next thing, or ends. */
static void take_reply(struct swarm *swarm, struct bot *bot)
{
	if (*bot->line == '5' || *bot->line == '4') {
		end(swarm, bot, *bot->line == '5' ? REFUSED : TEMPFAILED);
	} else if (bot->step == (swarm->messages ? TEXT : RCPT)) {
		end(swarm, bot, ACCEPTED);
	} else {
		const char *text = says[bot->step++];

		if (send(bot->fd, text, strlen(text), MSG_NOSIGNAL) < 0)
			end(swarm, bot, CUT);
	}
}

/* Takes the whole lines off what was read. */
static void take_lines(struct swarm *swarm, struct bot *bot)
{
	char *newline;

	while (bot->step != OVER && (newline = memchr(bot->line, '\n', bot->used))) {
		size_t length = (size_t)(newline - bot->line) + 1;

		if (length < 5 || bot->line[3] != '-')
			take_reply(swarm, bot);
		memmove(bot->line, bot->line + length, bot->used - length);
		bot->used -= length;
	}
	if (bot->step != OVER && bot->used == sizeof(bot->line))
		end(swarm, bot, CUT);
}

static void take_event(struct swarm *swarm, struct bot *bot, uint32_t events)
{
	ssize_t got;

	if (bot->step == CONNECT && events & (EPOLLOUT | EPOLLIN))
		bot->step = GREETING;
	while (bot->step != OVER) {
		got = recv(bot->fd, bot->line + bot->used, sizeof(bot->line) - bot->used, 0);
		if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (got <= 0) {
			end(swarm, bot, CUT);
			return;
		}
		bot->used += (size_t)got;
		take_lines(swarm, bot);
	}
}

static void give_up_old(struct swarm *swarm)
{
	int64_t before = now_us() - swarm->patience_us;

	for (; swarm->oldest < swarm->opened; swarm->oldest++) {
		struct bot *bot = &swarm->bots[swarm->oldest];

		if (bot->step == OVER)
			continue;
		if (bot->start_us > before)
			return;
		end(swarm, bot, bot->step == CONNECT ? SILENT : STALLED);
	}
}

static void run(struct swarm *swarm)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int64_t start = now_us();
	int i, count;

	while (swarm->opened < swarm->count || swarm->living) {
		uint64_t due = (uint64_t)(now_us() - start) * swarm->rate / 1000000 + 1;

		while (swarm->opened < swarm->count && swarm->opened < due)
			open_one(swarm);
		count = epoll_wait(swarm->epoll, events, EVENTS_AT_ONCE, 1);
		for (i = 0; i < count; i++) {
			struct bot *bot = &swarm->bots[events[i].data.u32];

			if (bot->step != OVER)
				take_event(swarm, bot, events[i].events);
		}
		give_up_old(swarm);
	}
}

static int compare(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;

	return (first > second) - (first < second);
}

static void show(struct swarm *swarm)
{
	int i;

	printf("opened %u\n", swarm->opened);
	for (i = 0; i < OUTCOMES; i++)
		printf("%s %u\n", outcome_names[i], swarm->outcomes[i]);
	if (!swarm->ended)
		return;
	qsort(swarm->took_ms, swarm->ended, sizeof(*swarm->took_ms), compare);
	/* The least that so many of a hundred did not exceed. */
	printf("p50_ms %.1f\np99_ms %.1f\n", swarm->took_ms[(swarm->ended * 50 + 99) / 100 - 1],
	       swarm->took_ms[(swarm->ended * 99 + 99) / 100 - 1]);
}

/* Who finds no place in the table of files, counts as failed. */
static int prepare(struct swarm *swarm)
{
	struct rlimit files;

	swarm->bots = calloc(swarm->count + 1, sizeof(*swarm->bots));
	swarm->took_ms = calloc(swarm->count + 1, sizeof(*swarm->took_ms));
	swarm->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!swarm->bots || !swarm->took_ms || swarm->epoll < 0 || getrlimit(RLIMIT_NOFILE, &files))
		return -1;
	files.rlim_cur = files.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &files);
}

int main(int argc, char **argv)
{
	struct swarm swarm = {.patience_us = 30000000, .server.sin_family = AF_INET};
	struct in_addr first;
	int option;

	while ((option = getopt(argc, argv, "mw:")) != -1) {
		if (option == 'm')
			swarm.messages = true;
		else if (option == 'w')
			swarm.patience_us = strtol(optarg, NULL, 10) * 1000000;
		else
			return 2;
	}
	argv += optind;
	if (argc - optind != 5 || inet_pton(AF_INET, argv[0], &swarm.server.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[2], &first) != 1) {
		fprintf(stderr, "usage: bots [-m] [-w SECONDS] SERVER PORT FIRST COUNT RATE\n");
		return 2;
	}
	swarm.server.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	swarm.first = ntohl(first.s_addr);
	swarm.count = (unsigned int)strtoul(argv[3], NULL, 10);
	swarm.rate = (unsigned int)strtoul(argv[4], NULL, 10);
	if (prepare(&swarm)) {
		perror("bots");
	} else {
		run(&swarm);
		show(&swarm);
	}
	free(swarm.bots);
	free(swarm.took_ms);
	return swarm.opened < swarm.count;
}
