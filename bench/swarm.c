/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A flood of bots that speak SMTP until they are refused, more than a host has sockets for: frames
 * written to and read from the interface, with as much of TCP as such a conversation takes. Each
 * bot has an address of its own (FIRST, FIRST + 1, ...), which must be none of this host's, or the
 * kernel would answer, too. RATE bots a second for SECONDS; each is given up PATIENCE seconds
 * later.
 *
 * Usage: swarm INTERFACE MAC SERVER PORT FIRST RATE SECONDS PATIENCE
 * Prints a line "NAME VALUE" for what was reached and for each outcome, also when SIGTERM ends it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "swarm_wire.h"

#define TRIES_MAX       3
#define AGAIN_US        1020000 /* the second SYN, and what else is not acknowledged */
#define CHALLENGED_US   10000   /* Linux's wait after a SYN-ACK that acknowledges another number */
#define TIMERS          (1u << 19)
#define OPEN_AT_ONCE    64
#define ISN(index)      ((index)*2654435761u)
#define BOT_PORT(index) ((uint16_t)(1024 + (index) % 60000))

enum step { CONNECT, GREETING, EHLO, MAIL, RCPT, OVER };

static const char *const says[] = {
	[EHLO] = "EHLO bot.example.org\r\n",
	[MAIL] = "MAIL FROM:<sender@example.org>\r\n",
	[RCPT] = "RCPT TO:<inbox@example.net>\r\n",
};

enum outcome { SILENT, STALLED, CUT, REFUSED, TEMPFAILED, ACCEPTED, OUTCOMES };

static const char *const outcome_names[OUTCOMES] = {
	[SILENT] = "silent",   [STALLED] = "stalled",       [CUT] = "cut",
	[REFUSED] = "refused", [TEMPFAILED] = "tempfailed", [ACCEPTED] = "accepted",
};

struct bot {
	int64_t start_us;
	uint32_t ours, theirs; /* the next sequence numbers */
	uint8_t step, tries;
	bool waits; /* for an acknowledgement */
};

/* What falls due at a time, all after the same wait: a queue. */
struct timers {
	int64_t wait_us;
	unsigned int first, end;
	struct {
		int64_t due_us;
		uint32_t bot;
		uint8_t step, tries; /* when it was set: a bot that went on needs it no more */
	} timers[TIMERS];
};

struct swarm {
	struct swarm_wire wire;
	uint32_t first; /* host order */
	unsigned long rate, seconds, patience;
	uint32_t count, opened, oldest;
	struct bot *bots;
	struct timers again, challenged;
	unsigned long connected, outcomes[OUTCOMES];
};

static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void say(struct swarm *swarm, uint32_t index, uint8_t flags, uint32_t sequence,
		const char *text)
{
	const struct bot *bot = &swarm->bots[index];

	swarm_send(&swarm->wire,
		   &(struct swarm_segment){.client = swarm->first + index,
					   .port = BOT_PORT(index),
					   .flags = flags,
					   .sequence = sequence,
					   .acknowledged = flags & TH_ACK ? bot->theirs : 0,
					   .text = text,
					   .length = strlen(text)});
}

static void set_timer(struct swarm *swarm, struct timers *timers, uint32_t index)
{
	const struct bot *bot = &swarm->bots[index];
	unsigned int place = timers->end % TIMERS;

	if (timers->end - timers->first == TIMERS)
		return; /* this packet is not sent again */
	timers->timers[place].due_us = now_us() + timers->wait_us;
	timers->timers[place].bot = index;
	timers->timers[place].step = bot->step;
	timers->timers[place].tries = bot->tries;
	timers->end++;
}

/* Says what the bot's step has to say, for the first time or again. */
static void speak(struct swarm *swarm, uint32_t index)
{
	struct bot *bot = &swarm->bots[index];

	bot->waits = true;
	if (bot->step == CONNECT)
		say(swarm, index, TH_SYN, bot->ours - 1, "");
	else
		say(swarm, index, TH_ACK | TH_PUSH, bot->ours - (uint32_t)strlen(says[bot->step]),
		    says[bot->step]);
	set_timer(swarm, &swarm->again, index);
}

