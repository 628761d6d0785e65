"""Bytes of a connection become requests, however they are cut."""

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eas_local.processors.python.allspark.body import Malformed
from eas_local.processors.python.allspark.request import MAX_HEAD, Request, RequestReader

STREAM = (
    b"GET /empty HTTP/1.1\r\nHost: a\r\n\r\n"
    b"POST /length?x=1 HTTP/1.1\r\nContent-length:  5\r\n\r\nhello"
    b"POST /chunks HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3;name=value\r\n\r\n!\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
    b"HEAD /last HTTP/1.1\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n"
)
REQUESTS = [
    (b"/empty", b"", False, False),
    (b"/length?x=1", b"hello", False, False),
    (b"/chunks", b"\r\n!0123456789", False, False),
    (b"/last", b"", True, True),
]


def read(*pieces: bytes) -> list[tuple[bytes, bytes, bool, bool]]:
    reader, found = RequestReader(), []
    for piece in pieces:
        request = reader.feed(piece)
        while request:
            found.append(told(request))
            request = reader.following()
    return found


def told(request: Request) -> tuple[bytes, bytes, bool, bool]:
    return request.target, request.body, request.head_only, request.closes


@given(st.sets(st.integers(1, len(STREAM) - 1)))
def test_any_cut_of_the_bytes_gives_the_same_requests(cuts: set[int]):
    places = [0, *sorted(cuts), len(STREAM)]

    assert read(*(STREAM[begin:end] for begin, end in pairwise(places))) == REQUESTS


def test_byte_by_byte_gives_the_same_requests():
    assert read(*(STREAM[at : at + 1] for at in range(len(STREAM)))) == REQUESTS


@given(st.lists(st.binary(min_size=1, max_size=40)), st.integers(1, 50))
def test_chunks_of_any_bytes_come_together(chunks: list[bytes], step: int):
    coded = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    stream = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + coded

    assert read(*(stream[at : at + step] for at in range(0, len(stream), step))) == [
        (b"/", b"".join(chunks), False, False)
    ]


@given(st.binary(max_size=200))
def test_nothing_but_malformed_is_raised_whatever_comes(data: bytes):
    with suppress(Malformed):
        read(data, b"\r\n\r\n")


@pytest.mark.parametrize(
    "head",
    [
        b"nonsense",
        b"GET /",
        b"GET / HTTP/2.0",
        b"GET / x HTTP/1.1",
        b"POST / HTTP/1.1\r\nContent-Length: x",
        b"POST / HTTP/1.1\r\nContent-Length: -1",
        b"POST / HTTP/1.1\r\nContent-Length: 9999999999999999",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 5000,
        b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD,
    ],
)
def test_what_is_no_http_is_malformed(head: bytes):
    with pytest.raises(Malformed):
        read(head, b"\r\n\r\n" if b"\r\n\r\n" not in head else b"")


def test_a_client_that_waits_to_be_told_is_known():
    reader = RequestReader()

    reader.feed(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")

    assert reader.expected
