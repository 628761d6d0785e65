"""Instances of `/api/v2`: listed with their containers, and what is asked of particular ones."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from eas_local.core import planner
from eas_local.core.errors import InvalidDocument
from eas_local.core.orders import Fate
from eas_local.core.places import pending
from eas_local.daemon import instance_objects, listing
from eas_local.daemon.plane import SERVICE, Body, OnPlane
from eas_local.daemon.replies import paged, success
from eas_local.daemon.requests import DeleteInstancesQuery, InstanceBody, ListInstancesQuery, read

router = APIRouter()


@router.get(f"{SERVICE}/instances")
async def list_service_instances(
    plane: OnPlane, name: str, query: Annotated[ListInstancesQuery, Query()]
) -> JSONResponse:
    seen = plane.services.describe(name)
    places = (*seen.instances, *pending(seen.want, seen.instances))
    leaving = planner.plan(seen.want, seen.instances, plane.clock.now()).leaving
    found = [instance_objects.instance(have, seen, leaving) for have in places]
    found = listing.holding(found, query.filter, "InstanceName", "InnerIP", "HostIP", "InstanceType")
    found = listing.equal(
        found, InstanceName=query.instance_name, InnerIP=query.instance_ip, Status=query.instance_status
    )
    return paged("Instances", found, query)


@router.get(f"{SERVICE}/instances/{{instance}}/containers")
async def list_service_containers(plane: OnPlane, name: str, instance: str) -> JSONResponse:
    have = plane.services.instance(name, instance)
    containers = plane.services.describe(name).want.service.containers
    return success(ServiceName=name, Containers=[instance_objects.container(spec, have) for spec in containers])


@router.delete(f"{SERVICE}/instances")
async def delete_service_instances(
    plane: OnPlane, cluster: str, name: str, query: Annotated[DeleteInstancesQuery, Query()]
) -> JSONResponse:
    if not query.names:
        raise InvalidDocument.of("InstanceList", "names no instance")
    if query.soft_restart:
        plane.services.restart_softly(name, query.names, query.container)
    else:
        plane.services.doom(name, query.names, Fate.DELETED)
    # Parity: the message has two spaces (wire-contract 3.8); that of a soft restart is made after it.
    done, listed = "restarted" if query.soft_restart else "deleted", ",".join(query.names)
    return success(
        Message=f"Instance(s) [{listed}]  for service [{name}] in region [{cluster}] was {done} successfully"
    )


@router.put(f"{SERVICE}/instances/{{instance}}")
async def update_service_instance(plane: OnPlane, cluster: str, name: str, instance: str, body: Body) -> JSONResponse:
    plane.services.doom(name, [instance], read(InstanceBody, body).fate)
    return success(Message=f"Succeed to update instance [{instance}] of service [{name}] in region [{cluster}]")
