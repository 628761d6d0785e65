"""From a connection's bytes to its requests, however the bytes are cut.

Only what a processor sees is looked at, its path and its body, and what decides where a request ends.
"""

from typing import Optional, Union

from .body import ChunkedBody, LengthBody, Malformed

MAX_HEAD = 64 * 1024
MAX_READ = 1024 * 1024

_CRLF = b"\r\n"
_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"
_ENCODING = b"\r\ntransfer-encoding:"
_CONNECTION = b"\r\nconnection:"
_EXPECT = b"\r\nexpect:"
_MAX_DIGITS = 15


class Request:
    """`head_only`: the answer is sent without its body. `closes`: no other request follows."""

    __slots__ = ("body", "closes", "head_only", "target")

    def __init__(self, target: bytes, *, head_only: bool, closes: bool) -> None:
        self.target = target
        self.head_only = head_only
        self.closes = closes
        self.body = b""


class RequestReader:
    """`feed` gives a request as soon as it is whole; what has come behind it is for `following`.

    `expected`: the client waits to be told that it may send the body.
    """

    def __init__(self) -> None:
        self.ahead = b""
        self.expected = False
        self._request: Optional[Request] = None
        self._body: Union[LengthBody, ChunkedBody] = LengthBody(0)

    @property
    def wanted(self) -> int:
        """How many bytes to read at once."""
        return min(max(self._body.missing, MAX_HEAD), MAX_READ)

    def following(self) -> Optional[Request]:
        return self.feed(b"") if self.ahead else None

    def feed(self, data: bytes) -> Optional[Request]:
        """Raises Malformed."""
        if self._request is None:
            data = self._begin(self.ahead + data)
            if self._request is None:
                return None
        rest = self._body.feed(data)
        if rest is None:
            self.ahead = b""
            return None
        return self._ended(rest)

    def _ended(self, rest: bytes) -> Optional[Request]:
        request, self._request, self.ahead = self._request, None, rest
        assert request is not None
        request.body = self._body.whole()
        return request

    def _begin(self, data: bytes) -> bytes:
        """Read the head, where it is whole; what is behind it."""
        end = data.find(_END)
        if end < 0:
            if len(data) > MAX_HEAD:
                raise Malformed("the head is too long")
            self.ahead = data
            return b""
        head = data[: end + 2]
        fields = head.lower()
        self._request = _request(head, fields)
        self._body = _body(fields)
        rest = data[end + 4 :]
        self.expected = not rest and _EXPECT in fields
        return rest


def _request(head: bytes, fields: bytes) -> Request:
    words = head[: head.index(_CRLF)].split(b" ")
    if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
        raise Malformed("the first line is none of HTTP/1.1")
    method, target, version = words
    closes = version == b"HTTP/1.0" or b"close" in (_field(fields, _CONNECTION) or b"")
    return Request(target, head_only=method == b"HEAD", closes=closes)


def _body(fields: bytes) -> Union[LengthBody, ChunkedBody]:
    length, encoding = _field(fields, _LENGTH), _field(fields, _ENCODING)
    if encoding is not None:
        if encoding != b"chunked" or length is not None:
            raise Malformed("where the body ends is not clear")
        return ChunkedBody()
    if length is None:
        return LengthBody(0)
    if not length.isdigit() or len(length) > _MAX_DIGITS:
        raise Malformed("Content-Length is no length")
    return LengthBody(int(length))


def _field(fields: bytes, name: bytes) -> Optional[bytes]:
    """Of a head in lower case; `name` with the line's end before it and its colon."""
    at = fields.find(name)
    if at < 0:
        return None
    begin = at + len(name)
    if fields.find(name, begin) >= 0:
        raise Malformed("a field that may stand once stands twice")
    return fields[begin : fields.index(_CRLF, begin)].strip()
