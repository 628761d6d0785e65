"""What must hold of everything that went through the proxy, whatever anybody sent.

An independent parser reads the bytes of all four directions. What one side said, the other side was told, or nothing, or
an error of ours; never something else, never something more.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from eas_local.core import replies
from tests.fuzz.hop import NUMBER, Hop, Visit
from tests.fuzz.memory import Link
from tests.fuzz.oracle import Field, Message, Reading, answers_in, requests_in

_OF_THE_HOP = {
    b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade",
    b"http2-settings", b"expect", b"host",
}  # fmt: skip
_NEVER_IN_TRAILERS = {b"content-length", b"transfer-encoding", b"host", b"authorization", b"connection"}
_OURS = b"x-eas-"
_MALFORMED = replies.BAD_REQUEST.status
_ABSOLUTE = re.compile(rb"[a-zA-Z][^/?#]*://([^/?#]*)(.*)", re.DOTALL)


class Finding(AssertionError):
    """The proxy did what it must never do."""


def must(holds: object, what: str, *evidence: object) -> None:
    if not holds:
        raise Finding("; ".join((what, *map(repr, evidence))))


class Judge:
    """Looks at a hop when everything has calmed down, and once more when everybody has gone."""

    def __init__(self, hop: Hop) -> None:
        self._hop = hop
        hop.calm()
        self._nothing_was_raised()
        self._visits = {number: [visit for visit in hop.visits if visit.client == number] for number in hop.clients}
        self.said = {number: self._said(number) for number in hop.clients}
        self.told = dict(self._told())
        self.answers = {number: self._answers(number) for number in hop.clients}
        self._upstream: dict[int, tuple[Link, Reading]] = dict(self._answered())

    def all(self) -> None:
        for number in self._hop.clients:
            self._requests_are_understood(number)
            self._client_can_read(number)
            self._nobody_waits_in_vain(number)
        for told in self.told.values():
            self._upstream_is_told_what_was_said(told)
        self._nothing_is_told_twice()
        self._hop.end()
        self._nothing_is_left()

    # -- what travelled -------------------------------------------------------------------------------------------

    def _said(self, number: int) -> Reading:
        visits = self._visits[number]
        tunnel = next((place for place, visit in enumerate(visits) if visit.tunnel), None)
        return requests_in(bytes(self._hop.clients[number].delivered), tunnel)

    def _told(self) -> Iterator[tuple[int, Reading]]:
        """By the place of the uplink. One that became a tunnel did so with its last request."""
        for place, link in enumerate(self._hop.uplinks):
            reading = requests_in(bytes(link.received))
            tunnels = [at for at, one in enumerate(reading.messages) if (visit := self._visit_of(one)) and visit.tunnel]
            yield place, requests_in(bytes(link.received), tunnels[0]) if tunnels else reading

    def _answered(self) -> Iterator[tuple[int, tuple[Link, Reading]]]:
        """What the upstream answered, by the number of the visit; of its last try, where there were two."""
        for place, link in enumerate(self._hop.uplinks):
            requests = self.told[place].messages
            begins = list(_begins(link, requests))
            for request, begin, end in zip(requests, begins, [*begins[1:], None], strict=True):
                asked = [(request.start[0], bool(request.values(b"upgrade")))]
                reading = answers_in(bytes(link.delivered[begin:end]), asked, over=end is None and link.told_end)
                must(end is None or _settled(reading), "another request where one is not over", reading)
                visit = self._visit_of(request)
                must(visit, "the upstream is told a request that nobody made", request)
                yield visit.number, (link, reading)

    def _answers(self, number: int) -> Reading:
        link = self._hop.clients[number]
        asked = [(visit.request.head.method, visit.tunnel) for visit in self._visits[number]]
        return answers_in(bytes(link.received), asked, over=link.over_in_good_order)

    def _visit_of(self, request: Message) -> Visit | None:
        match request.values(NUMBER):
            case [number] if int(number) < len(self._hop.visits):
                return self._hop.visits[int(number)]
        return None

    def _said_by(self, visit: Visit) -> Message | None:
        """None where the independent parser is stricter than need be."""
        said, place = self.said[visit.client].messages, self._visits[visit.client].index(visit)
        return said[place] if place < len(said) else None

    # -- what must hold of it -------------------------------------------------------------------------------------

    def _requests_are_understood(self, number: int) -> None:
        said = self.said[number]
        for place, visit in enumerate(self._visits[number]):
            head = visit.request.head
            if place >= len(said.messages) and said.stricter:
                return
            must(place < len(said.messages), "a request is taken that is none", head.method, head.target, said.fault)
            one = said.messages[place]
            must(one.start == (head.method, head.target), "a request is taken for another", one, head.target)
            if visit.request.left_with == _MALFORMED:  # for a control octet in a chunk's extension, which h11 lets pass
                continue
            if one.whole and not visit.tunnel and visit.request.body.ended:
                received = visit.request.received
                must(received == len(one.body), "bytes are not accounted for", one, received)

    def _upstream_is_told_what_was_said(self, told: Reading) -> None:
        must(not told.fault, "what is sent onward is no request", told.fault, told.rest)
        for message in told.messages:
            visit = self._visit_of(message)
            must(visit, "the upstream is told a request that nobody made", message)
            said = self._said_by(visit)
            if said is None:
                continue
            must(message.start[0] == said.start[0], "another method", message, said)
            must(message.start[1] == _path(said.start[1]), "another target", message, said)
            must(message.values(b"host") == [_host(said)], "another host", message, said)
            must(_fields(message) == _fields(said), "other fields", _fields(message), _fields(said))
            must(not _ambiguous(message), "two ways to read where a request ends", message)
            _same_body(message, said)
            if visit.tunnel:
                must(self.said[visit.client].rest.startswith(told.rest), "other bytes in a tunnel", told.rest)

    def _nothing_is_told_twice(self) -> None:
        """Unless that is harmless, or the upstream was passed over."""
        asked = Counter(self._visit_of(message) for told in self.told.values() for message in told.messages)
        for visit, times in asked.items():
            harmless = visit and visit.request.head.method not in (b"POST", b"PATCH")
            must(times == 1 or harmless or (visit and visit.retried), "told twice", visit)

    def _client_can_read(self, number: int) -> None:
        answers, visits, link = self.answers[number], self._visits[number], self._hop.clients[number]
        must(not answers.fault, "an answer the client cannot read", answers.fault, answers.rest)
        must(len(answers.messages) <= len(visits) + 1, "more answers than requests", answers.messages)
        for place, answer in enumerate(answers.messages):
            last = place + 1 == len(answers.messages)
            must(not _ambiguous(answer), "two ways to read where an answer ends", answer)
            if answer.whole and b"close" in answer.values(b"connection"):
                must(last and link.over and not answers.rest, "more after the last answer", answer, answers.rest)
            if place == len(visits):
                must(is_ours(answer) and answer.status >= 400 and link.over, "an answer to nothing", answer)
            elif not is_ours(answer):
                self._is_what_the_upstream_said(visits[place], answer, answers)
            if answer.whole and place < len(visits) and visits[place].request.begun and not visits[place].tunnel:
                must(len(answer.raw) == visits[place].request.sent, "bytes are not accounted for", answer)

    def _is_what_the_upstream_said(self, visit: Visit, answer: Message, answers: Reading) -> None:
        must(visit.number in self._upstream, "an answer from nobody", answer)
        _, said = self._upstream[visit.number]
        if said.stricter:
            return
        must(said.messages, "an answer the upstream never gave", answer, said)
        one = said.messages[0]
        must(answer.start == one.start, "another status", answer, one)
        must(_fields(answer) == _fields(one), "other fields in the answer", _fields(answer), _fields(one))
        _same_body(answer, one)
        if visit.tunnel:
            must(said.rest.startswith(answers.rest), "other bytes in a tunnel", answers.rest, said.rest)

    def _nobody_waits_in_vain(self, number: int) -> None:
        """While a client's connection is open, what it waits for is the upstream's, or its own, to send."""
        link, visits, answers = self._hop.clients[number], self._visits[number], self.answers[number]
        answered = sum(answer.whole for answer in answers.messages)
        if link.over or link.lost or any(visit.tunnel for visit in visits):
            return
        if answered == len(visits):
            ahead = self.said[number].messages[answered:]
            must(not ahead or not ahead[0].whole, "a request is never taken", ahead)
            must(link.reads, "the client is not read, and nothing else is done", bytes(link.delivered)[-100:])
            return
        visit = visits[answered]
        must(visit.number in self._upstream, "a request waits for nothing", visit)
        uplink, said = self._upstream[visit.number]
        must(not uplink.lost and not uplink.told_end, "a request waits for an upstream that has gone", visit)
        must(not (said.messages and said.messages[0].whole), "an answer does not arrive", said)

    def _nothing_is_left(self) -> None:
        self._nothing_was_raised()
        hop = self._hop
        must(hop.abandons or not hop.forsaken, "a connection to the upstream outlives its client", hop.visits)
        must(all(visit.ends == 1 for visit in hop.visits), "not ended once", [visit.ends for visit in hop.visits])
        must(all(link.lost for link in (*hop.clients.values(), *hop.uplinks)), "a connection is still open")
        must(not any(site.connections for site in hop.sites), "a connection is still remembered")
        must(hop.loop.idle, "a timer or a task is still running")

    def _nothing_was_raised(self) -> None:
        for error in self._hop.loop.broken:
            raise Finding("an exception nobody expected") from error


def _begins(link: Link, requests: Sequence[Message]) -> Iterator[int]:
    """How much the upstream had answered already when each request was sent."""
    at = 0
    for request in requests:
        yield next(delivered for written, delivered in reversed(link.writes) if written <= at)
        at += len(request.raw)


def _settled(answers: Reading) -> bool:
    """One whole answer, and nothing behind it."""
    return answers.stricter or (len(answers.messages) == 1 and answers.messages[0].whole and not answers.rest)


def is_ours(answer: Message) -> bool:
    return bool(answer.values(b"x-eas-request-id"))


def _path(target: bytes) -> bytes:
    """What an origin is asked for, where the target is in absolute form."""
    absolute = _ABSOLUTE.fullmatch(target)
    return b"/" + absolute[2].removeprefix(b"/") if absolute else target


def _host(request: Message) -> bytes:
    """Whom an origin is asked as: what an absolute target names goes first (RFC 9112, 3.2.2)."""
    absolute = _ABSOLUTE.fullmatch(request.start[1])
    named = [absolute[1]] if absolute and absolute[1] else request.values(b"host")
    return named[0] if named else b"localhost"


def _fields(message: Message) -> list[Field]:
    """Those that pass from end to end, in their order. The host is looked at apart."""
    named = {name.strip() for value in message.values(b"connection") for name in value.lower().split(b",")}
    of_the_hop = _OF_THE_HOP | (named - {b"content-length"})
    if message.start in {(b"101",), (b"204",)}:
        of_the_hop |= {b"content-length"}  # which they must not have, and is not passed on
    return [(name, value) for name, value in message.fields if name not in of_the_hop and not name.startswith(_OURS)]


def _same_body(told: Message, said: Message) -> None:
    if not told.whole:
        must(said.body.startswith(told.body), "other bytes in a body", told, said)
        return
    must(said.whole, "a part passes for the whole", told, said)
    must(told.body == said.body, "another body", told, said)
    must(all(one in said.trailers for one in told.trailers), "a trailer nobody sent", told, said)
    must(not any(name in _NEVER_IN_TRAILERS for name, _ in told.trailers), "a trailer that must not pass", told)


def _ambiguous(message: Message) -> bool:
    lengths, codings = message.values(b"content-length"), message.values(b"transfer-encoding")
    return len(lengths) > 1 or len(codings) > 1 or bool(lengths and codings)
