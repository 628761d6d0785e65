"""A server whose health is three files, /tmp/startup, /tmp/liveness and /tmp/readiness: well while they are there.

Each shows in two more ways: GET of its name answers 200 or 500, and a port of its own is open or not. They are made as many
seconds after the start as the argument says, or "never".
"""

import socket
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORTS = {"startup": 8001, "liveness": 8002, "readiness": 8003}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        name = self.path.strip("/")
        self.send_response(500 if name in PORTS and not is_well(name) else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args):
        pass


def is_well(name):
    return Path("/tmp", name).exists()


def keep_port(name, port):
    while True:
        while not is_well(name):
            time.sleep(0.02)
        with socket.create_server(("0.0.0.0", port)) as server:
            server.settimeout(0.02)
            while is_well(name):
                with suppress(TimeoutError):
                    server.accept()[0].close()


def come_up(after):
    if after != "never":
        time.sleep(float(after))
        for name in PORTS:
            Path("/tmp", name).touch()


if __name__ == "__main__":
    for name, port in PORTS.items():
        threading.Thread(target=keep_port, args=(name, port), daemon=True).start()
    threading.Thread(target=come_up, args=(sys.argv[1],), daemon=True).start()
    ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
