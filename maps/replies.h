/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the packet path needs to answer a refused client by itself: the secrets behind its cookies,
 * the texts, and how the turn of a dialogue is read from nothing but the client's own packet.
 *
 * Our initial sequence number is the cookie: SipHash-2-4 over both addresses, both ports and the
 * epoch. What the client acknowledges, less the cookie and 1, is the offset: how much we have said.
 * It is 0 after the handshake; each later reply is padded so that
 *
 *     offset mod 64 = state * 32 + (expected sequence number of the client mod 16) * 2 + our FIN
 *
 * so the packet itself tells where the dialogue is and whether its data is the next that we expect.
 */
#ifndef MXDP_REPLIES_H
#define MXDP_REPLIES_H

#include <linux/types.h>

#define MXDP_REPLY_INTERFACES_MAX 16

/* An epoch lasts 2^36 ns, 69 s; a cookie is accepted in its own and in the next. */
#define MXDP_EPOCH_SHIFT 36
/* A secret serves 64 epochs, 73 minutes, and rests as many: then it may be replaced. */
#define MXDP_SECRET_EPOCHS_SHIFT 6
#define MXDP_SECRETS             2

#define MXDP_OFFSET_PERIOD   64
#define MXDP_OFFSET_STATE    32
#define MXDP_OFFSET_SEQUENCE 16
#define MXDP_OFFSET_FIN      1
/* Beyond this the client is asked to leave: a dialogue is no place to stay. */
#define MXDP_OFFSET_MAX 8192

/* The states of a dialogue. */
enum mxdp_dialogue_state { MXDP_STATE_IDLE, MXDP_STATE_MAIL };

/* Where in the dialogue a refusal is spoken. */
#define MXDP_REPLY_PLACES(X)                                           \
	X(DEFAULT, "default", "as the settings say for the action")    \
	X(GREETING, "greeting", "instead of the greeting: 554 or 421") \
	X(HELO, "helo", "in answer to EHLO or HELO")                   \
	X(DIALOGUE, "dialogue", "in answer to RCPT, where the sender's user reads it")

#define MXDP_ENUM_REPLY_AT(name, text, what) MXDP_REPLY_AT_##name,
enum mxdp_reply_at { MXDP_REPLY_PLACES(MXDP_ENUM_REPLY_AT) MXDP_REPLY_AT_COUNT };

/*
 * The replies that are the same for all clients, at the front of the map reply_texts. @ stands
 * for the gateway's name.
 */
#define MXDP_REPLIES(X)                                                             \
	X(GREETING, "220 @ ESMTP")                                                  \
	X(HELO, "250 @")                                                            \
	X(EHLO, "250-@\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES") \
	X(OK, "250 2.0.0 Ok")                                                       \
	X(SENDER_OK, "250 2.1.0 Ok")                                                \
	X(SEQUENCE, "503 5.5.1 Bad sequence of commands")                           \
	X(NO_RECIPIENT, "554 5.5.1 No valid recipients")                            \
	X(CANNOT_VERIFY, "252 2.5.2 Cannot verify")                                 \
	X(NOT_OFFERED, "502 5.5.1 Command not implemented")                         \
	X(UNKNOWN, "500 5.5.2 Command unrecognized")                                \
	X(TOO_LONG, "500 5.5.2 Line too long, closing")                             \
	X(TOO_MANY, "421 4.7.0 @ Too many commands, closing")                       \
	X(BYE, "221 2.0.0 Bye")                                                     \
	X(CONTACT, "451 4.7.1 Refused here, but mail to this address alone passes in a minute")

#define MXDP_ENUM_REPLY(name, text) MXDP_REPLY_##name,
enum mxdp_reply { MXDP_REPLIES(MXDP_ENUM_REPLY) MXDP_REPLIES_END };

/*
 * Behind them, for each text number, the refusals: at each of the three places a permanent and a
 * temporary one. Text number 0 is the one for every reason; the last, beyond those that a verdict
 * can name, is the greylist's.
 */
