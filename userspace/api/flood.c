/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Floods: in the status, and as a line of the watch stream. */
#include <time.h>

#include "show.h"

json_t *mxdp_show_flood(const struct mxdp_flood_view *flood)
{
	return json_pack("{s:b, s:I, s:I, s:I}", "on", flood->cpus != 0, "since",
			 flood->cpus ? (json_int_t)mxdp_boottime_to_unix(flood->since_ns) : 0,
			 "cpus", (json_int_t)flood->cpus, "floods", (json_int_t)flood->floods);
}

json_t *mxdp_show_flood_event(const struct mxdp_flood_view *flood)
{
	json_t *event = mxdp_show_flood(flood);

	json_object_set_new(event, "event", json_string("flood"));
	json_object_set_new(event, "time", json_integer((json_int_t)time(NULL)));
	return event;
}
