"""The two readers alone, without connections around them: many more inputs in the same time.

`cuts` are several ways to cut the same bytes. What a reader makes of them is the same for all of them, and it is what an
independent parser makes of them, wherever that understands them, too.
"""

from collections.abc import Sequence

from eas_local.proxy.answer_reader import AnswerReader
from eas_local.proxy.body import Body
from eas_local.proxy.request_reader import RequestReader
from tests.fuzz.judge import must
from tests.fuzz.oracle import Reading, answers_in, requests_in

Cuts = Sequence[Sequence[bytes]]
Outcome = tuple[object, ...]


def read_requests(cuts: Cuts) -> None:
    outcomes = [_requests(cut) for cut in cuts]
    must(all(one == outcomes[0] for one in outcomes), "how requests are cut changes what they mean", outcomes)
    _agrees([one for one in outcomes[0] if isinstance(one, tuple)], requests_in(b"".join(cuts[0])))


def read_answer(cuts: Cuts, *, head_only: bool) -> None:
    outcomes = [_answer(cut, head_only=head_only) for cut in cuts]
    must(all(one == outcomes[0] for one in outcomes), "how an answer is cut changes what it means", outcomes)
    (outcome,) = outcomes[0]
    if isinstance(outcome, tuple):
        _agrees([outcome], answers_in(b"".join(cuts[0]), [(b"HEAD" if head_only else b"GET", True)], over=False))


def _agrees(read: Sequence[Outcome], independent: Reading) -> None:
    """Start and body of everything that both have read wholly."""
    if not independent.stricter:
        must(len(read) <= len(independent.messages), "something is read that is not there", read, independent)
    for (start, _, body, _), message in zip(read, independent.messages, strict=False):
        must((start, body, True) == (message.start, message.body, message.whole), "read differently", read, message)


def _requests(cut: Sequence[bytes]) -> list[object]:
    """The whole ones, and whether anything is wrong behind them."""
    reader, taken, read = RequestReader(), None, list[object]()
    for piece in cut:
        reader.feed(piece)
        while not reader.fault and not reader.in_body:
            if taken:
                head, body = taken
                read.append(((head.method, head.target), head.fields.pairs, _content(body), _trailers(body)))
            if (taken := reader.take()) is None:
                break
    return [*read, bool(reader.fault)]


def _answer(cut: Sequence[bytes], *, head_only: bool) -> tuple[object]:
    """Whole, or whether it is malformed."""
    reader = AnswerReader()
    reader.begin(head_only=head_only)
    for piece in cut:
        reader.feed(piece)
    if reader.fault or reader.head is None or not reader.body.ended:
        return (reader.fault,)
    head, body = reader.head, reader.body
    return (((b"%d" % head.status,), head.fields.pairs, reader.at_once + _content(body), _trailers(body)),)


def _content(body: Body) -> bytes:
    content = body.read()
    must(body.received == len(content), "bytes are not accounted for", body.received, content)
    return content


def _trailers(body: Body) -> list[tuple[bytes, bytes]]:
    return body.trailers.pairs if body.trailers else []
