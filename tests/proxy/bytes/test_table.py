"""Every row through every way; through the relay byte by byte, too, and every refusal between two good requests.

One program serves all rows of a way, one after the other.
"""

import asyncio
import time
from dataclasses import replace

import pytest
import pytest_asyncio

from tests.net import eventually
from tests.proxy.bytes import accepted, answers, refused
from tests.proxy.bytes.case import GET, HELLO, Case
from tests.proxy.bytes.play import play
from tests.proxy.bytes.ways import WAYS, Way, going, probe

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROWS = [*accepted.ROWS, *refused.ROWS, *answers.ROWS, *answers.AT_ONCE]
ANYWHERE = [case for case in ROWS if not case.one_hop]
SMUGGLED = GET.replace(b"/~/a", b"/~/smuggled") + b"\r\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=WAYS)
async def way(request):
    async with going(request.param) as way:
        yield way


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def relay():
    async with going("relay") as way:
        yield way


@pytest.mark.parametrize("case", ANYWHERE, ids=str)
async def test_it_is_as_the_row_says(case: Case, way: Way):
    await play(case, way)


async def test_afterwards_it_serves_and_rests(way: Way):
    assert await probe(way) == b"still there"
    await eventually(lambda: way.at_rest, "no connection and no task is left")
    before = time.process_time()
    await asyncio.sleep(0.2)
    assert time.process_time() - before < 0.1


@pytest.mark.parametrize("case", ROWS, ids=str)
async def test_a_request_is_the_same_byte_by_byte(case: Case, relay: Way):
    await play(case, relay)
    await play(case, relay, cuts=200)


@pytest.mark.parametrize("case", answers.ROWS, ids=str)
async def test_an_answer_is_the_same_byte_by_byte(case: Case, relay: Way):
    await play(case, relay, upstream_cuts=200)


@pytest.mark.parametrize("case", refused.ROWS, ids=str)
async def test_what_comes_before_a_refusal_is_answered_and_what_comes_behind_is_never_seen(case: Case, relay: Way):
    sends = (HELLO, *case.pieces, SMUGGLED)
    await play(replace(case, sends=sends, seen=(HELLO,), gets=(case.says[0], *case.expected_gets)), relay)
