"""Where the sidecar asks whether the processor is ready. It may ask at once, and is answered when that is known.

A thread of its own answers, so that it does while all workers are busy.
"""

import json
import socket
import threading
from contextlib import suppress
from typing import Any, Mapping

from .server import listening

_PATIENCE = 1.0


class ReadyDesk:
    def __init__(self, port: int) -> None:
        self._listener = listening("0.0.0.0", port)  # noqa: S104 - the sidecar dials the pod's own address

    def ready(self, workers: int, limits: Mapping[str, int]) -> None:
        """With the limits that the code has set for itself, by their names in a service.json."""
        self._open("200 OK", {"worker_threads": workers, **limits})

    def failed(self, sentence: str) -> None:
        self._open("503 Service Unavailable", {"failure": sentence})

    def leave(self) -> None:
        """What a forked child does with its copy."""
        self._listener.close()

    def _open(self, status: str, told: Any) -> None:
        body = json.dumps(told).encode()
        lines = (
            "HTTP/1.1 " + status,
            "Content-Type: application/json",
            "Content-Length: {}".format(len(body)),
            "Connection: close",
        )
        answer = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        threading.Thread(target=self._attend, args=(answer,), daemon=True).start()

    def _attend(self, answer: bytes) -> None:
        while True:
            with suppress(OSError):
                client, _ = self._listener.accept()
                with client:
                    _reply(client, answer)


def _reply(client: socket.socket, answer: bytes) -> None:
    """A request comes in one piece; who sends none is not waited for."""
    client.settimeout(_PATIENCE)
    if client.recv(65536):
        client.sendall(answer)
