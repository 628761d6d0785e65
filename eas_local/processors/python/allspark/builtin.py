"""The paths below /api/builtin/ that the host answers itself."""

import functools
import json
from typing import Dict, Tuple

from .properties import Properties
from .server import Call, Server

# Parity: the names of the engine's own handlers are known, what they say is not (eascmd test session, wire-contract 5.4).
_PREFIX = "/api/builtin/"
_NOT_PUBLIC = ("call", "tell", "term", "eastool")
_REFUSAL = "{} is EAS's own and not public; the emulator answers /api/builtin/ping, prop and monitor."


def handlers(server: Server, properties: Properties, workers: int) -> Dict[bytes, Call]:
    answered: Dict[str, Call] = {
        "ping": lambda _: (b"pong", 200),
        "prop": lambda _: (_json(properties.as_dict()), 200),
        "monitor": lambda _: (_monitor(server, workers), 200),
    }
    for name in _NOT_PUBLIC:
        answered[name] = functools.partial(_refuse, _PREFIX + name)
    return {(_PREFIX + name).encode(): call for name, call in answered.items()}


def _monitor(server: Server, workers: int) -> bytes:
    return _json({"worker_threads": workers, "busy_threads": server.busy, "requests": server.requests})


def _refuse(path: str, _: bytes) -> Tuple[bytes, int]:
    return _REFUSAL.format(path).encode(), 501


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
