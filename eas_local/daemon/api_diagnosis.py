"""Why a service is not ready: the vendor's two operations, and over the daemon's socket the whole report."""

from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from eas_local.core.diagnosis.report import Diagnosis, Exhibit, Report
from eas_local.daemon.guard import never_over_tcp, over_tcp_only_the_owner
from eas_local.daemon.plane import SERVICE, OnPlane
from eas_local.daemon.replies import success

vendors = APIRouter(prefix="/api/v2", dependencies=[Depends(over_tcp_only_the_owner)])
local = APIRouter(prefix="/local/v1", dependencies=[Depends(never_over_tcp)])
router = APIRouter()


@vendors.get(f"{SERVICE}/diagnosis")
async def describe_service_diagnosis(plane: OnPlane, name: str) -> JSONResponse:
    """One entry for the service as a whole and for each of its instances, where something is wrong with it."""
    report = await plane.diagnoses.report(name)
    return success(DiagnosisList=[_diagnosis(one) for one in report.diagnoses])


@vendors.get(f"{SERVICE}/instances/{{instance}}/diagnosis")
async def describe_service_instance_diagnosis(plane: OnPlane, name: str, instance: str) -> JSONResponse:
    report = await plane.diagnoses.report(name, instance)
    causes = tuple(cause for one in report.diagnoses for cause in one.causes)
    error = report.diagnoses[0].error if report.diagnoses else ""
    return success(Diagnosis=_diagnosis(Diagnosis(error, causes)))


@local.get("/services/{name}/diagnosis")
async def whole_report(plane: OnPlane, name: str, instance: str = "") -> JSONResponse:
    return JSONResponse(_report(await plane.diagnoses.report(name, instance)))


router.include_router(vendors)
router.include_router(local)


def _diagnosis(one: Diagnosis) -> dict[str, Any]:
    advices = dict.fromkeys(cause.advice for cause in one.causes if cause.advice)
    return {"Error": one.error, "Causes": [cause.sentence for cause in one.causes], "Advices": list(advices)}


def _report(report: Report) -> dict[str, Any]:
    return {
        "ServiceName": report.service,
        "Status": report.state,
        "Summary": report.summary,
        "DiagnosisList": [
            {
                **_diagnosis(one),
                "InstanceName": one.instance,
                "Reasons": [cause.reason for cause in one.causes],
            }
            for one in report.diagnoses
        ],
        "Notes": list(report.notes),
        "Containers": [_exhibit(one) for one in report.exhibits],
    }


def _exhibit(one: Exhibit) -> dict[str, Any]:
    return {
        "InstanceName": one.instance,
        "Name": one.container,
        "State": one.state,
        "Probes": list(one.probes),
        "Logs": [{"at": line.at, "text": line.text} for line in one.lines],
    }
