"""The daemon's HTTP application: both APIs over one plane, and no answer that is not JSON."""

from fastapi import FastAPI

from eas_local.daemon import api_details, api_diagnosis, api_local, api_v2, replies
from eas_local.daemon.plane import Plane


def create_app(plane: Plane) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.plane = plane
    app.include_router(api_v2.router)
    app.include_router(api_local.router)
    app.include_router(api_details.router)
    app.include_router(api_diagnosis.router)
    replies.install(app)
    return app