static void finish(struct swarm *swarm, struct bot *bot, enum outcome outcome)
{
	swarm->outcomes[outcome]++;
	bot->step = OVER;
}

static void open_due(struct swarm *swarm, int64_t start)
{
	uint64_t due = (uint64_t)(now_us() - start) * swarm->rate / 1000000 + 1;
	int i;

	for (i = 0; i < OPEN_AT_ONCE && swarm->opened < swarm->count && swarm->opened < due; i++) {
		uint32_t index = swarm->opened++;

		swarm->bots[index] = (struct bot){.start_us = now_us(), .ours = ISN(index) + 1};
		speak(swarm, index);
	}
}

/* The last line of a reply decides what comes next; a reply that goes on is waited for. */
static void take_reply(struct swarm *swarm, uint32_t index, const char *text, size_t length)
{
	struct bot *bot = &swarm->bots[index];
	size_t line = length - 1;

	if (text[length - 1] != '\n')
		return;
	while (line && text[line - 1] != '\n')
		line--;
	if (length - line < 5 || text[line + 3] == '-')
		return;
	if (text[line] == '5' || text[line] == '4') {
		say(swarm, index, TH_ACK | TH_FIN, bot->ours, "");
		finish(swarm, bot, text[line] == '5' ? REFUSED : TEMPFAILED);
	} else if (bot->step == RCPT) {
		say(swarm, index, TH_ACK | TH_FIN, bot->ours, "");
		finish(swarm, bot, ACCEPTED);
	} else {
		bot->step++;
		bot->tries = 0;
		bot->ours += (uint32_t)strlen(says[bot->step]);
		speak(swarm, index);
	}
}

/* Unless it acknowledges our SYN it is somebody's cookie: an honest stack resets that number. */
static void take_syn_ack(struct swarm *swarm, uint32_t index, const struct swarm_segment *segment)
{
	struct bot *bot = &swarm->bots[index];

	if (segment->acknowledged != bot->ours && bot->step == CONNECT) {
		say(swarm, index, TH_RST, segment->acknowledged, "");
		if (!bot->tries)
			set_timer(swarm, &swarm->challenged, index);
		return;
	}
	if (bot->step == CONNECT) {
		bot->step = GREETING;
		bot->theirs = segment->sequence + 1;
		bot->waits = false;
		swarm->connected++;
	}
	say(swarm, index, TH_ACK, bot->ours, "");
}

static void take_text(struct swarm *swarm, uint32_t index, const struct swarm_segment *segment)
{
	struct bot *bot = &swarm->bots[index];
	bool fin = segment->flags & TH_FIN;

	if (segment->acknowledged == bot->ours)
		bot->waits = false;
	if (!segment->length && !fin)
		return;
	if (segment->sequence != bot->theirs) {
		say(swarm, index, TH_ACK, bot->ours, "");
		return;
	}
	bot->theirs += (uint32_t)segment->length + fin;
	if (segment->length)
		take_reply(swarm, index, segment->text, segment->length);
	if (fin && bot->step != OVER) {
		say(swarm, index, TH_ACK | TH_FIN, bot->ours, "");
		finish(swarm, bot, CUT);
	} else if (segment->length && bot->step != OVER && !bot->waits) {
		say(swarm, index, TH_ACK, bot->ours, "");
	}
}

static void take(struct swarm *swarm, const struct swarm_segment *segment)
{
	uint32_t index = segment->client - swarm->first;
	struct bot *bot;

	if (index >= swarm->opened || segment->port != BOT_PORT(index))
		return;
	bot = &swarm->bots[index];
	if (segment->flags & TH_RST) {
		if (bot->step != OVER &&
		    (bot->step != CONNECT || segment->acknowledged == bot->ours))
			finish(swarm, bot, CUT);
	} else if (bot->step == OVER) {
		say(swarm, index, TH_RST, segment->acknowledged, "");
	} else if (segment->flags & TH_SYN) {
		take_syn_ack(swarm, index, segment);
	} else if (bot->step != CONNECT) {
		take_text(swarm, index, segment);
	}
}

