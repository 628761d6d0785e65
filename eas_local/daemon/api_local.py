"""`/local/v1`: what the vendor's API has no words for, over the daemon's socket only, because it may name host paths."""

import asyncio
import os
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from eas_local import __version__
from eas_local.core import changes, differences, rehearsal, spec
from eas_local.core.desired import Desired
from eas_local.core.errors import EasError
from eas_local.core.status import Snapshot
from eas_local.core.support import Note
from eas_local.daemon import api_local_history, objects
from eas_local.daemon.guard import never_over_tcp
from eas_local.daemon.local_requests import Act, LocalCreateBody, LocalPlanBody, LocalUpdateBody, ShutdownBody
from eas_local.daemon.plane import OnPlane, Plane, WrappedBody
from eas_local.daemon.replies import success
from eas_local.daemon.requests import read
from eas_local.daemon.wishes import Wishes

router = APIRouter(prefix="/local/v1", dependencies=[Depends(never_over_tcp)])
router.include_router(api_local_history.router)

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
    made = plane.services.create(asked.text, asked.base, asked.labels, lenient=asked.lenient, related=asked.related)
    name = made.desired.name
    return success(
        **objects.created(made.desired, plane.owner, plane.settings.region, plane.endpoint(name)),
        AccessToken=made.desired.token,
        **_remarks(made.notes, made.warnings),
    )


@router.put("/services/{name}")
async def update(plane: OnPlane, name: str, body: WrappedBody) -> JSONResponse:
    """With what is to be said of the document now that was not to be said of it before. An update to what is there already
    is none."""
    asked = read(LocalUpdateBody, body)
    there = plane.services.get(name)
    wish = plane.services.wishes.updated(name, asked.text, asked.mode, asked.base, lenient=asked.lenient)
    if changes.is_idle(there, wish):
        return success(Message=f"Nothing to change in service [{name}]", Changed=False, Notes=[], Warnings=[])
    plane.services.update(name, asked.text, asked.mode, asked.base, lenient=asked.lenient)
    before, after = spec.parse(there.text, lenient=True), spec.parse(wish.text, lenient=True)
    return success(
        Message=f"Succeed to update service [{name}] in region [{plane.settings.region}]",
        Changed=True,
        **_remarks(
            [note for note in after.notes if note not in before.notes],
            [warning for warning in after.warnings if warning not in before.warnings],
        ),
    )


@router.post("/plan")
async def plan(plane: OnPlane, body: WrappedBody) -> JSONResponse:
    """The fields that would change, and the steps that would follow, in order; nothing is changed."""
    want = _wish(plane.services.wishes, read(LocalPlanBody, body))
    there, seen = plane.services.find(want.name), plane.services.latest(want.name)
    have = seen.instances if seen else ()
    steps = await asyncio.to_thread(rehearsal.rehearse, want, have, plane.clock.now(), plane.settings.pace)
    return success(Changes=differences.lines(there.text, want.text) if there else [], Steps=steps)


@router.get("/services/{name}/status")
async def status(
    plane: OnPlane, name: str, after: int = -1, wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT)] = 30
) -> JSONResponse:
    """A long poll: answers as soon as the look at the service is another than number `after`."""
    return JSONResponse(_status(await plane.services.changed(name, after, wait)))


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


def _remarks(notes: Iterable[Note], warnings: Iterable[str]) -> dict[str, Any]:
    told = [{"field": note.field, "level": note.level, "sentence": note.sentence} for note in notes]
    return {"Notes": told, "Warnings": list(warnings)}


def _wish(wishes: Wishes, asked: LocalPlanBody) -> Desired:
    if asked.act:
        return _ACTS[asked.act](wishes, asked.name)
    if asked.text is None:
        return wishes.unchanged(asked.name)
    if asked.name:
        return wishes.updated(asked.name, asked.text, asked.mode, asked.base, lenient=asked.lenient)
    return wishes.submitted(asked.text, asked.mode, asked.base, lenient=asked.lenient)


_ACTS = {
    Act.START: Wishes.started,
    Act.STOP: Wishes.stopped,
    Act.RESTART: Wishes.restarted,
    Act.DELETE: Wishes.deleted,
}


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
        "Paused": seen.status.paused,
    }
