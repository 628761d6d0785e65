"""What happened to a service, of `/api/v2`: what its containers wrote, and its events."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from eas_local.daemon import listing, objects
from eas_local.daemon.plane import SERVICE, OnPlane
from eas_local.daemon.replies import numbered
from eas_local.daemon.requests import EventQuery, LogQuery
from eas_local.daemon.service_logs import Pick

router = APIRouter()


@router.get(f"{SERVICE}/logs")
async def describe_service_log(plane: OnPlane, name: str, query: Annotated[LogQuery, Query()]) -> JSONResponse:
    pick = Pick(query.instance_name, query.container_name, query.ip, query.previous)
    lines = await plane.logs.read(name, pick)
    texts = [line.text for line in lines if query.holds(line.moment) and query.keyword in line.text]
    return numbered("Logs", texts, query)


@router.get(f"{SERVICE}/events")
async def describe_service_event(plane: OnPlane, name: str, query: Annotated[EventQuery, Query()]) -> JSONResponse:
    happened = [
        event
        for event in plane.services.events(name)
        if query.holds(datetime.fromtimestamp(event.at, UTC)) and query.instance_name in {"", event.instance}
    ]
    found = [objects.event(event) for event in happened]
    return numbered("Events", listing.equal(found, Type=query.event_type), query)
