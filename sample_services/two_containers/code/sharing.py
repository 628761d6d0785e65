"""What both containers agree on: JSON over HTTP, and one file in the shared folder for each text."""

import json
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from pathlib import Path

CACHE = Path("/cache")


def file_of(text):
    return CACHE / sha256(text).hexdigest()


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, text):
        raise NotImplementedError

    def do_POST(self):
        answer = self.answer(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
