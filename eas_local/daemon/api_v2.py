"""`/api/v2`: the vendor's OpenAPI of 2021-07-01, spoken as its SDKs expect it (wire-contract 3).

The cluster in a path is the caller's name for our one region: any is accepted. Operations that are not here answer as not
built (`replies`).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from eas_local.core import document
from eas_local.core.places import pending
from eas_local.core.status import Snapshot
from eas_local.daemon import listing, objects
from eas_local.daemon.guard import over_tcp_only_the_owner
from eas_local.daemon.plane import Body, OnPlane, Plane
from eas_local.daemon.replies import success
from eas_local.daemon.requests import (
    CreateServiceQuery,
    DeleteLabelQuery,
    EventQuery,
    LabelsBody,
    ListInstancesQuery,
    ListQuery,
    ListServicesQuery,
    LogQuery,
    read,
)
from eas_local.daemon.service_logs import Pick
from eas_local.daemon.services import Mode

router = APIRouter(prefix="/api/v2", dependencies=[Depends(over_tcp_only_the_owner)])

_SERVICE = "/services/{cluster}/{name}"


@router.post("/services")
async def create_service(plane: OnPlane, body: Body, query: Annotated[CreateServiceQuery, Query()]) -> JSONResponse:
    """Over this API a document comes from nowhere: it has no folder that relative paths could start from."""
    text = document.decode(body)
    made = plane.services.create(text, None, query.labels, query.workspace_id)
    name = made.desired.name
    return success(**objects.created(made.desired, plane.owner, plane.settings.region, plane.endpoint(name)))


@router.get("/services")
async def list_services(plane: OnPlane, query: Annotated[ListServicesQuery, Query()]) -> JSONResponse:
    found = [_service(plane, seen) for seen in plane.services.overview()]
    found = listing.holding(found, query.filter, "ServiceName")
    found = listing.labelled(found, query.label or {})
    found = listing.equal(
        found,
        ServiceName=query.service_name,
        Status=query.service_status,
        ServiceUid=query.service_uid,
        WorkspaceId=query.workspace_id,
    )
    return _paged("Services", listing.ordered(found, query.sort, query.order), query)


@router.get(_SERVICE)
async def describe_service(plane: OnPlane, name: str) -> JSONResponse:
    return success(**_service(plane, plane.services.describe(name)))


@router.put(_SERVICE)
async def update_service(
    plane: OnPlane,
    body: Body,
    cluster: str,
    name: str,
    mode: Annotated[Mode, Query(alias="UpdateType")] = Mode.MERGE,
) -> JSONResponse:
    plane.services.update(name, document.decode(body), mode)
    return success(Message=f"Succeed to update service [{name}] in region [{cluster}]")


@router.delete(_SERVICE)
async def delete_service(plane: OnPlane, cluster: str, name: str) -> JSONResponse:
    plane.services.delete(name)
    return success(Message=f"Service [{name}] in region [{cluster}] is terminating")


@router.put(f"{_SERVICE}/start")
async def start_service(plane: OnPlane, cluster: str, name: str) -> JSONResponse:
    plane.services.start(name)
    return success(Message=f"Service [{name}] in region [{cluster}] is starting")


@router.put(f"{_SERVICE}/stop")
async def stop_service(plane: OnPlane, cluster: str, name: str) -> JSONResponse:
    plane.services.stop(name)
    return success(Message=f"Service [{name}] in region [{cluster}] is stopping")


@router.put(f"{_SERVICE}/restart")
async def restart_service(plane: OnPlane, name: str) -> JSONResponse:
    plane.services.restart(name)
    return success(Message="Service is restarting")


@router.put(f"{_SERVICE}/label")
async def update_service_label(plane: OnPlane, name: str, body: Body) -> JSONResponse:
    plane.services.label(name, read(LabelsBody, body).labels)
    return success(Message=f"Succeed to update service [{name}] labels.")


@router.delete(f"{_SERVICE}/label")
async def delete_service_label(plane: OnPlane, name: str, query: Annotated[DeleteLabelQuery, Query()]) -> JSONResponse:
    plane.services.unlabel(name, query.names)
    return success(Message=f"Succeed to delete service [{name}] labels.")


@router.get(f"{_SERVICE}/instances")
async def list_service_instances(
    plane: OnPlane, name: str, query: Annotated[ListInstancesQuery, Query()]
) -> JSONResponse:
    seen = plane.services.describe(name)
    places = (*seen.instances, *pending(seen.want, seen.instances))
    found = [objects.instance(have, seen) for have in places]
    found = listing.holding(found, query.filter, "InstanceName", "InnerIP", "HostIP", "InstanceType")
    found = listing.equal(
        found, InstanceName=query.instance_name, InnerIP=query.instance_ip, Status=query.instance_status
    )
    return _paged("Instances", found, query)


@router.get(f"{_SERVICE}/instances/{{instance}}/containers")
async def list_service_containers(plane: OnPlane, name: str, instance: str) -> JSONResponse:
    have = plane.services.instance(name, instance)
    containers = plane.services.describe(name).want.service.containers
    return success(ServiceName=name, Containers=[objects.container(spec, have) for spec in containers])


@router.get(f"{_SERVICE}/logs")
async def describe_service_log(plane: OnPlane, name: str, query: Annotated[LogQuery, Query()]) -> JSONResponse:
    pick = Pick(query.instance_name, query.container_name, query.ip, query.previous)
    lines = await plane.logs.read(name, pick)
    texts = [line.text for line in lines if query.holds(line.moment) and query.keyword in line.text]
    return _numbered("Logs", texts, query)


@router.get(f"{_SERVICE}/events")
async def describe_service_event(plane: OnPlane, name: str, query: Annotated[EventQuery, Query()]) -> JSONResponse:
    happened = [
        event
        for event in plane.services.events(name)
        if query.holds(datetime.fromtimestamp(event.at, UTC)) and query.instance_name in {"", event.instance}
    ]
    found = [objects.event(event) for event in happened]
    return _numbered("Events", listing.equal(found, Type=query.event_type), query)


@router.get(f"{_SERVICE}/endpoints")
async def describe_service_endpoints(plane: OnPlane, name: str) -> JSONResponse:
    want = plane.services.describe(name).want
    endpoint = objects.endpoint(plane.endpoint(name), plane.settings.port)
    return success(AccessToken=want.token, Endpoints=[endpoint], Message="Execution succeeded.")


@router.get(f"{_SERVICE}/versions")
async def list_service_versions(plane: OnPlane, name: str, query: Annotated[ListQuery, Query()]) -> JSONResponse:
    return _paged("Versions", [objects.version(stored) for stored in plane.services.versions(name)], query)


@router.get("/regions")
async def describe_regions(plane: OnPlane) -> JSONResponse:
    region = plane.settings.region
    return success(Regions=[{"RegionId": region, "RegionName": region}])


def _service(plane: Plane, seen: Snapshot) -> dict[str, Any]:
    return objects.service(seen, plane.owner, plane.settings.region, plane.endpoint(seen.want.name))


def _paged(key: str, items: Sequence[Any], query: ListQuery) -> JSONResponse:
    page = listing.page(items, query.page_number, query.page_size)
    return success(**{key: page.items}, PageNumber=page.number, PageSize=query.page_size, TotalCount=page.total)


def _numbered(key: str, items: Sequence[Any], query: LogQuery | EventQuery) -> JSONResponse:
    page = listing.page(items, query.page_num, query.page_size)
    return success(**{key: page.items}, PageNum=page.number, TotalCount=page.total, TotalPageNum=page.pages)
