/* SPDX-License-Identifier: GPL-2.0-or-later */
/* POST /reload and /detach. */
#include <string.h>

#include "routes.h"
#include "show.h"

void mxdp_api_post_reload(struct mxdp_api_request *request)
{
	char text[MXDP_CONFIG_ERROR] = "";
	int error = request->world->reload(request->world->context, text, sizeof(text));

	if (error < 0)
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s",
				text[0] ? text : strerror(-error));
	else
		mxdp_api_give(request, json_pack("{s:o}", "note", mxdp_show_text(text)));
}

void mxdp_api_post_detach(struct mxdp_api_request *request)
{
	const struct mxdp_config *config = request->world->config(request->world->context);

	request->detach = true;
	mxdp_api_give(request, json_pack("{s:o}", "pins", mxdp_show_text(config->pin_directory)));
}
