"""Services of `/api/v2`: made, described, listed, and everything that is asked of one as a whole but its changes."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from eas_local.core import document, spec
from eas_local.core.entries import Standing
from eas_local.core.status import Snapshot
from eas_local.daemon import guard, listing, objects
from eas_local.daemon.plane import SERVICE, Body, OnPlane, Plane
from eas_local.daemon.replies import paged, success
from eas_local.daemon.requests import (
    CreateServiceQuery,
    DeleteLabelQuery,
    LabelsBody,
    ListQuery,
    ListServicesQuery,
    read,
)

router = APIRouter()


@router.post("/services")
async def create_service(plane: OnPlane, body: Body, query: Annotated[CreateServiceQuery, Query()]) -> JSONResponse:
    """Over this API a document comes from nowhere: it has no folder that relative paths could start from."""
    text = document.decode(body)
    guard.no_paths(spec.parse(text).service)
    made = plane.services.create(text, None, query.labels, query.workspace_id)
    name = made.desired.name
    return success(**objects.created(made.desired, plane.owner, plane.settings.region, plane.endpoint(name)))


@router.get("/services")
async def list_services(plane: OnPlane, query: Annotated[ListServicesQuery, Query()]) -> JSONResponse:
    standings = plane.services.standings()
    found = [_service(plane, seen, standings.get(seen.want.name)) for seen in plane.services.overview()]
    found = listing.holding(found, query.filter, "ServiceName")
    found = listing.labelled(found, query.label or {})
    found = listing.equal(
        found,
        ServiceName=query.service_name,
        Status=query.service_status,
        ServiceUid=query.service_uid,
        TrafficState=query.traffic_state,
        WorkspaceId=query.workspace_id,
    )
    return paged("Services", listing.ordered(found, query.sort, query.order), query)


@router.get(SERVICE)
async def describe_service(plane: OnPlane, name: str) -> JSONResponse:
    return success(**_service(plane, plane.services.describe(name), plane.services.standing(name)))


@router.put(f"{SERVICE}/label")
async def update_service_label(plane: OnPlane, name: str, body: Body) -> JSONResponse:
    plane.services.label(name, read(LabelsBody, body).labels)
    return success(Message=f"Succeed to update service [{name}] labels.")


@router.delete(f"{SERVICE}/label")
async def delete_service_label(plane: OnPlane, name: str, query: Annotated[DeleteLabelQuery, Query()]) -> JSONResponse:
    plane.services.unlabel(name, query.names)
    return success(Message=f"Succeed to delete service [{name}] labels.")


@router.get(f"{SERVICE}/endpoints")
async def describe_service_endpoints(plane: OnPlane, name: str) -> JSONResponse:
    want = plane.services.describe(name).want
    endpoint = objects.endpoint(plane.endpoint(plane.services.standing(name).endpoint), plane.settings.port)
    return success(AccessToken=want.token, Endpoints=[endpoint], Message="Execution succeeded.")


@router.get(f"{SERVICE}/versions")
async def list_service_versions(plane: OnPlane, name: str, query: Annotated[ListQuery, Query()]) -> JSONResponse:
    seen = plane.services.describe(name)
    return paged("Versions", [objects.version(stored, seen) for stored in plane.services.versions(name)], query)


@router.get("/regions")
async def describe_regions(plane: OnPlane) -> JSONResponse:
    region = plane.settings.region
    return success(Regions=[{"RegionId": region, "RegionName": region}])


def _service(plane: Plane, seen: Snapshot, standing: Standing | None) -> dict[str, Any]:
    """One without a document stands alone."""
    found = standing or Standing(seen.want.name)
    return objects.service(seen, found, plane.owner, plane.settings.region, plane.endpoint(found.endpoint))
