"""A number and a body at a time, between a parent and its child."""

import socket
import struct
from typing import Tuple

_HEAD = struct.Struct("!iQ")


class Pipe:
    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def send(self, number: int, body: bytes) -> None:
        self._end.sendall(_HEAD.pack(number, len(body)))
        self._end.sendall(body)

    def receive(self) -> Tuple[int, bytes]:
        """Raises EOFError where the other side is gone."""
        number, length = _HEAD.unpack(self._exactly(_HEAD.size))
        return number, self._exactly(length)

    def close(self) -> None:
        self._end.close()

    def _exactly(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            more = self._end.recv(length - len(data), socket.MSG_WAITALL)
            if not more:
                raise EOFError
            data += more
        return data
