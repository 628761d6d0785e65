"""Changes of `/api/v2`: what turns a service into another one, or ends it. Each answers at once, in the vendor's words."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from eas_local.core import document
from eas_local.core.sources import local_paths
from eas_local.daemon import guard
from eas_local.daemon.plane import SERVICE, Body, OnPlane
from eas_local.daemon.replies import success
from eas_local.daemon.requests import LockBody, ScaleBody, VersionBody, read
from eas_local.daemon.wishes import Mode

router = APIRouter()


@router.put(SERVICE)
async def update_service(
    plane: OnPlane,
    body: Body,
    cluster: str,
    name: str,
    mode: Annotated[Mode, Query(alias="UpdateType")] = Mode.MERGE,
) -> JSONResponse:
    text, there = document.decode(body), plane.services.get(name)
    guard.no_paths(plane.services.wishes.updated(name, text, mode).service, local_paths(there.service.processor))
    plane.services.update(name, text, mode)
    return success(Message=f"Succeed to update service [{name}] in region [{cluster}]")


@router.delete(SERVICE)
async def delete_service(plane: OnPlane, cluster: str, name: str) -> JSONResponse:
    plane.services.delete(name)
    return success(Message=f"Service [{name}] in region [{cluster}] is terminating")


@router.put(f"{SERVICE}/start")
async def start_service(plane: OnPlane, cluster: str, name: str) -> JSONResponse:
    plane.services.start(name)
    return success(Message=f"Service [{name}] in region [{cluster}] is starting")


@router.put(f"{SERVICE}/stop")
async def stop_service(plane: OnPlane, cluster: str, name: str) -> JSONResponse:
    plane.services.stop(name)
    return success(Message=f"Service [{name}] in region [{cluster}] is stopping")


@router.put(f"{SERVICE}/restart")
async def restart_service(plane: OnPlane, name: str) -> JSONResponse:
    plane.services.restart(name)
    return success(Message="Service is restarting")


@router.put(f"{SERVICE}/scale")
async def scale_service(plane: OnPlane, cluster: str, name: str, body: Body) -> JSONResponse:
    asked = read(ScaleBody, body)
    plane.services.scale(name, asked.instance, asked.instances_to_delete)
    return success(Message=f"Service [{name}] in region [{cluster}] is scaling")


@router.put(f"{SERVICE}/version")
async def update_service_version(plane: OnPlane, cluster: str, name: str, body: Body) -> JSONResponse:
    plane.services.switch_version(name, read(VersionBody, body).version)
    return success(Message=f"Service [{name}] in region [{cluster}] is starting")


@router.put(f"{SERVICE}/lock")
async def update_service_safety_lock(plane: OnPlane, name: str, body: Body) -> JSONResponse:
    lock = plane.services.lock(name, read(LockBody, body).lock).lock
    return success(Message=f"service safety lock updated to {lock}")
