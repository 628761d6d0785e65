"""Requests that are refused: whatever two programs could read in two ways, and whatever is too much."""

from tests.proxy.bytes.case import CHUNKED, GET, POST, Case, badly_chunked, refused

END = b"\r\n"
LAST = b"0\r\n\r\n"
UNREADABLE = frozenset({400, 501})
TOO_LARGE = frozenset({400, 431})


def length(value: bytes) -> Case:
    name = f"the length {value.decode('latin-1')!r}"
    return refused(name, 400, POST + b"Content-Length: " + value + b"\r\n\r\nabcde")


def coded(value: bytes) -> Case:
    name = f"the coding {value.decode('latin-1')!r}"
    return refused(name, UNREADABLE, POST + b"Transfer-Encoding: " + value + b"\r\n\r\n" + LAST)


def line(name: str, start: bytes, status: int | frozenset[int] = 400) -> Case:
    return refused(f"{name} in the first line", status, start + b"\r\nHost: x\r\n\r\n")


def field(name: str, fields: bytes) -> Case:
    """Behind a good first line and a good host."""
    return refused(name, 400, GET + fields + END)


def host(name: str, fields: bytes) -> Case:
    return refused(name, 400, b"GET /~/a HTTP/1.1\r\n" + fields + END)


def chunk_size(size: bytes) -> Case:
    return badly_chunked(f"the chunk size {size.decode('latin-1')!r}", size + b"\r\nhello\r\n0\r\n\r\n")


