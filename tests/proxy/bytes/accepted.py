"""Requests that pass, and how: what a client may send, and what an upstream then sees."""

from tests.net import ok
from tests.proxy.bytes.case import CHUNKED, CONTINUE, GET, HELLO, ONE, POST, THREE, TWO, Case, Step

END = b"\r\n"
CLOSED = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n1"
KEPT = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n1"
OLD = b"GET /~/a HTTP/1.0\r\n"
UNREAD = ok(b"", "X-Read: nothing").replace(b"200 OK", b"417 Expectation Failed")
EXPECTING = POST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"


def passes(name: str, fields: bytes, seen: bytes | None = None, body: bytes = b"") -> Case:
    """A request with these field lines, which passes with these (or the same) ones."""
    lines = fields if seen is None else seen
    return Case(name, POST + fields + END + body, seen=(POST + lines + END + body,))


def asked(name: str, target: bytes, seen: bytes | None = None, *, one_hop: bool = False, host: bytes = b"x") -> Case:
    """A request for this target, which passes as it is, or as another one."""
    sends = b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    passed = b"GET " + (seen or target) + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"
    return Case(name, sends, seen=(passed,), one_hop=one_hop)


def chunked(name: str, chunks: bytes, seen: bytes, *, reused: bool | None = True) -> Case:
    return Case(name, CHUNKED + chunks, seen=(CHUNKED + seen,), reused=reused)