static void run_timers(struct swarm *swarm, struct timers *timers, int64_t now)
{
	for (; timers->first != timers->end; timers->first++) {
		unsigned int place = timers->first % TIMERS;
		uint32_t index = timers->timers[place].bot;
		struct bot *bot = &swarm->bots[index];

		if (timers->timers[place].due_us > now)
			return;
		if (!bot->waits || bot->step != timers->timers[place].step ||
		    bot->tries != timers->timers[place].tries || bot->tries == TRIES_MAX)
			continue;
		bot->tries++;
		speak(swarm, index);
	}
}

static void give_up_old(struct swarm *swarm, int64_t now)
{
	int64_t before = now - (int64_t)swarm->patience * 1000000;

	for (; swarm->oldest < swarm->opened; swarm->oldest++) {
		struct bot *bot = &swarm->bots[swarm->oldest];

		if (bot->step != OVER && bot->start_us > before)
			return;
		if (bot->step != OVER)
			finish(swarm, bot, bot->step == CONNECT ? SILENT : STALLED);
	}
}

static void run(struct swarm *swarm)
{
	const int64_t start = now_us();
	int64_t opened_in = 0;

	while (!ended && (swarm->opened < swarm->count || swarm->oldest < swarm->opened)) {
		struct swarm_segment segment;
		uint32_t before = swarm->opened;
		int64_t now = now_us();

		open_due(swarm, start);
		if (before < swarm->count)
			opened_in = now_us() - start;
		run_timers(swarm, &swarm->challenged, now);
		run_timers(swarm, &swarm->again, now);
		while (swarm_receive(&swarm->wire, &segment))
			take(swarm, &segment);
		swarm_flush(&swarm->wire);
		give_up_old(swarm, now);
		if (swarm->opened == before)
			poll(&(struct pollfd){.fd = swarm->wire.socket, .events = POLLIN}, 1, 1);
	}
	printf("opened %u\na_second %.0f\nconnected %lu\npackets %lu\n", swarm->opened,
	       opened_in ? (double)swarm->opened * 1e6 / (double)opened_in : 0, swarm->connected,
	       swarm->wire.sent);
	for (int i = 0; i < OUTCOMES; i++)
		printf("%s %lu\n", outcome_names[i], swarm->outcomes[i]);
}

static int prepare(struct swarm *swarm, char **argv)
{
	struct in_addr server, first;
	uint16_t port = (uint16_t)strtoul(argv[4], NULL, 10);
	int error;

	if (inet_pton(AF_INET, argv[3], &server) != 1 || inet_pton(AF_INET, argv[5], &first) != 1)
		return -EINVAL;
	swarm->first = ntohl(first.s_addr);
	swarm->rate = strtoul(argv[6], NULL, 10);
	swarm->seconds = strtoul(argv[7], NULL, 10);
	swarm->patience = strtoul(argv[8], NULL, 10);
	if (!swarm->rate || !swarm->seconds || swarm->rate > 1000000 || swarm->seconds > 3600)
		return -EINVAL;
	swarm->count = (uint32_t)(swarm->rate * swarm->seconds);
	swarm->again.wait_us = AGAIN_US;
	swarm->challenged.wait_us = CHALLENGED_US;
	error = swarm_open(&swarm->wire, argv[1], argv[2], ntohl(server.s_addr), port);
	if (error)
		return error;
	swarm->bots = calloc(swarm->count, sizeof(*swarm->bots));
	return swarm->bots ? 0 : -ENOMEM;
}

int main(int argc, char **argv)
{
	static struct swarm swarm;
	int error = argc == 9 ? prepare(&swarm, argv) : -EINVAL;

	if (error) {
		fprintf(stderr,
			"swarm: %s\nusage: swarm INTERFACE MAC SERVER PORT FIRST RATE SECONDS "
			"PATIENCE\n",
			strerror(-error));
		return 2;
	}
	signal(SIGTERM, end);
	run(&swarm);
	free(swarm.bots);
	return 0;
}
