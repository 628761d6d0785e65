"""What `eas-local diagnose` finds, as a test looks at it."""

from dataclasses import dataclass

from tests.scenarios.calling import call
from tests.scenarios.control import CLUSTER
from tests.scenarios.documents import Json
from tests.scenarios.emulator import Service
from tests.scenarios.eventually import eventually


@dataclass(frozen=True)
class Finding:
    """The one cause that `eas-local diagnose` found, and the service's error beside it."""

    error: str
    cause: str
    advice: str
    report: Json


def found(service: Service, reason: str, status: str | None = None, within: float = 30) -> Finding:
    """Waits for the state too, if one is named: what crashes is Waiting again while its next run starts."""
    return eventually(lambda: _found(service, reason, status), within, f"diagnosis {reason} of {service.name}")


def _found(service: Service, reason: str, status: str | None) -> Finding:
    report = diagnosis(service, status=1)
    (one,) = report["DiagnosisList"]
    assert one["Reasons"] == [reason], one
    assert status in (None, report["Status"]), report
    return Finding(one["Error"], one["Causes"][0], "".join(one["Advices"]), report)


def diagnosis(service: Service, status: int) -> Json:
    return dict(service.emulator.run("diagnose", service.name, "--output", "json", status=status).json)


def told(service: Service) -> dict[str, str]:
    """The warnings of its history: reason and message."""
    events = call(service.emulator.port, f"/api/v2/services/{CLUSTER}/{service.name}/events").json["Events"]
    return {event["Reason"]: event["Message"] for event in events if event["Type"] == "Warning"}


def crashed(service: Service) -> str:
    """The platform's sentence of a service whose instance has crashed while it started."""
    return f"Instance <{service.pod}> not healthy: Instance crashed, please inspect instance log."
