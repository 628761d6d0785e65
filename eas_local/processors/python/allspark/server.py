"""The port that requests come to. Any number of threads `take` from it, each the next request that is whole.

All of them wait in one poller, so a request is read, computed and answered by one thread without being handed over, and a
client that sends or reads slowly keeps none of them. While all are busy, clients wait in the port's backlog.
"""

import socket
import threading
from contextlib import suppress
from typing import Callable, Dict, Optional, Tuple

from . import log
from .connection import Connection
from .poller import Poller

Answer = Tuple[bytes, int]
Call = Callable[[bytes], Answer]

_BACKLOG = 1024
_PAUSE = 0.05


class Stopped(Exception):
    """Nothing is taken any more."""


class Server:
    """`own` are the paths that are answered here and never taken."""

    def __init__(self, host: str, port: int) -> None:
        self.own: Dict[bytes, Call] = {}
        self.stopped = threading.Event()
        self._listener = listening(host, port)
        self._listener.setblocking(False)
        self._poller = Poller()
        self._poller.add(self._listener.fileno())
        self._connections: Dict[int, Connection] = {}
        self._lock = threading.Lock()
        self._taken = 0

    @property
    def requests(self) -> int:
        """How many were taken."""
        with self._lock:
            return self._taken + sum(connection.taken for connection in self._connections.values())

    @property
    def busy(self) -> int:
        """How many are taken and not answered."""
        with self._lock:
            return sum(connection.busy for connection in self._connections.values())

    def take(self, timeout: Optional[float] = None) -> Optional[Connection]:
        """A client whose request is whole, to be answered; None where there was nothing to do in time. Raises Stopped."""
        while not self.stopped.is_set():
            fd = self._poller.wait(timeout)
            if fd is None:
                return None
            connection = self._connections.get(fd)
            if connection is None:
                self._accept()
            elif self._next(connection):
                return connection
        raise Stopped

    def stop(self) -> None:
        """Whoever waits in `take` is sent away."""
        self.stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)

    def leave(self) -> None:
        """What a forked child does with its copies, so that the port is the parent's alone."""
        self._poller.close()
        self._listener.close()

    def _next(self, connection: Connection) -> bool:
        request = connection.resume()
        if request is None:
            return False
        own = self.own.get(request.target.partition(b"?")[0])
        if own is None:
            connection.take()
            return True
        connection.answer(*own(request.body))
        return False

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
            self._welcome(client)
        except (BlockingIOError, ConnectionAbortedError):
            pass
        except OSError as error:
            if not self.stopped.is_set():
                log.error("a connection cannot be accepted: {}".format(error))
                self.stopped.wait(_PAUSE)
        self._poller.arm(self._listener.fileno())

    def _welcome(self, client: socket.socket) -> None:
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(client, self._poller, self._forget)
        with self._lock:
            self._connections[connection.fd] = connection
        self._poller.add(connection.fd)

    def _forget(self, connection: Connection) -> None:
        with self._lock:
            if self._connections.pop(connection.fd, None):
                self._taken += connection.taken


def listening(host: str, port: int) -> socket.socket:
    """Raises OSError in a sentence."""
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise OSError("{}:{} cannot be listened on: {}".format(host, port, error.strerror or error)) from None
    made.listen(_BACKLOG)
    return made
