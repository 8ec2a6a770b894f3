#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""feed_server.py PORT CERTIFICATE KEY DIRECTORY LOG

An HTTPS server of blocklists, good and bad ones: the path says how it behaves. Serves the file `list`
of the directory; writes a line a request: path, status, what the client knew, whether by gzip.
"""
import email.utils
import gzip
import hashlib
import http.server
import os
import ssl
import sys
import time

PORT, CERTIFICATE, KEY, DIRECTORY, LOG = int(sys.argv[1]), *sys.argv[2:6]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def note(self, status, gzipped=False):
        known = self.headers.get("If-None-Match") or self.headers.get("If-Modified-Since") or "-"
        with open(LOG, "a") as log:
            print(self.path, status, known.replace(" ", "_"), "gzip" if gzipped else "plain", file=log)

    def answer(self, status, headers=(), body=b"", length=None, gzipped=False):
        self.note(status, gzipped)
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        if length not in (None, len(body)):
            self.close_connection = True

    def do_GET(self):
        path = os.path.join(DIRECTORY, "list")
        with open(path, "rb") as file:
            body = file.read()
        tag = '"%s"' % hashlib.sha256(body).hexdigest()[:16]
        modified = email.utils.formatdate(os.stat(path).st_mtime, usegmt=True)
        packed = gzip.compress(body)
        if self.path == "/tagged":
            if self.headers.get("If-None-Match") == tag:
                self.answer(304, [("ETag", tag)])
            elif "gzip" in self.headers.get("Accept-Encoding", ""):
                self.answer(200, [("ETag", tag), ("Content-Encoding", "gzip")], packed, gzipped=True)
            else:
                self.answer(200, [("ETag", tag)], body)
        elif self.path == "/dated":
            if self.headers.get("If-Modified-Since") == modified:
                self.answer(304)
            else:
                self.answer(200, [("Last-Modified", modified)], body)
        elif self.path in ("/checked", "/damaged", "/unchecked", "/aging", "/aging-kept"):
            if self.headers.get("If-None-Match") == tag:
                self.answer(304, [("ETag", tag)])
            else:
                self.answer(200, [("ETag", tag)], body)
        elif self.path == "/checked.sha256":
            # Of the file `signed` where there is one: the publisher has not yet renewed the sum.
            signed = os.path.join(DIRECTORY, "signed")
            if os.path.exists(signed):
                with open(signed, "rb") as file:
                    body = file.read()
            self.answer(200, [], b"%s  ./checked\n" % hashlib.sha256(body).hexdigest().encode())
        elif self.path == "/damaged.sha256":
            self.answer(200, [], b"SHA256 (damaged) = %s\n" % hashlib.sha256(body + b"x").hexdigest().encode())
        elif self.path == "/unasked":
            self.answer(304)
        elif self.path == "/cut":
            self.answer(200, [], body, len(body) + 100)
        elif self.path == "/gzip-cut":
            self.answer(200, [("Content-Encoding", "gzip")], packed[:-6], gzipped=True)
        elif self.path == "/gzip-bomb":
            bomb = gzip.compress(b"192.0.2.1\n" * 4000000)
            self.answer(200, [("Content-Encoding", "gzip")], bomb, gzipped=True)
        elif self.path == "/loop":
            self.answer(302, [("Location", "/loop")])
        elif self.path == "/plain-text":
            self.answer(302, [("Location", "http://127.0.0.1:1/list")])
        elif self.path == "/500":
            self.answer(500, [], b"192.0.2.1\n")
        elif self.path == "/drip":
            self.note(200)
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            try:
                for byte in body * 100:
                    self.wfile.write(bytes([byte]))
                    time.sleep(0.5)
            except OSError:
                self.close_connection = True
        else:
            self.answer(404)


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # clients that do not trust the certificate, and those that give up


server = Server(("127.0.0.1", PORT), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
