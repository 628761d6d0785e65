"""One client. Between two requests nobody has it but the poller; whoever has taken its request answers it.

No socket blocks: half a request, or an answer that is read slowly, waits with the poller and with no worker.
"""

import functools
import socket
from http import HTTPStatus
from typing import Callable, List, Optional, Union

from . import log
from .body import Malformed
from .poller import Poller
from .request import Request, RequestReader

_AT_ONCE = 64 * 1024  # a larger body is sent beside its head, not copied behind it
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_BODILESS = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


class Connection:
    """`request` is the one that is not answered yet. `taken` counts those that were handed out, `busy` while one is."""

    def __init__(self, client: socket.socket, poller: Poller, on_close: Callable[["Connection"], None]) -> None:
        self.fd = client.fileno()
        self.request: Optional[Request] = None
        self.taken = 0
        self.busy = False
        self._socket = client
        self._poller = poller
        self._on_close = on_close
        self._reader = RequestReader()
        self._unsent: List[Union[bytes, memoryview]] = []
        self._closes = False

    @property
    def body(self) -> bytes:
        assert self.request is not None
        return self.request.body

    def take(self) -> None:
        self.taken += 1
        self.busy = True

    def resume(self) -> Optional[Request]:
        """Go on with what the poller woke it for: its next request, if that is whole now."""
        try:
            request = self._resumed()
        except Malformed as fault:
            self._refuse("400 Bad Request: {}".format(fault))
        except OSError:
            self.close()
        except Exception as error:  # noqa: BLE001 - a client must not cost a worker, whatever it sends
            log.error("a connection is closed: {!r}".format(error))
            self.close()
        else:
            if request is not None:
                self.request = request
            return request
        return None

    def answer(self, body: bytes, status: int) -> None:
        request, self.request = self.request, None
        assert request is not None
        self.busy = False
        self._closes = request.closes
        self._say(status, body, head_only=request.head_only)

    def close(self) -> None:
        self._on_close(self)
        self._socket.close()

    def _resumed(self) -> Optional[Request]:
        if self._unsent:
            self._send()
            return None
        request = self._reader.following()
        if request is None:
            request = self._received()
        return request

    def _received(self) -> Optional[Request]:
        try:
            data = self._socket.recv(self._reader.wanted)
        except BlockingIOError:
            self._poller.arm(self.fd)
            return None
        if not data:
            self.close()
            return None
        request = self._reader.feed(data)
        if request is None:
            if self._reader.expected:
                self._reader.expected = False
                self._socket.send(_CONTINUE)
            self._poller.arm(self.fd)
        return request

    def _refuse(self, sentence: str) -> None:
        self._closes = True
        self._say(400, sentence.encode(), head_only=False)

    def _say(self, status: int, body: bytes, *, head_only: bool) -> None:
        if status in _BODILESS:
            body = b""
        head = _head(status, len(body), self._closes)
        if head_only:
            self._unsent = [head]
        else:
            self._unsent = [head + body] if len(body) <= _AT_ONCE else [head, body]
        try:
            self._send()
        except OSError:
            self.close()

    def _send(self) -> None:
        """As much as the client takes now; then it waits for the client, or for its next request."""
        unsent = self._unsent
        while unsent:
            try:
                sent = self._socket.send(unsent[0])
            except BlockingIOError:
                self._poller.arm_for_writing(self.fd)
                return
            if sent == len(unsent[0]):
                del unsent[0]
            else:
                unsent[0] = memoryview(unsent[0])[sent:]
        if self._closes:
            self.close()
        elif self._reader.ahead:
            self._poller.arm_for_writing(self.fd)  # what is here already wakes nobody: this does, at once
        else:
            self._poller.arm(self.fd)


def _head(status: int, length: int, closes: bool) -> bytes:
    size = b"" if status in _BODILESS else b"Content-Length: %d\r\n" % length
    return b"%b%b%b\r\n" % (_line(status), size, b"Connection: close\r\n" if closes else b"")


@functools.lru_cache(maxsize=None)
def _line(status: int) -> bytes:
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = "Status"
    # Parity: the content type of every answer (wire-contract 5.4).
    text = "HTTP/1.1 {} {}\r\nContent-Type: text/html; charset=utf-8\r\n".format(status, reason)
    return text.encode()
