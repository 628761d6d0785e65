"""The server that scenarios deploy: it echoes, streams, and evaluates what a test wants to know of its surroundings.

Only the standard library, for any Python from 3.9 on.
"""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

MEMORY = []
"""Whatever an evaluated expression wants to keep."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are written one after the other

    def do(self):
        parts = urlsplit(self.path)
        answer = getattr(self, "on_" + parts.path.strip("/").partition("/")[0], self.on_echo)
        answer({name: values[0] for name, values in parse_qs(parts.query).items()})

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do

    def on_echo(self, _query):
        """The request as it arrived."""
        self.reply(
            {
                "method": self.command,
                "path": self.path,
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "body": b"".join(self.pieces()).decode(),
                "pod": os.environ.get("POD_NAME"),
            }
        )

    def on_eval(self, _query):
        """The value of a Python expression, evaluated in here."""
        try:
            self.reply(eval(b"".join(self.pieces()), globals()))
        except Exception as error:
            self.reply(f"{type(error).__name__}: {error}", status=500)

    def on_sleep(self, query):
        """An answer that takes its time, once the request is wholly there."""
        for _ in self.pieces():
            pass
        time.sleep(float(query["s"]))
        self.reply("slept")

    def on_count(self, _query):
        """How many bytes came."""
        self.reply(sum(len(piece) for piece in self.pieces()))

    def on_mirror(self, _query):
        """Every piece of the request goes back as soon as it has come."""
        self.begin_stream()
        for piece in self.pieces():
            self.send_piece(piece)
        self.send_piece(b"")

    def on_ticks(self, query):
        """Server-sent events with a pause in between."""
        self.begin_stream("text/event-stream")
        for number in range(int(query["n"])):
            self.send_piece(b"data: %d\n\n" % number)
            time.sleep(float(query["pause"]))
        self.send_piece(b"")

    def on_ready(self, _query):
        """Not ready for as many checks as MEMORY holds things."""
        self.reply("ready", status=500 if MEMORY and MEMORY.pop() else 200)

    def on_raw(self, _query):
        """The request's body is the whole answer, head and all, and the connection ends with it."""
        self.wfile.write(b"".join(self.pieces()))
        self.close_connection = True

    def on_until_left(self, _query):
        """No answer: it waits until the caller has closed the connection, and remembers that."""
        self.connection.recv(1)
        MEMORY.append("left")
        self.close_connection = True

    def on_bytes(self, query):
        """So many bytes, with their length told beforehand."""
        left = int(query["n"])
        self.send_response(200)
        self.send_header("Content-Length", str(left))
        self.end_headers()
        while left:
            piece = b"x" * min(left, 1 << 20)
            self.wfile.write(piece)
            left -= len(piece)

    def pieces(self):
        """The request's body as it arrives."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length", 0))
        while left:
            piece = self.rfile.read1(min(left, 1 << 20))
            left -= len(piece)
            yield piece

    def begin_stream(self, kind="application/octet-stream"):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def send_piece(self, piece):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.flush()

    def reply(self, value, status=200):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    port = int(sys.argv[1] if len(sys.argv) > 1 else os.environ["LISTENING_PORT"])
    print("serving on", port, flush=True)
    Server(("0.0.0.0", port), Handler).serve_forever()
