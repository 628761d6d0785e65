"""A server whose health a test may spoil: POST /unready for three seconds, POST /sick for good."""

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HEALTH = {"sick": False, "unready until": 0.0}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        unready = self.path == "/ready" and time.monotonic() < HEALTH["unready until"]
        self.answer(500 if unready or (self.path == "/healthy" and HEALTH["sick"]) else 200)

    def do_POST(self):
        if self.path == "/unready":
            HEALTH["unready until"] = time.monotonic() + 3
        if self.path == "/sick":
            HEALTH["sick"] = True
        self.answer(200)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
