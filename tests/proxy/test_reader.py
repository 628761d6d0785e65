"""The glue around the parser: the same bytes mean the same however they arrive, and nothing makes it raise."""

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eas_local.proxy.answer_reader import AnswerReader
from eas_local.proxy.body import ChunkedBody
from eas_local.proxy.fields import Malformed
from eas_local.proxy.request_reader import RequestReader

REQUESTS = [
    b"GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;e=1\r\nabc\r\n0\r\nT: 1\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc",
    b"POST /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: y\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
    b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    b"HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
]
ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: 1\r\n\r\n",
    b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\nhello",
]


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(places)]


def requests_in(data: list[bytes]) -> list[tuple]:
    """What a reader makes of it: each request, and at last its fault."""
    reader, seen = RequestReader(), []
    for piece in data:
        reader.feed(piece)
        seen.extend(taken(reader))
    trailers = [body.trailers.values if body.trailers else {} for _, body in seen]
    told = [
        (head.method, head.target, head.fields.values, head.upgrade, body.read(), body.ended) for head, body in seen
    ]
    return [*zip(told, trailers, strict=True), reader.fault.status if reader.fault else None]


def taken(reader: RequestReader) -> Iterator[tuple]:
    """The requests that can be had now; the next one only when all of this one is there."""
    while not reader.in_body and (request := reader.take()):
        yield request


@given(st.lists(st.sampled_from(REQUESTS), min_size=1, max_size=4), st.lists(st.integers(0, 400), max_size=12))
@settings(deadline=None)
def test_requests_mean_the_same_however_they_are_cut(requests, cuts):
    data = b"".join(requests)

    seen = requests_in(pieces(data, cuts))
    assert seen == requests_in([data])
    assert len(seen) == len(requests) + 1
    assert seen[-1] is None


@given(st.sampled_from(ANSWERS), st.lists(st.integers(0, 120), max_size=12))
@settings(deadline=None)
def test_an_answer_means_the_same_however_it_is_cut(answer, cuts):
    def read(data):
        reader = AnswerReader()
        for piece in data:
            reader.feed(piece)
        reader.connection_ended()
        head = reader.head
        body = reader.at_once + reader.body.read()
        return head.status, head.fields.values, body, reader.body.ended, reader.reusable, reader.fault

    assert read(pieces(answer, cuts)) == read([answer])


@st.composite
def damaged(draw, messages):
    """Good messages with a few bytes changed, doubled or lost."""
    data = bytearray(b"".join(draw(st.lists(st.sampled_from(messages), min_size=1, max_size=3))))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(data)


@given(st.one_of(st.binary(max_size=200), damaged(REQUESTS)), st.lists(st.integers(0, 400), max_size=6))
@settings(deadline=None, max_examples=300)
def test_no_bytes_make_the_request_reader_raise_and_a_fault_is_final(data, cuts):
    reader = RequestReader()
    for piece in pieces(data, cuts):
        fault = reader.fault
        reader.feed(piece)
        requests = list(taken(reader))
        if fault:
            assert (reader.fault, requests) == (fault, [])
    if reader.fault:
        assert 400 <= reader.fault.status <= 505
        assert reader.fault.close


@given(st.one_of(st.binary(max_size=200), damaged(ANSWERS)), st.lists(st.integers(0, 200), max_size=6), st.booleans())
@settings(deadline=None, max_examples=300)
def test_no_bytes_make_the_answer_reader_raise(data, cuts, head_only):
    reader = AnswerReader()
    reader.begin(head_only=head_only)
    for piece in pieces(data, cuts):
        reader.feed(piece)
    assert not (reader.fault and reader.reusable)


def test_trailers_that_come_byte_by_byte_are_not_searched_again_and_again():
    body = ChunkedBody()
    body.feed(b"0\r\nA: " + b"x" * 60_000)
    begin = time.process_time()
    for _ in range(2000):
        body.feed(b"x")

    assert time.process_time() - begin < 0.4
    assert body.feed(b"\r\n\r\nnext") == b"next"
    assert body.trailers is not None


@pytest.mark.parametrize(("good", "bad"), [(b"A: b", b"\n"), (b"A: b\r", b"C"), (b"A: b\r\n", b"\n")])
def test_a_line_of_trailers_that_ends_badly_is_refused_with_its_last_byte(good, bad):
    body = ChunkedBody()
    body.feed(b"0\r\n")
    for byte in good:
        body.feed(bytes([byte]))
    with pytest.raises(Malformed):
        body.feed(bad)
