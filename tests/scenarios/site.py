"""A web server on this machine that a model or a package can be fetched from, and that can stop halfway or go away."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE = 30.0


class Site:
    """`files` by path. Unless it is `open`, an answer stops halfway and waits; `halfway` is set then. `answers` counts."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.answers: list[tuple[str, int]] = []
        self.open = threading.Event()
        self.open.set()
        self.halfway = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{path}"

    def close(self) -> None:
        """Nobody answers at its address any more; closing twice is no harm."""
        self.open.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = site.files.get(self.path.partition("?")[0].removeprefix("/"))
                etag = f'"{sha256(body or b"").hexdigest()}"'
                known = self.headers.get("If-None-Match") == etag
                status = 404 if body is None else 304 if known else 200
                site.answers.append((self.path, status))
                self.send_response(status)
                if body is not None:
                    self.send_header("ETag", etag)
                sent = body if body and status == 200 else b""
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self._send(sent)

            def _send(self, body: bytes) -> None:
                half = len(body) // 2
                try:
                    self.wfile.write(body[:half])
                    if not site.open.is_set():
                        site.halfway.set()
                        site.open.wait(PATIENCE)
                    self.wfile.write(body[half:])
                except OSError:  # whoever asked has been killed
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Silence."""

        return Handler


@contextmanager
def a_site() -> Iterator[Site]:
    site = Site()
    try:
        yield site
    finally:
        site.close()
