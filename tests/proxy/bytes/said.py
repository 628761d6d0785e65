"""Messages taken apart by a reader that forgives nothing: what two programs could read in two ways fails the test."""

import re
from dataclasses import dataclass, replace

_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")
_CONNECTION = {b"connection", b"keep-alive", b"transfer-encoding", b"upgrade"}


@dataclass(frozen=True)
class Said:
    """A request or an answer. `hop` are its fields about the connection; `whole` is False where it broke off."""

    start: bytes
    lines: tuple[bytes, ...]
    hop: frozenset[bytes] = frozenset()
    body: bytes = b""
    trailers: tuple[bytes, ...] = ()
    whole: bool = True

    @property
    def status(self) -> int:
        return int(self.start.split()[1]) if self.start.startswith(b"HTTP/") else 0

    @property
    def target(self) -> bytes:
        return self.start.split()[1]

    def value(self, name: bytes) -> bytes | None:
        """The value of a field, None where there is none; the same one twice is ambiguous."""
        found = [line.partition(b": ")[2] for line in (*self.lines, *self.hop) if line.lower().startswith(name + b": ")]
        assert len(found) < 2, f"{name!r} is repeated: {self}"
        return found[0] if found else None

    @property
    def ours(self) -> bool:
        """Whether the proxy has made it, which its id tells."""
        return len(self.value(b"x-eas-request-id") or b"") == 32


def head_in(data: bytes) -> tuple[Said, bytes] | None:
    """The head that these bytes begin with, and what is behind it; None where it is not complete."""
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        return None
    start, *lines = head.split(b"\r\n")
    fields = [_field(line) for line in lines]
    passed = tuple(b"%b: %b" % field for field in fields if field[0].lower() not in _CONNECTION)
    hop = frozenset(b"%b: %b" % (name.lower(), value) for name, value in fields if name.lower() in _CONNECTION)
    return Said(start, passed, hop), rest


def said_in(data: bytes, *, bodiless: bool = False, at_end: bool = False) -> tuple[Said, bytes] | None:
    """The same for a whole message. `bodiless`: no body follows; `at_end`: nothing more will come."""
    found = head_in(data)
    if found is None:
        return None
    head, rest = found
    length, coding = head.value(b"content-length"), head.value(b"transfer-encoding")
    if bodiless or head.status in {204, 304} or 100 <= head.status < 200:
        return replace(head, hop=head.hop - {b"transfer-encoding: chunked"}), rest
    assert length is None or coding is None, f"both a length and chunks: {head}"
    if coding is not None:
        assert coding.lower() == b"chunked", f"another coding: {head}"
        return _chunked(head, rest, at_end=at_end)
    if length is not None:
        return _sized(head, rest, int(length), at_end=at_end)
    if not head.status:
        return found
    return (_with(head, rest), b"") if at_end else None


def _sized(head: Said, rest: bytes, length: int, *, at_end: bool) -> tuple[Said, bytes] | None:
    if len(rest) < length:
        return (_with(head, rest, whole=False), b"") if at_end else None
    return _with(head, rest[:length]), rest[length:]


def _chunked(head: Said, rest: bytes, *, at_end: bool) -> tuple[Said, bytes] | None:
    body = b""
    while (line := rest.partition(b"\r\n"))[1]:
        size = line[0].partition(b";")[0]
        assert _SIZE.fullmatch(size), f"no chunk size: {line[0]!r}"
        count, rest = int(size, 16), line[2]
        if count == 0:
            return _trailed(head, body, rest, at_end=at_end)
        body += rest[:count]
        if len(rest) < count + 2:
            break
        assert rest[count : count + 2] == b"\r\n", f"no end of a chunk: {rest[count:][:20]!r}"
        rest = rest[count + 2 :]
    return (_with(head, body, whole=False), b"") if at_end else None


def _trailed(head: Said, body: bytes, rest: bytes, *, at_end: bool) -> tuple[Said, bytes] | None:
    lines, end, behind = (b"", b"\r\n", rest[2:]) if rest.startswith(b"\r\n") else rest.partition(b"\r\n\r\n")
    if not rest.startswith(b"\r\n") and not end:
        return (_with(head, body, whole=False), b"") if at_end else None
    trailers = tuple(b"%b: %b" % _field(line) for line in lines.split(b"\r\n") if line)
    return _with(head, body, trailers), behind


def _with(head: Said, body: bytes, trailers: tuple[bytes, ...] = (), *, whole: bool = True) -> Said:
    return replace(head, body=body, trailers=trailers, whole=whole)


def _field(line: bytes) -> tuple[bytes, bytes]:
    match = _FIELD.fullmatch(line)
    assert match, f"no field: {line!r}"
    return match[1], match[2].rstrip(b" \t")
