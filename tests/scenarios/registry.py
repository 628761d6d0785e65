"""A registry with one private image, small enough to read: the four requests that a pull makes."""

import base64
import json
import tarfile
import tempfile
import threading
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from docker.models.images import Image

Json = dict[str, Any]

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


class Registry:
    """Serves `image` under two names to who knows the account; on loopback the engine needs no certificate for it."""

    def __init__(self, image: Image, account: str) -> None:
        self.auth = base64.b64encode(account.encode()).decode()
        self._blobs: dict[str, bytes] = {}
        self._manifest = self._manifest_of(image)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def image(self) -> str:
        return f"127.0.0.1:{self._server.server_port}/private/image:1"

    @property
    def other_image(self) -> str:
        return f"127.0.0.1:{self._server.server_port}/private/other:1"

    def __enter__(self) -> "Registry":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _manifest_of(self, image: Image) -> bytes:
        """Keeps the blobs of a saved image, and describes them as a registry does."""
        with tempfile.TemporaryFile() as saved:
            for piece in image.save():
                saved.write(piece)
            saved.seek(0)
            with tarfile.open(fileobj=saved) as archive:
                (listed,) = json.loads(self._member(archive, "manifest.json"))
                config = self._kept(self._member(archive, listed["Config"]), "container.image.v1+json")
                layers = [
                    self._kept(self._member(archive, layer), "image.rootfs.diff.tar.gzip") for layer in listed["Layers"]
                ]
        return json.dumps({"schemaVersion": 2, "mediaType": _MANIFEST, "config": config, "layers": layers}).encode()

    @staticmethod
    def _member(archive: tarfile.TarFile, name: str) -> bytes:
        member = archive.extractfile(name)
        assert member is not None, name
        return member.read()

    def _kept(self, blob: bytes, kind: str) -> Json:
        digest = f"sha256:{sha256(blob).hexdigest()}"
        self._blobs[digest] = blob
        return {"mediaType": f"application/vnd.docker.{kind}", "size": len(blob), "digest": digest}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.headers.get("Authorization") != f"Basic {registry.auth}":
                    self._send(401, b"{}", {"WWW-Authenticate": 'Basic realm="scenarios"'})
                    return
                last = self.path.rpartition("/")[2]
                if "/manifests/" in self.path:
                    self._send(200, registry._manifest, {"Content-Type": _MANIFEST})
                else:
                    self._send(200, registry._blobs.get(last, b"{}"), {})

            def do_HEAD(self) -> None:
                self.do_GET()

            def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                self.send_header("Docker-Distribution-API-Version", "registry/2.0")
                self.send_header("Docker-Content-Digest", f"sha256:{sha256(body).hexdigest()}")
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
