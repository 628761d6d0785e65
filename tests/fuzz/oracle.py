"""What an independent parser (h11) reads in bytes that have travelled. It knows nothing of our program."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import h11

Field = tuple[bytes, bytes]
ROOM = 1 << 20
_REQUEST_LINE = "illegal request line"
_ABOUT_FRAMING = (
    "Only Transfer-Encoding",
    "multiple Transfer-Encoding",
    "conflicting Content-Length",
    "bad Content-Length",
)


@dataclass(slots=True)
class Message:
    """`start`: method and target of a request, the status of an answer. `raw`: the bytes that it was read from."""

    start: tuple[bytes, ...]
    fields: list[Field]
    body: bytes = b""
    trailers: list[Field] = field(default_factory=list)
    whole: bool = False
    raw: bytes = b""

    @property
    def status(self) -> int:
        return int(self.start[0])

    def values(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.fields if key == name]


@dataclass(slots=True)
class Reading:
    """`messages` in their order, the last one perhaps not whole; `rest` is what none of them is made of.

    `fault` is why nothing could be read from there on; empty where the bytes just end. `stricter`: it need not be one.
    Two blanks in a request line do no harm, because we say it again with one; a trailer about framing is dropped.
    """

    messages: list[Message]
    rest: bytes = b""
    fault: str = ""
    stricter: bool = False


def requests_in(data: bytes, tunnel: int | None = None) -> Reading:
    """What a server reads. `tunnel`: the request that the connection became a tunnel with; its bytes are the rest."""
    return _read(data, lambda _: h11.Connection(h11.SERVER, ROOM), over=False, last=tunnel)


def answers_in(data: bytes, asked: Sequence[tuple[bytes, bool]], *, over: bool) -> Reading:
    """What a client reads that has `asked` with these methods, and with a wish for a tunnel or without.

    `over`: the connection has ended, in good order.
    """

    def client(place: int) -> h11.Connection:
        method, upgrade = asked[place] if place < len(asked) else (b"GET", False)
        connection = h11.Connection(h11.CLIENT, ROOM)
        wish = [("Connection", "Upgrade"), ("Upgrade", "x")] if upgrade else []
        connection.send(h11.Request(method=method, target="/", headers=[("Host", "x"), *wish]))
        connection.send(h11.EndOfMessage())
        return connection

    return _read(data, client, over=over)


def _read(data: bytes, connect: Callable[[int], h11.Connection], *, over: bool, last: int | None = None) -> Reading:
    reading = Reading([], data)
    while reading.rest:
        connection = connect(len(reading.messages))
        if connection.our_role is h11.SERVER:
            reading.rest = _without_empty_lines(reading.rest)
        connection.receive_data(reading.rest)
        before = len(reading.messages)
        try:
            message = _next(connection, reading)
        except h11.RemoteProtocolError as error:
            return _refused(reading, str(error), before)
        if message and not message.whole and over:
            _end(connection, message)
        if message is None or not message.whole:
            return reading
        behind = connection.trailing_data[0]
        message.raw = reading.rest[: len(reading.rest) - len(behind)]
        reading.rest = behind
        if message.start == (b"101",) or len(reading.messages) - 1 == last:
            return reading
    return reading


def _refused(reading: Reading, fault: str, before: int) -> Reading:
    """About the framing of a message whose head has been read, only its trailers can say more."""
    in_trailers = len(reading.messages) > before and fault.startswith(_ABOUT_FRAMING)
    if in_trailers:
        reading.messages.pop()
    reading.fault, reading.stricter = fault, in_trailers or fault.startswith(_REQUEST_LINE)
    return reading


def _without_empty_lines(data: bytes) -> bytes:
    """Some may stand before a request (RFC 9112, 2.2), which h11 does not know."""
    while data.startswith(b"\r\n"):
        data = data[2:]
    return data


def _next(connection: h11.Connection, reading: Reading) -> Message | None:
    message: Message | None = None
    while True:
        match connection.next_event():
            case h11.Request() as request:
                message = Message((request.method, request.target), list(request.headers))
                reading.messages.append(message)
            case h11.Response() as answer:
                message = Message((b"%d" % answer.status_code,), list(answer.headers))
                reading.messages.append(message)
            case h11.InformationalResponse() as answer if answer.status_code == 101:
                message = Message((b"101",), list(answer.headers), whole=True)
                reading.messages.append(message)
                return message
            case h11.InformationalResponse():
                pass
            case h11.Data() as piece:
                assert message is not None
                message.body += piece.data
            case h11.EndOfMessage() as end:
                assert message is not None
                message.trailers, message.whole = list(end.headers), True
                return message
            case _:
                return message


def _end(connection: h11.Connection, message: Message) -> None:
    """Some bodies end with their connection; others are not whole then."""
    connection.receive_data(b"")
    with suppress(h11.RemoteProtocolError):
        message.whole = isinstance(connection.next_event(), h11.EndOfMessage)
