"""ReleaseService of `/api/v2`: which share of an endpoint's requests a service gets."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from eas_local.core import release
from eas_local.daemon.plane import SERVICE, Body, OnPlane
from eas_local.daemon.replies import success
from eas_local.daemon.requests import ReleaseBody, read

router = APIRouter()


@router.put(f"{SERVICE}/release")
async def release_service(plane: OnPlane, cluster: str, name: str, body: Body) -> JSONResponse:
    """Answers when the gateway goes by it."""
    asked = read(ReleaseBody, body)
    percent = release.percent(asked.traffic_state, asked.weight)
    await plane.share(plane.services.release(name, percent))
    state = plane.services.describe(name).status.state
    return success(
        Message=f"Releasing service [{name}] in region [{cluster}] with weight [{percent or 0}], service status: [{state}]"
    )