LENGTHS = [
    *(length(value) for value in (
        b"", b"+3", b"-3", b"0x3", b"3.0", b"1e1", b"3 4", b"3;", b"a", b"3, 3", b"3, 4", b",3", b"3,", b'"3"', b"\x0b3",
        b"3\x00", b"\xb2", b"18446744073709551616", b"18446744073709551619", b"9" * 60, b"-0",
    )),
    refused("two lengths", 400, POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
    refused("the same length twice", 400, POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
    refused("two lengths far apart in capitals", 400, POST + b"CONTENT-LENGTH: 0\r\nX: y\r\ncontent-length: 3\r\n\r\nabc"),
    refused("a length and chunks", 400, POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + LAST),
    refused("chunks and a length", 400, CHUNKED[:-2] + b"Content-Length: 5\r\n\r\n" + LAST),
    refused("chunks and a length of zero", 400, CHUNKED[:-2] + b"Content-Length: 0\r\n\r\n" + LAST),
    refused("a length and an identity coding", 400, POST + b"Content-Length: 5\r\nTransfer-Encoding: identity\r\n\r\nhello"),
]  # fmt: skip

CODINGS = [
    *(coded(value) for value in (
        b"identity", b"chunked, identity", b"chunked, gzip", b"gzip, chunked", b"xchunked", b"x chunked", b"chunked x",
        b"identity, chunked", b"deflate,gzip,chunked", b"chunked, chunked", b"chunked;q=1", b'"chunked"', b"", b"chunked,",
        b",chunked", b"chun\tked", b"\x0bchunked", b"\x0cchunked", b"\xa0chunked", b"chunked\x00", b"chun\x00ked",
    )),
    refused("two codings", 400, CHUNKED[:-2] + b"Transfer-Encoding: chunked\r\n\r\n" + LAST),
    refused("two codings of which the second is none", UNREADABLE, CHUNKED[:-2] + b"Transfer-Encoding: x\r\n\r\n" + LAST),
    refused("two codings of which the first is none", UNREADABLE, POST + b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n" + LAST),
    refused("a coding in the old version", 400, CHUNKED.replace(b"1.1", b"1.0") + LAST),
    refused("a coding behind a space", 400, POST + b"Transfer-Encoding : chunked\r\n\r\n" + LAST),
    refused("a folded coding", 400, POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + LAST),
    refused("a coding behind a folded line", 400, POST + b"X: y\r\n Transfer-Encoding: chunked\r\n\r\n" + LAST),
    refused("a coding behind a vertical tab", 400, POST + b"\x0bTransfer-Encoding: chunked\r\n\r\n" + LAST),
    refused("a coding on a line that a bare line feed begins", 400, POST + b"X: y\nTransfer-Encoding: chunked\r\n\r\n" + LAST),
    refused("a coding on a line that a bare carriage return begins", 400, POST + b"X: y\rTransfer-Encoding: chunked\r\n\r\n" + LAST),
]  # fmt: skip

FIRST_LINES = [
    refused("a first line that a line feed ends", 400, b"GET /~/a HTTP/1.1\nHost: x\r\n\r\n"),
    refused("a first line that a carriage return ends", 400, b"GET /~/a HTTP/1.1\rHost: x\r\n\r\n"),
    line("a carriage return", b"GET /~/a\rb HTTP/1.1"),
    line("a line feed", b"GET /~/a\nb HTTP/1.1"),
    line("a zero byte", b"GET /~/a\x00b HTTP/1.1"),
    line("a control character", b"GET /~/a\x01b HTTP/1.1"),
    line("a deleted character", b"GET /~/a\x7fb HTTP/1.1"),
    line("a tab", b"GET /~/a\tb HTTP/1.1"),
    line("a space", b"GET /~/a b HTTP/1.1"),
    line("a space at the end", b"GET /~/a HTTP/1.1 "),
    line("tabs for spaces", b"GET\t/~/a\tHTTP/1.1"),
    line("a space at the beginning", b" GET /~/a HTTP/1.1", UNREADABLE),
    line("something behind the version", b"GET /~/a HTTP/1.1x"),
    line("a zero byte in the method", b"G\x00ET /~/a HTTP/1.1"),
    line("a method in small letters", b"get /~/a HTTP/1.1"),
    line("no method", b"/~/a HTTP/1.1"),
    line("no target", b"GET HTTP/1.1"),
    line("a target without its slash", b"GET a HTTP/1.1"),
    line("nothing", b""),
    line("a version in small letters", b"GET /~/a http/1.1"),
    line("a version with a comma", b"GET /~/a HTTP/1,1"),
    line("another protocol", b"GET /~/a RTSP/1.0", frozenset({400, 505})),
    line("an unknown method", b"BREW /~/a HTTP/1.1", 501),
    line("a method that begins like another", b"GETTER /~/a HTTP/1.1", 501),
    line("a wish for a tunnel", b"CONNECT x:1 HTTP/1.1", 501),
    line("no version", b"GET /~/a", 505),
    line("the second version", b"GET /~/a HTTP/2.0", 505),
    line("an unheard of version", b"GET /~/a HTTP/7.3", 505),
    line("the zeroth version", b"GET /~/a HTTP/0.9", 505),
    refused("a TLS hello", 400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200)),
    refused("a target with a fragment", 400, b"GET /~/a#token=b HTTP/1.1\r\nHost: x\r\n\r\n"),
    refused("a question about the server itself by another method", 400, b"GET * HTTP/1.1\r\nHost: x\r\n\r\n"),
    refused("the preface of the second version", frozenset({400, 505}), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    refused("an answer", 400, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
]  # fmt: skip

HEADERS = [
    field("a field that a line feed ends", b"X: a\n"),
    field("a field that a carriage return ends", b"X: a\r"),
    field("a line feed in a value", b"X: a\nb\r\n"),
    field("a carriage return in a value", b"X: a\rb\r\n"),
    field("two carriage returns", b"X: a\r\r\n"),
    field("a zero byte in a value", b"X: a\x00b\r\n"),
    field("a control character in a value", b"X: a\x08b\r\n"),
    field("a deleted character in a value", b"X: a\x7fb\r\n"),
    field("a zero byte in a name", b"X\x00: a\r\n"),
    field("a line feed in a name", b"X\nY: a\r\n"),
    field("a high byte in a name", b"X\xc3\xa9: a\r\n"),
    field("a space in a name", b"X Y: a\r\n"),
    field("a quote in a name", b'"X": a\r\n'),
    field("a space before the colon", b"X : a\r\n"),
    field("a tab before the colon", b"X\t: a\r\n"),
    field("no colon", b"X\r\n"),
    field("no name", b": a\r\n"),
    field("a folded line", b"X: a\r\n b\r\n"),
    field("a line folded with a tab", b"X: a\r\n\tb\r\n"),
    field("a line folded to nothing", b"X: a\r\n \r\n"),
    refused("a space before the first field", 400, b"GET /~/a HTTP/1.1\r\n Host: x\r\n\r\n"),
    refused("a tab before the first field", 400, b"GET /~/a HTTP/1.1\r\n\tHost: x\r\nHost: x\r\n\r\n"),
    refused("a head that a line feed ends", 400, GET + b"\n"),
    refused("a head that a carriage return ends", 400, GET + b"\rX"),
    refused("line feeds alone", 400, b"GET /~/a HTTP/1.1\nHost: x\n\n"),
    host("no host", b""),
    host("two hosts", b"Host: a\r\nHost: b\r\n"),
    host("the same host twice", b"Host: a\r\nX: y\r\nHOST: a\r\n"),
    host("a list of hosts", b"Host: a, b\r\n"),
    host("a host with a space", b"Host: a b\r\n"),
    host("a host with a path", b"Host: a/b\r\n"),
    host("a host with a user", b"Host: a@b\r\n"),
    host("a host with a query", b"Host: a?b\r\n"),
    host("a host behind a space", b"Host : a\r\n"),
    refused("two hosts in the old version", 400, b"GET /~/a HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
]  # fmt: skip

CHUNKS = [
    *(chunk_size(size) for size in (
        b"", b"z", b"5z", b"-5", b"+5", b"0x5", b" 5", b"5 ", b"\t5", b"5\x00", b"5.0", b"5,5", b"5_0", b"\xb2", b";a",
        b"10000000000000005", b"FFFFFFFFFFFFFFFFF", b"5;a\x00b", b"5;a\nb", b"5;a\rb", b"5;a\x01",
    )),
    badly_chunked("a size that a line feed ends", b"5\nhello\r\n0\r\n\r\n"),
    badly_chunked("a size that a carriage return ends", b"5\rhello\r\n0\r\n\r\n"),
    badly_chunked("an extension that a line feed ends", b"5;a\nhello\r\n0\r\n\r\n"),
    badly_chunked("no line end behind a chunk", b"5\r\nhello0\r\n\r\n"),
    badly_chunked("a chunk longer than it says", b"5\r\nhellohello\r\n0\r\n\r\n"),
    badly_chunked("a chunk shorter than it says", b"5\r\nhell\r\n0\r\n\r\n" + b"x" * 20),
    badly_chunked("a chunk that a line feed ends", b"5\r\nhello\n0\r\n\r\n"),
    badly_chunked("a chunk that a carriage return ends", b"5\r\nhello\r0\r\n\r\n"),
    badly_chunked("a last chunk that a line feed ends", b"5\r\nhello\r\n0\n\r\n"),
    badly_chunked("a body that a line feed ends", b"5\r\nhello\r\n0\r\n\n"),
    badly_chunked("a body that a carriage return ends", b"5\r\nhello\r\n0\r\n\rX"),
    badly_chunked("a trailer that a line feed ends", b"0\r\nX: y\n\r\n"),
    badly_chunked("a carriage return in a trailer", b"0\r\nX: a\rb\r\n\r\n"),
    badly_chunked("a zero byte in a trailer", b"0\r\nX: a\x00b\r\n\r\n"),
    badly_chunked("a space before a trailer's colon", b"0\r\nX : a\r\n\r\n"),
    badly_chunked("a trailer without a colon", b"0\r\nX\r\n\r\n"),
    badly_chunked("a folded trailer", b"0\r\nX: a\r\n b\r\n\r\n"),
    badly_chunked("a space before the first trailer", b"0\r\n X: a\r\n\r\n"),
]  # fmt: skip

TOO_MUCH = [
    refused("a target too long", 414, b"GET /~/" + b"a" * 17_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
    refused("a target that never ends", 414, b"GET /~/" + b"a" * 300_000),
    refused("a field too large", 431, GET + b"X: " + b"a" * 66_000 + b"\r\n\r\n"),
    refused("a name too long", 431, GET + b"a" * 66_000 + b": x\r\n\r\n"),
    refused("too many fields", 431, GET + b"X: y\r\n" * 12_000 + END),
    refused("a field that never ends", 431, GET + b"X: " + b"a" * 300_000),
    refused("fields that never end", 431, GET + b"X: yyyyyyyyy\r\n" * 20_000),
    refused("a trailer too large", TOO_LARGE, CHUNKED + b"0\r\nX: " + b"a" * 66_000 + b"\r\n\r\n", begun=True),
    refused("a chunk extension that never ends", TOO_LARGE, CHUNKED + b"5;" + b"a" * 300_000, begun=True),
    refused("a chunk size that never ends", TOO_LARGE, CHUNKED + b"0" * 300_000, begun=True),
    refused("a chunk extension too large", TOO_LARGE, CHUNKED + b"5;" + b"a" * 80_000 + b"\r\nhello\r\n0\r\n\r\n", begun=True),
    refused("trailers that never end", TOO_LARGE, CHUNKED + b"0\r\n" + b"X: yyyyyyyyy\r\n" * 20_000, begun=True),
]  # fmt: skip

ROWS = [*LENGTHS, *CODINGS, *FIRST_LINES, *HEADERS, *CHUNKS, *TOO_MUCH]
