"""What a fuzzer's bytes tell: who sends what, in which pieces, and what happens in between.

Bytes are sent as they stand, by the client at first. A tilde and one of the signs below make an event; with anything
else behind it a tilde is sent like the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

MARK = b"~"
MANY = 5000
MOST = 100_000


class Act(Enum):
    """The letters. Client and upstream speak until the other one is named; `MUCH` makes many bytes of the last ones said."""

    CLIENT = b">"
    UPSTREAM = b"<"
    CUT = b"|"
    MUCH = b"+"
    CLIENT_ENDS = b")"
    CLIENT_RESETS = b"]"
    CLIENT_STOPS = b"p"
    CLIENT_GOES_ON = b"r"
    OTHER_CLIENT = b"c"
    UPSTREAM_ENDS = b"("
    UPSTREAM_RESETS = b"["
    UPSTREAM_STOPS = b"P"
    UPSTREAM_GOES_ON = b"R"
    CONNECTS_FAIL = b"u"
    CONNECTS_HANG = b"h"
    CONNECTS_SUCCEED = b"g"
    SECOND = b"."
    HUNDRED_SECONDS = b":"
    ABANDON = b"a"
    LATE = b"l"
    ANSWER_OURSELVES = b"n"
    PASS_OVER = b"x"
    DRAIN = b"d"


_ACTS = {act.value: act for act in Act}


@dataclass(frozen=True, slots=True)
class Event:
    """`data` is what the speaker sends then; empty for an act that is not about bytes."""

    act: Act
    data: bytes = b""


def events(script: bytes) -> Iterator[Event]:
    """One act after the other; a speaker who says nothing is no event."""
    speaker = Act.CLIENT
    for act, data in _parts(script):
        if act in {Act.CLIENT, Act.UPSTREAM}:
            speaker = act
        elif act is not Act.CUT:
            yield Event(act)
        if data:
            yield Event(speaker, data)


def pieces(script: bytes) -> list[bytes]:
    """The bytes alone, cut where the script cuts them."""
    return [event.data for event in events(script) if event.data]


def _parts(script: bytes) -> Iterator[tuple[Act, bytes]]:
    first, *rest = script.split(MARK)
    act, said = Act.CUT, first
    for part in rest:
        named = _ACTS.get(part[:1])
        if named is None:
            said += MARK + part
        elif named is Act.MUCH:
            said += said[-16:] * (MANY if len(said) < MOST else 0) + part[1:]
        else:
            yield act, said
            act, said = named, part[1:]
    yield act, said
