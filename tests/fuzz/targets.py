"""What is fuzzed: ways to make a run of the proxy, or of its readers, out of bytes. Each raises where something is wrong."""

from collections import Counter
from collections.abc import Callable, Iterable

from tests.fuzz.hop import Hop
from tests.fuzz.judge import Judge, is_ours, must
from tests.fuzz.oracle import Message, requests_in
from tests.fuzz.readers import read_answer, read_requests
from tests.fuzz.script import Act, Event, events, pieces

FINE = 100
_ANSWERS = {bytes([first]) for first in b"01234567pqrstuvw"}
_MALFORMED = (400, 414, 431, 505)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
OK_TO_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
ASKED = (
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
)


def connections(data: bytes) -> None:
    """A script: anything may happen at any time."""
    with Hop() as hop:
        for event in events(data):
            hop.play(event)
        Judge(hop).all()


def requests(data: bytes) -> None:
    """What a client sends, to an upstream that answers whatever is whole. The cuts change nothing."""
    outcomes = [_asked(cut) for cut in _cuts(data)]
    must(all(one == outcomes[0] for one in outcomes), "how a request is cut changes what it means", outcomes)


def answers(data: bytes) -> None:
    """What an upstream answers to one request: `0` to `7`, or `p` to `w` where it ends then. The cuts change nothing."""
    asked, ends = asked_by(data)
    outcomes = [_answered(asked, cut, ends=ends) for cut in _cuts(data[1:])]
    must(all(one == outcomes[0] for one in outcomes), "how an answer is cut changes what it means", outcomes)


def readers(data: bytes) -> None:
    """Inputs of `answers` and of `requests`, for the readers alone."""
    if data[:1] in _ANSWERS:
        read_answer(_cuts(data[1:]), head_only=asked_by(data)[0].startswith(b"HEAD"))
    else:
        read_requests(_cuts(data))


def asked_by(data: bytes) -> tuple[bytes, bool]:
    """What the client asks, and whether the upstream ends its connection at last."""
    first = data[0] if data else 0
    return ASKED[first % len(ASKED)], bool(first & 0x40)


TARGETS: dict[str, Callable[[bytes], None]] = {one.__name__: one for one in (connections, requests, answers, readers)}
SEEDS = {"readers": ("requests", "answers")}
"""Whose inputs a target begins with, where it is not its own."""


def _cuts(data: bytes) -> list[list[bytes]]:
    """In one piece, as the script has it, and as finely as is affordable."""
    cut = pieces(data)
    whole = b"".join(cut)
    step = 1 + len(whole) // FINE
    fine = [whole[at : at + step] for at in range(0, len(whole), step)]
    return [[whole] if whole else [], cut, fine]


def _asked(cut: Iterable[bytes]) -> object:
    with Hop() as hop:
        answered = Counter[int]()
        for piece in cut:
            hop.play(Event(Act.CLIENT, piece))
            while _answer_what_is_whole(hop, answered):
                pass
        judge = Judge(hop)
        closed = [link.over for link in hop.clients.values()]
        judge.all()
    told = [_meaning(one) for reading in judge.told.values() for one in reading.messages if one.whole]
    said = [_meaning(one) for reading in judge.answers.values() for one in reading.messages]
    return told, said, closed


def _answer_what_is_whole(hop: Hop, answered: Counter[int]) -> bool:
    """Whether there was something to answer, so that there may be more now. By the place of the uplink."""
    before = answered.total()
    for place, link in enumerate(hop.uplinks):
        for request in requests_in(bytes(link.received)).messages[answered[place] :]:
            if request.whole:
                answered[place] += 1
                hop.loop.act(link.send, OK_TO_HEAD if request.start[0] == b"HEAD" else OK)
    return answered.total() > before


def _answered(asked: bytes, cut: Iterable[bytes], *, ends: bool) -> object:
    """An answer that proves malformed is replaced by one of ours, or cut off where it has begun to travel already."""
    with Hop() as hop:
        hop.play(Event(Act.CLIENT, asked))
        for piece in cut:
            hop.play(Event(Act.UPSTREAM, piece))
        if ends:
            hop.play(Event(Act.UPSTREAM_ENDS))
        judge = Judge(hop)
        judge.all()
    said = [one for reading in judge.answers.values() for one in reading.messages]
    return [_meaning(one) for one in said if one.whole and not (is_ours(one) and one.status == 502)]


def _meaning(message: Message) -> object:
    """Without what may be another each time: of an error of ours its date, and which of two faults it is about."""
    if is_ours(message) and message.status in _MALFORMED:
        return "malformed", message.values(b"connection")
    fields = [one for one in message.fields if not one[0].startswith(b"x-eas-") and one[0] != b"date"]
    return message.start, fields, message.body, message.trailers
