"""What both APIs stand on, and how a request gets at it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from eas_local.adapters.settings import Settings
from eas_local.core import document
from eas_local.core.desired import Desired
from eas_local.daemon.diagnoses import Diagnoses
from eas_local.daemon.ports import Clock, Engine, Gpus
from eas_local.daemon.service_logs import ServiceLogs
from eas_local.daemon.services import Services

_IN_A_JSON_STRING = 6  # bytes that one character of a document may take
SERVICE = "/services/{cluster}/{name}"


@dataclass(frozen=True, slots=True)
class Plane:
    """`owner` is this emulator's id; `shutdown(purge)` stops every pod and then the daemon; `share(want)` returns when the
    gateway gives a service its share of an endpoint."""

    services: Services
    logs: ServiceLogs
    diagnoses: Diagnoses
    engine: Engine
    gpus: Gpus
    clock: Clock
    settings: Settings
    owner: str
    shutdown: Callable[[bool], Awaitable[None]]
    share: Callable[[Desired], Awaitable[None]]

    def endpoint(self, name: str) -> str:
        # Parity: clients post to this address as it is, so it must be one that answers (wire-contract 3.8).
        return f"{self.settings.base_url}/api/predict/{name}"


def plane_of(request: Request) -> Plane:
    plane: Plane = request.app.state.plane
    return plane


async def read_document(request: Request) -> bytes:
    """The body, where that is the document itself or something smaller."""
    return await _read(request, document.LIMIT)


async def read_wrapped(request: Request) -> bytes:
    """The body, where the document is a JSON string in it."""
    return await _read(request, document.LIMIT * _IN_A_JSON_STRING)


async def _read(request: Request, limit: int) -> bytes:
    """A body that is too large is still read to its end, so that its sender hears why it is refused."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= limit:
            parts.append(part)
    if size > limit:
        raise HTTPException(413, f"a body of {size:,} bytes; a service.json has at most {document.LIMIT:,}")
    return b"".join(parts)


OnPlane = Annotated[Plane, Depends(plane_of)]
Body = Annotated[bytes, Depends(read_document)]
WrappedBody = Annotated[bytes, Depends(read_wrapped)]
