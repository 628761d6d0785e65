"""The two ports of a program: where requests come to, and in a container where its sidecar asks whether it is ready."""

import threading
from typing import Dict, Optional, Tuple

from . import builtin, log
from .properties import Properties, default_properties
from .ready_desk import ReadyDesk
from .server import Server
from .settings import Settings

# Parity: 0.0.0.0:8080 (wire-contract 5.1).
_HOST = "0.0.0.0"  # noqa: S104 - as the original
_PORT = 8080


class Front:
    """# Parity: in a container both are open as soon as there is a processor, before anything is loaded (wire-contract 5.1).
    Elsewhere they open with the first use, so that a test makes as many processors as it likes.
    """

    def __init__(self, told: Settings, endpoint: Optional[str] = None) -> None:
        self.host, self.port = _address(told, endpoint)
        self._told = told
        self._opening = threading.Lock()
        self._server: Optional[Server] = None
        self._desk: Optional[ReadyDesk] = None
        if told.port is not None:
            self.open()

    @property
    def server(self) -> Server:
        return self.open()

    def open(self) -> Server:
        with self._opening:
            return self._server or self._opened()

    def announce(self) -> None:
        # Parity: the lines of the engine, which names the port that the world sees (eas-semantics 5, `eascmd test`).
        log.info("Processor api version: v2")
        log.info("rpc binds to predefined port {}".format(_PORT if self._told.port is not None else self.port))

    def ready(self, workers: int) -> None:
        self.server.own.update(builtin.handlers(self.server, default_properties(), workers))
        if self._desk:
            self._desk.ready(workers, _limits(default_properties()))
        log.info("Service start successfully")

    def failed(self, sentence: str) -> None:
        if self._desk:
            self._desk.failed(sentence)

    def leave(self) -> None:
        """What a forked child does with its copies."""
        self.server.leave()
        if self._desk:
            self._desk.leave()

    def _opened(self) -> Server:
        self._server = Server(self.host, self.port)
        if self._told.ready_port is not None:
            self._desk = ReadyDesk(self._told.ready_port)
        return self._server


def _limits(properties: Properties) -> Dict[str, int]:
    # Parity: the vendor's sample puts "rpc.keepalive" (wire-contract 5.1).
    put = ((name, properties.put_number("rpc." + name)) for name in ("keepalive", "max_queue_size"))
    return {name: number for name, number in put if number is not None}


def _address(told: Settings, endpoint: Optional[str]) -> Tuple[str, int]:
    """# Parity: an endpoint counts outside the cloud alone (wire-contract 5.1)."""
    if told.port is not None:
        return _HOST, told.port
    if told.in_cloud or not endpoint:
        return _HOST, _PORT
    host, _, port = endpoint.rpartition(":")
    if not port.isdigit():
        raise ValueError('endpoint "{}" is no address; write one such as 0.0.0.0:8080'.format(endpoint))
    return host.strip("[]") or _HOST, int(port)
