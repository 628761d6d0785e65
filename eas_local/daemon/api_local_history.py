"""What happened to a service, of `/local/v1`: its events, and what its containers wrote; a JSON object a line, as it comes."""

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse

from eas_local.daemon import objects, service_events
from eas_local.daemon.local_requests import LocalEventQuery, LocalLogQuery
from eas_local.daemon.plane import OnPlane
from eas_local.daemon.service_logs import MOST_LINES, Pick

router = APIRouter()

T = TypeVar("T")


@router.get("/services/{name}/events")
async def events(plane: OnPlane, name: str, query: Annotated[LocalEventQuery, Query()]) -> Response:
    """Oldest first."""
    since = 0 if query.since is None else plane.clock.now() - query.since
    told = plane.services.events(name, since)
    growing = (
        service_events.follow(plane.services, name, since) if query.follow else _each(service_events.in_time(told))
    )
    return _lines(objects.local_event(event) async for event in growing if query.instance in {"", event.instance})


@router.get("/services/{name}/logs")
async def logs(plane: OnPlane, name: str, query: Annotated[LocalLogQuery, Query()]) -> Response:
    pick = Pick(instance=query.instance, container=query.container, previous=query.previous, restart=query.restart)
    plane.services.describe(name)
    if query.instance or query.container or query.restart is not None:
        await plane.logs.expect(name, pick)
    if query.follow and not query.previous:
        lines = plane.logs.follow(name, pick, query.tail)
    else:
        lines = _each(await plane.logs.read(name, pick, MOST_LINES if query.tail is None else query.tail))
    return _lines(asdict(line) async for line in lines if query.keyword in line.text)


async def _each(items: Iterable[T]) -> AsyncIterator[T]:
    for item in items:
        yield item


def _lines(items: AsyncIterator[dict[str, Any]]) -> StreamingResponse:
    return StreamingResponse(
        (json.dumps(item, ensure_ascii=False) + "\n" async for item in items), media_type="application/x-ndjson"
    )
