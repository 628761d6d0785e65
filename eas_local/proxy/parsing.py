"""From the bytes of a head to what they say.

The parser (llhttp, strict) refuses everything that two programs could read in two ways; what it lets through and we do
not understand is refused here. A head is a value of its bytes alone, and clients and servers send the same ones again and
again: the last few are remembered.
"""

import re
from functools import lru_cache

from httptools import (
    HttpParserError,
    HttpParserInvalidMethodError,
    HttpParserUpgrade,
    HttpRequestParser,
    HttpResponseParser,
)

from eas_local.core import replies
from eas_local.core.replies import Reply
from eas_local.proxy.fields import MAX_HEAD, Fields, Malformed
from eas_local.proxy.head import AnswerHead, RequestHead

MAX_TARGET = 16 * 1024
REMEMBERED = 512
REMEMBERED_SIZE = 2048

_METHOD = re.compile(rb"[A-Z][A-Z-]{0,31} ")
_METHOD_SO_FAR = re.compile(rb"(?:[A-Z][A-Z-]{0,31})?")
_VERSIONS = (b" HTTP/1.1", b" HTTP/1.0")
_REASON = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_HOST = re.compile(rb"[A-Za-z0-9\-._~%!$&'()*+;=:\[\]]*")


def request_head(data: bytes) -> RequestHead | Reply:
    """What whole a head says (`data` ends with its empty line), or why it is refused."""
    return _known_request(data) if len(data) <= REMEMBERED_SIZE else _request_head(data)


def answer_head(data: bytes) -> AnswerHead:
    """Raises Malformed."""
    return _known_answer(data) if len(data) <= REMEMBERED_SIZE else _answer_head(data)


def trailers_of(lines: bytes) -> Fields:
    """Raises Malformed."""
    data = b"HTTP/1.1 200 OK\r\n%b\r\n" % lines
    collected = _Collected()
    _feed_answer(HttpResponseParser(collected), collected, data)
    return collected.fields()


class SuspectAnswer:
    """An answer's head of which a part has come."""

    def __init__(self) -> None:
        self._collected = _Collected()
        self._parser = HttpResponseParser(self._collected)
        self._size = 0

    def feed(self, data: bytes) -> None:
        """Raises Malformed as soon as nothing good can come of it any more."""
        self._size += len(data)
        _feed_answer(self._parser, self._collected, data)
        if self._size > MAX_HEAD + MAX_TARGET:
            raise Malformed("its head is too large")


class SuspectRequest:
    """A request's head of which a part has come: refused as soon as nothing good can come of it any more."""

    def __init__(self) -> None:
        self._collected = _Collected()
        self._parser = HttpRequestParser(self._collected)
        self._method = b""
        self._size = 0

    def feed(self, data: bytes) -> Reply | None:
        self._size += len(data)
        if fault := self._feed(data):
            return fault
        return replies.HEAD_TOO_LARGE if self._size > MAX_HEAD + MAX_TARGET else None

    def _feed(self, data: bytes) -> Reply | None:
        """The parser gets the method whole: only then can it be told from an unknown one."""
        if b" " in self._method:
            return _feed_request(self._parser, self._collected, data)
        self._method += data
        if b" " not in self._method:
            return None if _METHOD_SO_FAR.fullmatch(self._method) else replies.BAD_REQUEST
        if not _METHOD.match(self._method):
            return replies.BAD_REQUEST
        return _feed_request(self._parser, self._collected, self._method)


class _Collected:
    """What a parser's callbacks have seen of one head: `complete` when all of it, `surplus` when more than that.

    `start` is the target or the reason phrase. It does not know its parser: the two would keep each other alive.
    """

    def __init__(self) -> None:
        self.start = b""
        self.pairs: list[tuple[bytes, bytes]] = []
        self.complete = False
        self.surplus = False

    def on_message_begin(self) -> None:
        self.surplus = self.complete

    def on_url(self, part: bytes) -> None:
        self.start += part

    def on_status(self, part: bytes) -> None:
        self.start += part

    def on_header(self, name: bytes, value: bytes) -> None:
        self.pairs.append((name, value))

    def on_headers_complete(self) -> None:
        self.complete = True

    def on_body(self, data: bytes) -> None:  # noqa: ARG002 - there should be none
        self.surplus = True

    def fields(self) -> Fields:
        """Of a whole head. Raises Malformed."""
        if not self.complete or self.surplus:
            raise Malformed("its end can be read in two ways")
        return Fields(self.pairs)


