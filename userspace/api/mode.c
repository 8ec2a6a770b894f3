/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GET and POST /mode: in which mode the daemon works, and who chose it. */

#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include "maps/maps.h"
#include "parse.h"
#include "routes.h"
#include "show.h"

void mxdp_show_mode(const struct mxdp_api_world *world, json_t *answer)
{
	const struct mxdp_config *config = world->config(world->context);
	const struct mxdp_mode_choice *choice = world->mode;

	json_object_set_new(answer, "mode", json_string(mxdp_mode_name(config->mode)));
	json_object_set_new(answer, "mode_text", json_string(mxdp_show_mode_text(config->mode)));
	json_object_set_new(answer, "mode_configured",
			    json_string(mxdp_mode_name(config->configured_mode)));
	json_object_set_new(answer, "mode_chosen", json_boolean(choice->made));
	json_object_set_new(answer, "mode_since", json_integer((json_int_t)choice->since));
	json_object_set_new(answer, "mode_by", mxdp_show_text(choice->by));
}

static void answer_mode(struct mxdp_api_request *request, const char *note)
{
	json_t *answer = json_object();

	if (!answer) {
		mxdp_api_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "memory is out");
		return;
	}
	mxdp_show_mode(request->world, answer);
	if (note)
		json_object_set_new(answer, "note", mxdp_show_text(note));
	mxdp_api_answer(request, MHD_HTTP_OK, answer);
}

void mxdp_api_get_mode(struct mxdp_api_request *request)
{
	answer_mode(request, NULL);
}

/* The name is the client's word; the user id is the kernel's. */
static void name_peer(const struct mxdp_api_request *request, const char *name,
		      char by[MXDP_MODE_BY])
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (info && !getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		snprintf(by, MXDP_MODE_BY, "%s%suid %u", name, name[0] ? ", " : "", peer.uid);
	else
		snprintf(by, MXDP_MODE_BY, "%s", name[0] ? name : "somebody");
}

void mxdp_api_post_mode(struct mxdp_api_request *request)
{
	struct mxdp_mode_choice choice = {.since = time(NULL)};
	char fault[MXDP_API_FAULT] = "", name[MXDP_API_NAME];
	int error = mxdp_api_parse_mode(request->body, request->length, &choice.made, &choice.mode,
					name, fault);

	if (error < 0) {
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s", fault);
		return;
	}
	name_peer(request, name, choice.by);
	error = request->world->set_mode(request->world->context, &choice, fault, sizeof(fault));
	if (error < 0)
		mxdp_api_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "%s", fault);
	else
		answer_mode(request, fault[0] ? fault : NULL);
}