FRAMING = [
    Case("a request without a body", GET + END),
    Case("a body with a length", HELLO),
    Case("a body that looks like a request", POST + b"Content-Length: 28\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n"[:-2] + b"!!"),
    passes("a length of zero", b"Content-Length: 0\r\n"),
    passes("a method with a body but no body", b""),
    passes("a length with white space around it", b"Content-Length: \t 5 \t\r\n", body=b"hello"),
    Case("a body where nobody expects one", GET + b"Content-Length: 5\r\n\r\nhello"),
    chunked("chunks", b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", b"b\r\nhello world\r\n0\r\n\r\n"),
    chunked("no chunk but the last", b"0\r\n\r\n", b"0\r\n\r\n"),
    chunked("chunk sizes in capitals and with zeros", b"000A\r\n0123456789\r\n00\r\n\r\n", b"a\r\n0123456789\r\n0\r\n\r\n"),
    chunked("chunk extensions", b'5;a=b;c="d e";f\r\nhello\r\n0;last\r\n\r\n', b"5\r\nhello\r\n0\r\n\r\n"),
    chunked("white space around an extension", b"5 ; a = b\r\nhello\r\n0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
    chunked("trailers", b"1\r\na\r\n0\r\nX-Sum: 7\r\nX-Sum: 8\r\n\r\n", b"1\r\na\r\n0\r\nX-Sum: 7\r\nX-Sum: 8\r\n\r\n", reused=None),
    chunked("a chunk that holds a line end and a last chunk", b"7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", b"7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"),
    Case("the coding in capitals", POST + b"TRANSFER-ENCODING: Chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", seen=(CHUNKED + b"1\r\na\r\n0\r\n\r\n",)),
]  # fmt: skip

CONNECTIONS = [
    Case("three requests in one write", HELLO + GET + END + HELLO, seen=(HELLO, GET + END, HELLO), gets=(ONE, TWO, THREE)),
    Case("chunks with a request behind them", CHUNKED + b"1\r\na\r\n0\r\nX: 1\r\n\r\n" + HELLO, seen=(CHUNKED + b"1\r\na\r\n0\r\nX: 1\r\n\r\n", HELLO)),
    Case("the second of three asks for the end", HELLO + GET + b"Connection: close\r\n\r\n" + HELLO, seen=(HELLO, GET + END), gets=(ONE, CLOSED.replace(b"\r\n1", b"\r\n2")), kept=False),
    Case("half a request behind a whole one", (HELLO + GET[:9], GET[9:] + END), seen=(HELLO, GET + END)),
    Case("an end asked for in capitals among other wishes", GET + b"Connection: Foo, CLOSE\r\n\r\n", seen=(GET + END,), gets=(CLOSED,), kept=False),
    Case("an end asked for in a second line", GET + b"Connection: keep-alive\r\nConnection: close\r\n\r\n", seen=(GET + END,), gets=(CLOSED,), kept=False),
    Case("an empty line before a request", END + GET + END, seen=(GET + END,)),
    Case("empty lines between requests", HELLO + END + END + GET + END, seen=(HELLO, GET + END)),
    Case("the old version", OLD + b"Host: x\r\n\r\n", seen=(GET + END,), gets=(CLOSED,), kept=False),
    Case("the old version without a host", OLD + END, seen=(GET.replace(b"x", b"localhost") + END,), gets=(CLOSED,), kept=False),
    Case("the old version with a body", HELLO.replace(b"1.1", b"1.0"), seen=(HELLO,), gets=(CLOSED,), kept=False),
    Case("the old version that would stay", OLD + b"Host: x\r\nConnection: Keep-Alive\r\n\r\n", seen=(GET + END,), gets=(KEPT,)),
    Case("the old version pipelining", (OLD + b"Host: x\r\nConnection: keep-alive\r\n\r\n") * 2, seen=(GET + END,) * 2, gets=(KEPT, KEPT.replace(b"\r\n1", b"\r\n2"))),
    Case("the old version that expects what it cannot be told", EXPECTING.replace(b"1.1", b"1.0") + b"hello", seen=(HELLO,), gets=(CLOSED,), kept=False),
    Case("a wish for a tunnel that is not fulfilled", GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n" + HELLO, seen=(GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", HELLO)),
    Case("a wish for a tunnel with a body", HELLO.replace(b"\r\n\r\n", b"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n") + GET + END, seen=(HELLO, GET + END)),
    Case("a wish for the second version is not heard", GET + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n" + HELLO, seen=(GET + END, HELLO)),
]  # fmt: skip

EXPECTATIONS = [
    Case("a client that waits to be told to continue", (EXPECTING, Step.ANSWERED, b"hello"), seen=(HELLO,), gets=(CONTINUE, ONE)),
    Case("chunks that wait to be told to continue", (POST + b"Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n", Step.ANSWERED, b"1\r\na\r\n0\r\n\r\n"), seen=(CHUNKED + b"1\r\na\r\n0\r\n\r\n",), gets=(CONTINUE, ONE)),
    Case("a client that does not wait to be told", EXPECTING + b"hello" + HELLO, seen=(HELLO, HELLO)),
    Case("nothing to continue with", GET + b"Expect: 100-continue\r\n\r\n" + HELLO, seen=(GET + END, HELLO)),
    Case("an upstream that will not read it, and does", (EXPECTING, Step.ANSWERED, Step.ANSWERED, b"hello"), seen=(), begun=True, says=(UNREAD,), gets=(CONTINUE, UNREAD), early=True),
]  # fmt: skip

FIELDS = [
    passes("fields as they are", b"x-LOWER-Upper: a\r\nX-Empty:\r\nX-Tab: a\tb\r\nX-Bytes: \x80\xff\r\n"),
    passes("every character of a name", b"!#$%&'*+-.^_`|~09az: 1\r\n"),
    passes("white space around values", b"X-A:1\r\nX-B: \t 2 \t\r\n"),
    passes("the same name twice", b"X-A: 1\r\nX-B: 2\r\nX-A: 3\r\nCookie: a=1\r\nCookie: b=2\r\n"),
    passes("names that only look like framing", b"Content_Length: 3\r\nTransfer_Encoding: chunked\r\nX-Content-Length: 3\r\n"),
    passes("fields about the connection", b"Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\nUpgrade: foo\r\n", b""),
    passes("fields named by Connection", b"X-Private: 1\r\nConnection: x-private , X-Other,,\r\nX-Public: 2\r\nX-OTHER: 3\r\n", b"X-Public: 2\r\n"),
    passes("fields of our own", b"x-eas-foo: 1\r\nX-EAS-REFUSED: gate\r\n", b""),
    passes("a length called a matter of the connection", b"Connection: content-length, host\r\nContent-Length: 5\r\n", b"Content-Length: 5\r\n", b"hello"),
    passes("credentials called a matter of the connection", b"Authorization: a\r\nConnection: authorization\r\n", b""),
    passes("credentials", b"Authorization: a\r\nProxy-Authorization: b\r\n"),
    passes("headers of almost 64 KiB in one field", b"X: " + b"a" * 65_000 + b"\r\n"),
    passes("headers of almost 64 KiB in many fields", b"".join(b"X-%d: abcdefgh\r\n" % number for number in range(3000, 6500))),
    Case("a host with an address and a port", b"GET /~/a HTTP/1.1\r\nhost: [::1]:8080\r\n\r\n"),
    Case("an empty host", b"GET /~/a HTTP/1.1\r\nHost:\r\n\r\n"),
    Case("a host with a port", b"GET /~/a HTTP/1.1\r\nHOST:x-1.example:1\r\n\r\n"),
]  # fmt: skip

TARGETS = [
    asked("percent-encoded bytes", b"/~/%2e%2E%2F%00%zz%C3%A9"),
    asked("dot segments", b"/~/a/../b/./.."),
    asked("double slashes", b"/~//a//b/"),
    asked("unusual characters", b"/~/a;p=1,2:@!$&'()*+~|{}^\"<>\\"),
    asked("a query with everything", b"/~/a?x=1&&y=?&z=/../%20+;'\"[]:@"),
    asked("an empty query", b"/~/a?"),
    asked("a query on nothing", b"/~/?a"),
    asked("a target of almost 16 KiB", b"/~/" + b"a" * 16_000),
    asked("an absolute target", b"http://elsewhere:1/~/a?b", b"/~/a?b", host=b"elsewhere:1"),
    asked("an absolute target in capitals", b"HTTP://ELSEWHERE/~/a", b"/~/a", host=b"ELSEWHERE"),
    asked("an absolute target without a path", b"http://elsewhere", b"/", one_hop=True, host=b"elsewhere"),
    asked("an absolute target with nothing but a query", b"http://elsewhere?a", b"/?a", one_hop=True, host=b"elsewhere"),
    Case("a question about the server itself", b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", one_hop=True),
]  # fmt: skip

METHODS = [
    Case(f"the method {method}", HELLO.replace(b"POST", method.encode()))
    for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "M-SEARCH", "REPORT", "PURGE")
]

ROWS = [*FRAMING, *CONNECTIONS, *EXPECTATIONS, *FIELDS, *TARGETS, *METHODS]
