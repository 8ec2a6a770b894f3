/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse.h"

#include <errno.h>
#include <string.h>

/* A line, or a part of one: not terminated. */
struct span {
	const char *start;
	size_t length;
};

static bool equals(struct span span, const char *text)
{
	return span.length == strlen(text) && memcmp(span.start, text, span.length) == 0;
}

/* A value with control characters is no HELO and no sender: left out, like one too long. */
static void copy(struct span value, char *out, size_t size)
{
	out[0] = '\0';
	if (value.length >= size)
		return;
	for (size_t i = 0; i < value.length; i++)
		if ((unsigned char)value.start[i] < ' ' || value.start[i] == 0x7f)
			return;
	memcpy(out, value.start, value.length);
	out[value.length] = '\0';
}

static void take_address(struct span value, struct mxdp_policy_request *request)
{
	char text[MXDP_ADDRESS_TEXT];

	copy(value, text, sizeof(text));
	request->has_client = mxdp_address_parse(text, &request->client) == 0;
}

/* The names that matter; all others are Postfix's to add. */
static void take(struct span name, struct span value, struct mxdp_policy_request *request)
{
	if (equals(name, "client_address"))
		take_address(value, request);
	else if (equals(name, "helo_name"))
		copy(value, request->helo, sizeof(request->helo));
	else if (equals(name, "sender"))
		copy(value, request->sender, sizeof(request->sender));
	else if (equals(name, "recipient"))
		copy(value, request->recipient, sizeof(request->recipient));
	else if (equals(name, "instance"))
		copy(value, request->instance, sizeof(request->instance));
	else if (equals(name, "sasl_username"))
		request->authenticated = value.length > 0;
	else if (equals(name, "protocol_state"))
		request->at_recipient = equals(value, "RCPT");
}

static int take_line(struct span line, bool first, struct mxdp_policy_request *request,
		     const char **fault)
{
	const char *equal = memchr(line.start, '=', line.length);
	struct span name, value;

	if (!equal || equal == line.start) {
		*fault = "a line is no name=value";
		return -EINVAL;
	}
	name = (struct span){line.start, (size_t)(equal - line.start)};
	value = (struct span){equal + 1, line.length - name.length - 1};
	if (first && !(equals(name, "request") && equals(value, "smtpd_access_policy"))) {
		*fault = "it does not begin with request=smtpd_access_policy";
		return -EINVAL;
	}
	take(name, value, request);
	return 0;
}

int mxdp_policy_parse(const char *bytes, size_t length, struct mxdp_policy_request *request,
		      const char **fault)
{
	size_t at = 0;

	*request = (struct mxdp_policy_request){.has_client = false};
	while (at < length && at < MXDP_POLICY_REQUEST_MAX) {
		const char *end = memchr(bytes + at, '\n', length - at);
		struct span line = {bytes + at, 0};
		int error;

		if (!end)
			break;
		line.length = (size_t)(end - line.start);
		if (line.length > 0 && line.start[line.length - 1] == '\r')
			line.length--;
		if (line.length == 0 && at == 0) {
			*fault = "it is empty";
			return -EINVAL;
		}
		if (line.length == 0)
			return (int)(end + 1 - bytes);
		error = take_line(line, at == 0, request, fault);
		if (error < 0)
			return error;
		at = (size_t)(end + 1 - bytes);
	}
	if (length < MXDP_POLICY_REQUEST_MAX)
		return 0;
	*fault = "it is too long";
	return -E2BIG;
}
