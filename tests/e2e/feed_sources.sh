#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Feeds from an HTTPS server and an rsync daemon: what has not changed is not sent again, also after a
# restart; whatever a server does wrong is refused with its reason, and what was good stays in force;
# checksums are minded, and data grows old while its server is down.
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
	for path in tagged dated cut gzip-cut loop plain-text 500 drip nowhere unasked; do
		feed "$path" "https://127.0.0.1:8443/$path"
	done
	feed bomb https://127.0.0.1:8443/gzip-bomb server "size_max = 8"
	feed wrong-ca https://127.0.0.1:8443/tagged stranger
	feed no-server https://127.0.0.1:8444/tagged
	feed rsync rsync://127.0.0.1:8730/lists/list
	feed checked https://127.0.0.1:8443/checked server "checksum = \"https://127.0.0.1:8443/checked.sha256\""
	feed damaged https://127.0.0.1:8443/damaged server "checksum = \"https://127.0.0.1:8443/damaged.sha256\""
	feed unchecked https://127.0.0.1:8443/unchecked server "checksum = \"https://127.0.0.1:8443/nowhere\""
} >>"$DAEMON_CONF"

cat >"$BOX_RUN/rsyncd.conf" <<-END
	port = 8730
	address = 127.0.0.1
	use chroot = no
	[lists]
	path = $WWW
	read only = yes
END
serve() {
	on_exec gateway python3 "${0%/*}/feed_server.py" 8443 "$BOX_RUN/server.crt" \
		"$BOX_RUN/server.key" "$WWW" "$SERVER_LOG" </dev/null >"$BOX_RUN/server.out" 2>&1 &
	server=$!
}
serve
on_exec gateway rsync --daemon --no-detach --config="$BOX_RUN/rsyncd.conf" </dev/null >/dev/null 2>&1 &
wait_for 20 on gateway curl -sk -o /dev/null https://127.0.0.1:8443/nowhere
daemon_start

refused() {
	on gateway mxdp feed list | grep -q "^$1: .*$2"
}

# waits FEED SECONDS: so long after its latest attempt comes the next.
waits() {
	[ $(($(feed_number "$1" next) - $(feed_number "$1" tried))) -eq "$2" ]
}

waits_ever_longer() {
	[ "$1" -eq 30 ] || [ "$1" -eq 60 ] || [ "$1" -eq 120 ]
}

seen() {
	grep -q "$1" "$SERVER_LOG"
}

# sync_lists FEED ADDRESS
sync_lists() {
	on gateway mxdp feed sync "$1" >/dev/null
	feed_listed "$2"
}

# sync_brings FEED ENTRIES
sync_brings() {
	on gateway mxdp feed sync "$1" >/dev/null
	feed_has "$1" entries "$2"
}

expect "a list comes by HTTPS" wait_for 20 feed_has tagged entries 256
expect "... packed" seen '^/tagged 200 - gzip'
expect "a list without an ETag comes too" wait_for 20 feed_has dated entries 256
expect "a list comes by rsync" wait_for 20 feed_has rsync entries 256

# FEED|WORDS OF THE REASON
while IFS='|' read -r feed words; do
	expect "$feed is refused: $words" wait_for 30 refused "$feed" "$words"
	expect "... and has no entries" feed_has "$feed" entries 0
done <<-END
	cut|the transfer was cut off
	gzip-cut|the transfer was cut off
	loop|redirect
	plain-text|rotocol
	500|the server answers 500
	drip|imeout
	nowhere|the server answers 404
	unasked|the server answers 304
	bomb|larger than 8 MiB
	wrong-ca|certificate
	no-server|connect
	damaged|but the checksum says .* sync again
	unchecked|its checksum cannot be fetched: the server answers 404; mend that
END
expect "a list comes with its checksum" wait_for 20 feed_has checked entries 256

retry=$(($(feed_number 500 next) - $(feed_number 500 tried)))
expect "a failure is tried again in half a minute, and then ever later" waits_ever_longer "$retry"
on gateway mxdp feed sync 500 >/dev/null
expect "... after another failure in twice the time" wait_for 20 waits 500 $((retry * 2))
: >"$SERVER_LOG"
for feed in tagged dated rsync; do
	on gateway mxdp feed sync "$feed" >/dev/null
done
expect "what has not changed is not sent again: ETag" wait_for 20 seen '^/tagged 304 "'
expect "... If-Modified-Since" wait_for 20 seen '^/dated 304 [A-Z]'
expect "... and stays" feed_has tagged entries 256
daemon_end TERM
: >"$SERVER_LOG"
daemon_start
expect "after a restart the server is asked with what was known before" wait_for 20 seen '^/tagged 304 "'
expect "... by date too" wait_for 20 seen '^/dated 304 [A-Z]'
expect "... and the data is there" feed_has tagged entries 256
sleep 1
echo 198.51.100.10 >>"$WWW/list"
for feed in tagged dated rsync; do
	on gateway mxdp feed sync "$feed" >/dev/null
	expect "a change comes: $feed" wait_for 20 feed_has "$feed" entries 257
done
expect "... and drops its client" silent 198.51.100.10
expect "... also where its checksum has changed with it" wait_for 20 sync_brings checked 257
cp "$WWW/list" "$WWW/signed"
echo 203.0.113.77 >>"$WWW/list"
on gateway mxdp feed sync checked >/dev/null
expect "a list that its checksum does not fit is refused" wait_for 20 refused checked "but the checksum says"
expect "... and what was good stays" feed_has checked entries 257
rm "$WWW/signed"
expect "... until the checksum is renewed" wait_for 20 sync_brings checked 258
sed -i '$d' "$WWW/list"
printf '<html>oops</html>\n' >"$WWW/list"
on gateway mxdp feed sync tagged >/dev/null
expect "an error page in place of the list is refused" wait_for 20 refused tagged 'line 1'
expect "... and what was good stays" feed_has tagged entries 257

# Three seconds are little: the server answers, and then is down.
echo 198.51.100.10 >"$WWW/list"
daemon_end TERM
daemon_conf wan0
{
	feed aging https://127.0.0.1:8443/aging server "max_age = 3s when_old = drop priority = 1"
	feed aging-kept https://127.0.0.1:8443/aging-kept server "max_age = 3s when_old = keep use = score score = 1"
} >>"$DAEMON_CONF"
daemon_start
expect "a feed that may not grow old acts" wait_for 20 feed_listed 198.51.100.10
kill "$server"
expect "its server is down: it is old, and listed no more" wait_for 20 feed_not_listed 198.51.100.10
expect "... which mxdp feed list says" wait_for 20 feed_has aging old 1
expect "... and the log, with what became of it" wait_for 20 grep -q "feed aging: .* is no longer in force (when_old = drop)" "$DAEMON_LOG"
on gateway mxdp feed sync aging >/dev/null
expect "... and why it is not renewed" wait_for 20 refused aging onnect
expect "... and its client delivers" deliver 198.51.100.10 old@example.org
expect "another one is old and kept" wait_for 20 feed_has aging-kept old 1
expect "... as the log says" wait_for 20 grep -q "feed aging-kept: .* stays in force (when_old = keep)" "$DAEMON_LOG"
expect "... and is still evidence" says "listed by the feed aging-kept" on gateway mxdp check 198.51.100.10
serve
wait_for 20 on gateway curl -sk -o /dev/null https://127.0.0.1:8443/nowhere
expect "the server is back: so is the list" wait_for 20 sync_lists aging 198.51.100.10
expect "... without having been sent again" seen '^/aging 304 "'
finish
