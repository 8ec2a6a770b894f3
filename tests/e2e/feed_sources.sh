#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Feeds from an HTTPS server and an rsync daemon: what has not changed is not sent again, also after a
# restart; whatever a server does wrong is refused with its reason, and what was good stays in force.
set -u
. "${0%/*}/lib.sh"
box_enter "$0" "$@"
lab_up
daemon_conf wan0
WWW=$BOX_RUN/www
SERVER_LOG=$BOX_RUN/server.log
mkdir -p "$WWW"
chmod 755 "$BOX_RUN" "$WWW"
seq -f '203.0.113.%g' 0 255 >"$WWW/list"
touch "$SERVER_LOG"

# certificate NAME: a certificate of its own for 127.0.0.1.
certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
		-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
		-keyout "$BOX_RUN/$1.key" -out "$BOX_RUN/$1.crt" 2>/dev/null
	chmod 644 "$BOX_RUN/$1.crt"
}
certificate server
certificate stranger

feed() {
	echo "feed \"$1\" { source = \"$2\" ca_file = $BOX_RUN/${3:-server}.crt timeout = 3s jitter = 0s ${4:-} }"
}
{
	for path in tagged dated cut gzip-cut loop plain-text 500 drip nowhere; do
		feed "$path" "https://127.0.0.1:8443/$path"
	done
	feed bomb https://127.0.0.1:8443/gzip-bomb server "size_max = 8"
	feed wrong-ca https://127.0.0.1:8443/tagged stranger
	feed no-server https://127.0.0.1:8444/tagged
	feed rsync rsync://127.0.0.1:8730/lists/list
} >>"$DAEMON_CONF"

cat >"$BOX_RUN/rsyncd.conf" <<-END
	port = 8730
	address = 127.0.0.1
	use chroot = no
	[lists]
	path = $WWW
	read only = yes
END
on_exec gateway python3 "${0%/*}/feed_server.py" 8443 "$BOX_RUN/server.crt" "$BOX_RUN/server.key" \
	"$WWW" "$SERVER_LOG" </dev/null >"$BOX_RUN/server.out" 2>&1 &
on_exec gateway rsync --daemon --no-detach --config="$BOX_RUN/rsyncd.conf" </dev/null >/dev/null 2>&1 &
wait_for 10 on gateway curl -sk -o /dev/null https://127.0.0.1:8443/nowhere
daemon_start

# number FEED KEY: a number of a feed's in mxdp feed list.
number() {
	on gateway mxdp feed list --json | python3 -c '
import json, sys
print(*[int(feed[sys.argv[2]]) for feed in json.load(sys.stdin)["feeds"] if feed["name"] == sys.argv[1]])
' "$1" "$2"
}

has() {
	[ "$(number "$1" "$2")" = "$3" ]
}

# synced FEED: its latest attempt was successful, and it is over.
synced() {
	on gateway mxdp feed list | grep -q "^$1 .* good$"
}

refused() {
	on gateway mxdp feed list | grep -q "^$1: .*$2"
}

# waits FEED SECONDS: so long after its latest attempt comes the next.
waits() {
	[ $(($(number "$1" next) - $(number "$1" tried))) -eq "$2" ]
}

waits_ever_longer() {
	[ "$1" -eq 30 ] || [ "$1" -eq 60 ] || [ "$1" -eq 120 ]
}

seen() {
	grep -q "$1" "$SERVER_LOG"
}

expect "a list comes by HTTPS" wait_for 20 has tagged entries 256
expect "... packed" seen '^/tagged 200 - gzip'
expect "a list without an ETag comes too" wait_for 20 has dated entries 256
expect "a list comes by rsync" wait_for 20 has rsync entries 256

# FEED|WORDS OF THE REASON
while IFS='|' read -r feed words; do
	expect "$feed is refused: $words" wait_for 30 refused "$feed" "$words"
	expect "... and has no entries" has "$feed" entries 0
done <<-END
	cut|the transfer was cut off
	gzip-cut|the transfer was cut off
	loop|redirect
	plain-text|rotocol
	500|the server answers 500
	drip|imeout
	nowhere|the server answers 404
	bomb|larger than 8 MiB
	wrong-ca|certificate
	no-server|connect
END

retry=$(($(number 500 next) - $(number 500 tried)))
expect "a failure is tried again in half a minute, and then ever later" waits_ever_longer "$retry"
on gateway mxdp feed sync 500 >/dev/null
expect "... after another failure in twice the time" wait_for 10 waits 500 $((retry * 2))
: >"$SERVER_LOG"
for feed in tagged dated rsync; do
	on gateway mxdp feed sync "$feed" >/dev/null
done
expect "what has not changed is not sent again: ETag" wait_for 10 seen '^/tagged 304 "'
expect "... If-Modified-Since" wait_for 10 seen '^/dated 304 [A-Z]'
expect "... and stays" has tagged entries 256
daemon_end TERM
: >"$SERVER_LOG"
daemon_start
expect "after a restart the server is asked with what was known before" wait_for 20 seen '^/tagged 304 "'
expect "... by date too" wait_for 20 seen '^/dated 304 [A-Z]'
expect "... and the data is there" has tagged entries 256
sleep 1
echo 198.51.100.10 >>"$WWW/list"
for feed in tagged dated rsync; do
	on gateway mxdp feed sync "$feed" >/dev/null
	expect "a change comes: $feed" wait_for 10 has "$feed" entries 257
done
expect "... and drops its client" silent 198.51.100.10
printf '<html>oops</html>\n' >"$WWW/list"
on gateway mxdp feed sync tagged >/dev/null
expect "an error page in place of the list is refused" wait_for 10 refused tagged 'line 1'
expect "... and what was good stays" has tagged entries 257
finish
