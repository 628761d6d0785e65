"""`/local/v1`: what the vendor's API has no words for, over the daemon's socket only, because it may name host paths."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse, Response, StreamingResponse

from eas_local import __version__
from eas_local.core.errors import EasError
from eas_local.core.status import Snapshot
from eas_local.daemon import objects
from eas_local.daemon.guard import never_over_tcp
from eas_local.daemon.plane import OnPlane, Plane, WrappedBody
from eas_local.daemon.replies import success
from eas_local.daemon.requests import LocalCreateBody, LocalLogQuery, ShutdownBody, read
from eas_local.daemon.service_logs import MOST_LINES, Line, Pick

router = APIRouter(prefix="/local/v1", dependencies=[Depends(never_over_tcp)])

ENGINE_PATIENCE = 5.0
LONGEST_WAIT = 300.0


@router.get("/health")
async def health(plane: OnPlane) -> JSONResponse:
    return JSONResponse(
        {
            "version": __version__,
            "pid": os.getpid(),
            "home": str(plane.settings.home),
            "engine": await _engine_health(plane),
            "gateway": plane.settings.base_url,
        }
    )


@router.post("/services")
async def create(plane: OnPlane, body: WrappedBody) -> JSONResponse:
    asked = read(LocalCreateBody, body)
    made = plane.services.create(asked.text, asked.base, asked.labels, lenient=asked.lenient)
    name = made.desired.name
    return success(
        **objects.created(made.desired, plane.owner, plane.settings.region, plane.endpoint(name)),
        AccessToken=made.desired.token,
        Notes=[{"field": note.field, "level": note.level, "sentence": note.sentence} for note in made.notes],
        Warnings=list(made.warnings),
    )


@router.get("/services/{name}/status")
async def status(
    plane: OnPlane, name: str, after: int = -1, wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT)] = 30
) -> JSONResponse:
    """A long poll: answers as soon as the look at the service is another than number `after`."""
    return JSONResponse(_status(await plane.services.changed(name, after, wait)))


@router.get("/services/{name}/logs")
async def logs(plane: OnPlane, name: str, query: Annotated[LocalLogQuery, Query()]) -> Response:
    pick = Pick(instance=query.instance, container=query.container, previous=query.previous)
    if query.instance:
        plane.services.instance(name, query.instance)
    if query.follow and not query.previous:
        plane.services.describe(name)
        return _lines(plane.logs.follow(name, pick, query.tail))
    return _lines(_each(await plane.logs.read(name, pick, MOST_LINES if query.tail is None else query.tail)))


@router.post("/shutdown")
async def shutdown(plane: OnPlane, body: WrappedBody) -> JSONResponse:
    await plane.shutdown(read(ShutdownBody, body).purge)
    return success()


@router.get("/gpus")
async def gpus(plane: OnPlane) -> JSONResponse:
    """`owner` is the instance that has the device; empty while it is free."""
    instances = [have for seen in plane.services.overview() for have in seen.instances]
    owners = {uuid: have.name for have in instances for uuid in have.gpus}
    return JSONResponse([{**asdict(gpu), "owner": owners.get(gpu.uuid, "")} for gpu in plane.gpus.inventory()])


async def _engine_health(plane: Plane) -> dict[str, Any]:
    try:
        async with asyncio.timeout(ENGINE_PATIENCE):
            await plane.engine.observe()
    except TimeoutError:
        return {"ok": False, "message": f"the engine has not answered for {ENGINE_PATIENCE:.0f} s; see how it is"}
    except EasError as error:
        return {"ok": False, "message": str(error)}
    return {"ok": True, "message": ""}


def _status(seen: Snapshot) -> dict[str, Any]:
    return {
        "seq": seen.seq,
        "Status": seen.status.state,
        "Reason": seen.status.reason,
        "Message": seen.status.message,
        "TotalInstance": seen.status.total,
        "RunningInstance": seen.status.running,
        "PendingInstance": seen.status.pending,
    }


async def _each(lines: list[Line]) -> AsyncIterator[Line]:
    for line in lines:
        yield line


def _lines(lines: AsyncIterator[Line]) -> StreamingResponse:
    return StreamingResponse((_json(line) async for line in lines), media_type="application/x-ndjson")


def _json(line: Line) -> str:
    return json.dumps(asdict(line), ensure_ascii=False) + "\n"