#define MXDP_REFUSALS          6
#define MXDP_TEXT_NUMBERS_MAX  64
#define MXDP_TEXT_GREYLIST     MXDP_TEXT_NUMBERS_MAX
#define MXDP_REPLY_TEXTS_MAX   (MXDP_REPLIES_END + MXDP_REFUSALS * (MXDP_TEXT_NUMBERS_MAX + 1))
#define MXDP_REFUSAL_AT(at)    (((at)-MXDP_REPLY_AT_GREETING) * 2)
#define MXDP_REFUSAL_TEMPORARY 1

/*
 * Longest reply, with the client's address and CRLF, before the padding of up to 63 bytes. A frame
 * can grow by some 216 bytes at its head, and the shortest packet that is answered has no payload.
 */
#define MXDP_REPLY_TEXT_MAX 150
#define MXDP_REPLY_HALF_MAX 256 /* room for `before` and `after`; a power of two */

/* Value of reply_texts: `before`, the client's address if wanted, `after`, padding, CRLF. */
struct mxdp_reply_text {
	__u8 before_length;
	__u8 after_length;
	__u8 address; /* 1: the client's address goes between the two */
	__u8 reserved[5];
	__u8 before[MXDP_REPLY_HALF_MAX];
	__u8 after[MXDP_REPLY_HALF_MAX];
};

/*
 * Value of cookie_secrets. The secret of an epoch is at (epoch >> MXDP_SECRET_EPOCHS_SHIFT) %
 * MXDP_SECRETS; the daemon replaces the one that rests, so nobody reads what is being written.
 */
struct mxdp_cookie_secret {
	__u64 key[2];
	__u64 generation; /* epoch >> MXDP_SECRET_EPOCHS_SHIFT that it was made for */
};

/* What a refused client said, in the ring `dialogues`. */
#define MXDP_UTTERANCES(X)                                           \
	X(NONE, "none", "nothing")                                   \
	X(HELO, "helo", "HELO or EHLO")                              \
	X(MAIL, "mail", "MAIL: the sender")                          \
	X(RCPT, "rcpt", "RCPT: a recipient")                         \
	X(LEFT, "left", "QUIT, or the connection's end")             \
	X(ANSWERED, "answered", "its SYN, and our SYN-ACK was sent") \
	X(GREETED, "greeted", "the handshake's end, and our first words were sent")

#define MXDP_ENUM_UTTERANCE(name, text, what) MXDP_UTTERANCE_##name,
enum mxdp_utterance { MXDP_UTTERANCES(MXDP_ENUM_UTTERANCE) MXDP_UTTERANCE_COUNT };

#define MXDP_UTTERANCE_MAX 256

/* The last two are told by each CPU so often at most, and so many at once. */
#define MXDP_OPENED_INTERVAL_NS 10000000ULL
#define MXDP_OPENED_BURST_NS    1000000000ULL

/*
 * A record in the ring `dialogues`: the address is proved by the cookie, but for ANSWERED. A
 * command that is sent again is reported again. ANSWERED and GREETED have in `line` the frame that
 * we answered.
 */
struct mxdp_dialogue {
	__u64 time_ns;
	__u8 client[16];      /* IPv4 as ::ffff:a.b.c.d */
	__u8 destination[16]; /* likewise */
	__be16 client_port;
	__be16 port;
	__u16 kind;                    /* enum mxdp_utterance */
	__u16 length;                  /* of the command line, as far as it is here */
	__u32 ifindex;                 /* where it came in */
	__u32 cookie;                  /* the same for all of one connection */
	__u16 text;                    /* number of the text that the client is refused by */
	__u8 action;                   /* enum mxdp_action: how it is refused */
	__u8 at;                       /* enum mxdp_reply_at: where */
	__u8 line[MXDP_UTTERANCE_MAX]; /* the whole command, hostile */
};

#endif
