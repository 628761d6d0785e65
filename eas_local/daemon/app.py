"""The daemon's HTTP application: both APIs over one plane, and no answer that is not JSON."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI

from eas_local.adapters.settings import Settings
from eas_local.core.desired import Desired
from eas_local.daemon import api_details, api_diagnosis, api_local, api_v2, replies
from eas_local.daemon.diagnoses import Diagnoses
from eas_local.daemon.plane import Plane
from eas_local.daemon.ports import Clock, Engine, Gpus, RunLogs
from eas_local.daemon.service_logs import ServiceLogs
from eas_local.daemon.services import Services


def create_app(
    *,
    services: Services,
    engine: Engine,
    run_logs: RunLogs,
    gpus: Gpus,
    clock: Clock,
    settings: Settings,
    owner: str,
    shutdown: Callable[[bool], Awaitable[None]],
    share: Callable[[Desired], Awaitable[None]],
) -> FastAPI:
    """`owner` is this emulator's id; `shutdown(purge)` stops every pod, then has the daemon end; `share(want)` tells the
    gateway of a service's share of an endpoint."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.plane = Plane(
        services=services,
        logs=ServiceLogs(services, engine, run_logs),
        diagnoses=Diagnoses(services, engine, run_logs, clock),
        engine=engine,
        gpus=gpus,
        clock=clock,
        settings=settings,
        owner=owner,
        shutdown=shutdown,
        share=share,
    )
    app.include_router(api_v2.router)
    app.include_router(api_local.router)
    app.include_router(api_details.router)
    app.include_router(api_diagnosis.router)
    replies.install(app)
    return app
