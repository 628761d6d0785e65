"""`/api/v2`: the vendor's OpenAPI of 2021-07-01, spoken as its SDKs expect it (wire-contract 3).

The cluster in a path is the caller's name for our one region: any is accepted. Operations that are not here answer as not
built (`replies`).
"""

from fastapi import APIRouter, Depends

from eas_local.daemon import api_changes, api_history, api_instances, api_release, api_services
from eas_local.daemon.guard import over_tcp_only_the_owner

router = APIRouter(prefix="/api/v2", dependencies=[Depends(over_tcp_only_the_owner)])
for part in (api_services, api_changes, api_release, api_instances, api_history):
    router.include_router(part.router)
