"""What `desc` shows beside the vendor's fields, over the daemon's socket only, because it names folders of this machine."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from eas_local.adapters.local_places import LocalPlaces
from eas_local.core import details
from eas_local.core.desired import Desired
from eas_local.core.errors import EasError
from eas_local.core.service import CloudMount
from eas_local.daemon.guard import never_over_tcp
from eas_local.daemon.plane import OnPlane
from eas_local.daemon.replies import success

router = APIRouter(prefix="/local/v1", dependencies=[Depends(never_over_tcp)])


@router.get("/services/{name}/details")
async def describe(plane: OnPlane, name: str) -> JSONResponse:
    seen = plane.services.describe(name)
    mounts = list(_mounts(seen.want, LocalPlaces(plane.settings)))
    probes = [asdict(probe) for probe in details.probes(seen.want.service, seen.instances)]
    return success(Mounts=mounts, Probes=probes)


def _mounts(want: Desired, places: LocalPlaces) -> Iterator[dict[str, Any]]:
    """One by one, so that a folder that is missing hides no other."""
    for volume in want.service.volumes:
        if isinstance(volume, CloudMount):
            alone = replace(want, service=replace(want.service, volumes=(volume,)))
            yield {"address": volume.address, "mount_path": volume.mount_path, **_folder(alone, places)}


def _folder(alone: Desired, places: LocalPlaces) -> dict[str, Any]:
    try:
        (bind,) = places.binds(alone)
    except EasError as error:
        return {"folder": "", "read_only": False, "problem": str(error)}
    return {"folder": bind.source, "read_only": bind.read_only, "problem": ""}
