# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The story's last part: somebody sends SYNs in a provider's name, as fast as he can. That the
# provider's mail goes on is seen in the mailbox, that it has cost it nothing in the verdicts.

readonly PROVIDER4=198.18.7.1 PROVIDER_NEW4=198.18.7.99 PROVIDER_RANGE=198.18.0.0/20

story_flood() {
	local before after
	heading "A flood in a provider's name"
	story_flood_conf
	on gateway mxdp reload >"$BOX_RUN/reload" 2>&1 ||
		missed "mxdp reload" "exit status 0; it said: $(<"$BOX_RUN/reload")" || return 1
	story_delivers "$PROVIDER4" unknown_held || return 1
	before=$(verdict4_field "$PROVIDER4" score)
	spoof_begin "$PROVIDER_RANGE" 1000000 0 60
	wait_for 20 flooded || missed "the flood is noticed" "mxdp status tells of it" || return 1
	observed "SYNs from 4096 of its addresses" \
		"$(on gateway mxdp status | sed -n 's/^ *flood *//p')"
	story_delivers "$PROVIDER4" verdict_pass && story_flood_new || return 1
	spoof_end
	after=$(verdict4_field "$PROVIDER4" score)
	[ "$after" = "$before" ] && [ "$(story_flood_refused)" -eq 0 ] ||
		missed "it has cost the provider nothing" "score $before, no verdict but pass" || return 1
	observed "it has cost the provider nothing" "score $before → $after; no verdict against any of it"
	story_flood_counters
}

story_flood_conf() {
	MXDP_ACTION=reject story_conf
	cat >>"$DAEMON_CONF" <<-END
		flood {
			enter = 500
			leave = 100
		}
	END
}

# One of its hosts that was never seen.
story_flood_new() {
	local start
	start=$(milliseconds)
	deliver "$PROVIDER_NEW4" flood@example.org ||
		missed "a host of it delivers, never seen before" "<flood@example.org> in the mailbox" ||
		return 1
	observed "a host of it delivers, never seen before" \
		"<flood@example.org> in the mailbox after $(($(milliseconds) - start)) ms"
}

# How many verdicts on the provider's hosts are not to pass.
story_flood_refused() {
	on gateway mxdp verdicts --limit 10000 | grep '^198\.18\.[0-9]*\.' | grep -cv ' pass '
}

story_flood_counters() {
	local sent proved
	sent=$(counter challenge_sent) proved=$(counter challenge_proved)
	[ "$sent" -gt 0 ] || missed "who was unknown was challenged" "challenge_sent above 0" || return 1
	observed "who was unknown was challenged" "challenge_sent $sent, challenge_proved $proved"
}
