/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of the watch stream, one an event. */
#include <arpa/inet.h>
#include <net/if.h>
#include <time.h>

#include "maps/maps.h"
#include "show.h"

json_t *mxdp_show_event(const struct mxdp_event *event)
{
	char client[MXDP_ADDRESS_TEXT], destination[MXDP_ADDRESS_TEXT];
	char interface[IF_NAMESIZE] = "?";
	struct mxdp_address from = mxdp_address_from_bytes(event->client);
	struct mxdp_address to = mxdp_address_from_bytes(event->destination);

	if_indextoname(event->ifindex, interface);
	return json_pack("{s:s, s:I, s:s, s:i, s:s, s:i, s:s, s:s, s:s, s:o, s:b}", "event",
			 mxdp_event_kind_name(event->kind), "time",
			 (json_int_t)mxdp_boottime_to_unix(event->time_ns), "client",
			 mxdp_address_format(&from, client), "client_port",
			 (int)ntohs(event->client_port), "destination",
			 mxdp_address_format(&to, destination), "port", (int)ntohs(event->port),
			 "port_class", mxdp_port_class_name(event->port_class), "action",
			 mxdp_action_name(event->action), "reason", mxdp_reason_name(event->reason),
			 "interface", mxdp_show_text(interface), "observed", event->observed != 0);
}

json_t *mxdp_show_decision(const struct mxdp_case *decided)
{
	const struct mxdp_decision *decision = &decided->decision;
	char client[MXDP_ADDRESS_TEXT], key[MXDP_PREFIX_TEXT];

	return json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:f, s:I, s:i, s:o}", "event", "decision",
			 "time", (json_int_t)decided->decided_at, "client",
			 mxdp_address_format(&decided->client, client), "key",
			 mxdp_prefix_format(&decision->key, key), "action",
			 mxdp_action_name(decision->action), "reason",
			 mxdp_reason_name(decision->reason), "score", decision->score, "expires",
			 (json_int_t)decision->expires, "took_ms", (int)decided->took_ms, "text",
			 mxdp_show_text(decision->text));
}

json_t *mxdp_show_message(const struct mxdp_said_message *message)
{
	char client[MXDP_ADDRESS_TEXT];
	json_t *shown = json_pack("{s:s, s:I, s:s, s:o, s:b, s:b, s:s*}", "event", "message",
				  "time", (json_int_t)message->time, "client",
				  mxdp_address_format(&message->client, client), "helo",
				  mxdp_show_text(message->helo), "proved", (int)message->proved,
				  "refused", (int)message->refused, "spf", message->spf);

	if (shown && message->has_sender)
		json_object_set_new(shown, "sender", mxdp_show_text(message->sender));
	if (shown && message->has_recipient)
		json_object_set_new(shown, "recipient", mxdp_show_text(message->recipient));
	return shown;
}

json_t *mxdp_show_flood_event(const struct mxdp_flood_view *flood)
{
	json_t *event = mxdp_show_flood(flood);

	json_object_set_new(event, "event", json_string("flood"));
	json_object_set_new(event, "time", json_integer((json_int_t)time(NULL)));
	return event;
}
