"""Clients that behave: each request must get a complete and correct answer, or the failure that it asked for."""

import time
from collections.abc import Sequence
from random import Random

from tests.soak.asking import Line, Outcome
from tests.soak.container import BIG, BLOCK, FAILING, RIGHT, big
from tests.soak.world import FEW, LIMITS, TOKEN, World

SIZES = (0, 0, 10, 1000, 30_000, 200_000)
PAUSE = 0.2
_WISHES = [(answering, {"200"}) for answering in (*RIGHT, *RIGHT, *RIGHT, big)] + list(FAILING.items())
_TURNED_AWAY = {"450", "408", "429"}
"""Where few workers are."""


async def polite(world: World, name: str) -> None:
    random = world.random(name)
    while await world.pause(random.random() * PAUSE):
        line = await Line.to(world.gateway.options.port)
        for _ in range(random.randint(1, 8)):
            await _ask(world, random, line)
            if not line.usable or world.over.is_set():
                break
        line.close()


async def _ask(world: World, random: Random, line: Line) -> None:
    service = random.choice([*world.sidecars])
    answering, expected = random.choice(_WISHES)
    what, body = answering.__name__, random.randbytes(random.choice(SIZES))
    method = random.choice(("POST", "PUT") if body else ("GET", "DELETE", "POST"))
    began = time.monotonic()
    outcome = await line.ask(method, f"/api/predict/{service}/{what}/x?y=1", _headers(random, body), _cut(random, body))
    seen = _judged(outcome, BLOCK * BIG if answering is big else body)
    world.note(service, what, seen)
    if seen not in expected and not _excused(world, service, seen, began):
        said = f"{method} {service}/{what} with {len(body)} bytes: {seen}, not {' or '.join(expected)}"
        world.wrong.append(f"{said}; {outcome.body[:80]!r}")


def _judged(outcome: Outcome, body: bytes) -> str:
    return "another body" if outcome.said == "200" and outcome.body != body else outcome.said


def _excused(world: World, service: str, seen: str, began: float) -> bool:
    """It was turned away, its time was up, or its instance was killed or took nobody meanwhile."""
    if service == FEW and (seen in _TURNED_AWAY or (seen == "cut" and _too_late(service, began))):
        return True
    return seen in {"503", "cut"} and world.troubled(service, began)


def _too_late(service: str, began: float) -> bool:
    """Waiting for a worker counts."""
    return time.monotonic() - began >= LIMITS[service].keepalive


def _headers(random: Random, body: bytes) -> list[tuple[str, str]]:
    framing = ("Transfer-Encoding", "chunked") if random.random() < 0.4 else ("Content-Length", str(len(body)))
    return [("Authorization", random.choice((TOKEN, f"Bearer {TOKEN}"))), framing]


def _cut(random: Random, body: bytes) -> Sequence[bytes]:
    step = random.choice((len(body), len(body) // 3)) + 1
    return [body[at : at + step] for at in range(0, len(body), step)]