def _feed_request(parser: HttpRequestParser, collected: _Collected, data: bytes) -> Reply | None:
    """Why nothing good can come of it."""
    fault = None
    try:
        parser.feed_data(data)
    except HttpParserUpgrade as upgrade:
        collected.surplus = upgrade.args[0] != len(data)
    except HttpParserError as error:
        fault = None if collected.complete else _fault(error, data)
    return replies.URI_TOO_LONG if len(collected.start) > MAX_TARGET else fault


def _feed_answer(parser: HttpResponseParser, collected: _Collected, data: bytes) -> None:
    """Raises Malformed."""
    try:
        parser.feed_data(data)
    except HttpParserUpgrade as upgrade:
        collected.surplus = upgrade.args[0] != len(data)
    except HttpParserError as error:
        raise Malformed(str(error)) from error


def _request_head(data: bytes) -> RequestHead | Reply:
    if not _METHOD.match(data):
        return replies.BAD_REQUEST
    collected = _Collected()
    parser = HttpRequestParser(collected)
    if fault := _feed_request(parser, collected, data):
        return fault
    if not collected.complete or collected.surplus:
        return replies.BAD_REQUEST
    version = parser.get_http_version()
    if version not in {"1.1", "1.0"}:
        return replies.VERSION_NOT_SUPPORTED
    if not data[: data.find(b"\r\n")].endswith(_VERSIONS):
        return replies.BAD_REQUEST  # the parser knows other protocols too
    fields, upgrade = Fields(collected.pairs), parser.should_upgrade()
    head = RequestHead(parser.get_method(), collected.start, fields, http10=version == "1.0", upgrade=upgrade)
    return _refusal(head) or head


def _answer_head(data: bytes) -> AnswerHead:
    if not data.startswith(b"HTTP/1.") or len(data) > MAX_HEAD + MAX_TARGET:
        raise Malformed("it speaks another protocol, or its head is too large")
    collected = _Collected()
    parser = HttpResponseParser(collected)
    _feed_answer(parser, collected, data)
    version, status = parser.get_http_version(), parser.get_status_code()
    head = AnswerHead(status, collected.start, collected.fields(), http10=version == "1.0")
    if version not in {"1.1", "1.0"} or status < 100 or not _REASON.fullmatch(head.reason):
        raise Malformed(f"HTTP {version}, status {status}")
    if head.fields.size > MAX_HEAD:
        raise Malformed("its head is too large")
    if head.chunked and (head.http10 or head.length is not None or not _is_chunked(head.fields)):
        raise Malformed("its body's end can be read in two ways")
    return head


_known_request = lru_cache(REMEMBERED)(_request_head)
_known_answer = lru_cache(REMEMBERED)(_answer_head)


def _refusal(head: RequestHead) -> Reply | None:
    """What is well formed and still not for us."""
    if head.fields.size > MAX_HEAD:
        return replies.HEAD_TOO_LARGE
    if head.method == b"CONNECT":
        return replies.NOT_IMPLEMENTED
    if _has_bad_host(head) or _has_bad_target(head):
        return replies.BAD_REQUEST
    if head.chunked and (head.http10 or head.length is not None):
        return replies.BAD_REQUEST
    if head.chunked and not _is_chunked(head.fields):
        return replies.NOT_IMPLEMENTED
    return None


def _has_bad_host(head: RequestHead) -> bool:
    host = head.fields.values.get(b"host")
    return not head.http10 if host is None else not _HOST.fullmatch(host.strip())


def _has_bad_target(head: RequestHead) -> bool:
    """A fragment stays with its client (RFC 9112 3.2); the asterisk is for one method."""
    return b"#" in head.target or (head.target == b"*" and head.method != b"OPTIONS")


def _is_chunked(fields: Fields) -> bool:
    return fields.get(b"transfer-encoding").lower() == b"chunked"


def _fault(error: HttpParserError, data: bytes) -> Reply:
    """`data` begins with the method, where the parser could not make sense of that."""
    if isinstance(error, HttpParserInvalidMethodError) and _METHOD.match(data):
        return replies.NOT_IMPLEMENTED
    if "HTTP version" in str(error):
        return replies.VERSION_NOT_SUPPORTED
    return replies.BAD_REQUEST
