"""Our values as objects of the OpenAPI, every field of it present (wire-contract 3.7).

What a machine of one's own has no word for (zones, quotas, owners) is empty, 0 or the value of an ordinary service.
"""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from eas_local.core import document
from eas_local.core.desired import Desired
from eas_local.core.entries import Standing
from eas_local.core.instance import Instance, LastState, Run, RunState
from eas_local.core.names import service_id
from eas_local.core.orders import Fate
from eas_local.core.render import NAMESPACE
from eas_local.core.service import Container
from eas_local.core.status import Event, Snapshot, Trouble
from eas_local.core.versions import Version
from eas_local.core.wire import TRAFFIC_PORT

Json = dict[str, Any]

_HERE = "127.0.0.1"


def service(seen: Snapshot, standing: Standing, owner: str, region: str, endpoint: str) -> Json:
    """Answer of DescribeService, element of ListServices. `endpoint` is the address of the one in `standing`."""
    want, state = seen.want, seen.status
    resources = want.service.resources
    uid = service_id(owner, want.name)
    return {
        "AccessToken": want.token,
        "AppConfig": "",
        "AppSpecName": "",
        "AppType": "",
        "AppVersion": "",
        "AutoscalerEnabled": False,
        "CallerUid": owner,
        "Cpu": int(resources.cpu or 0),
        "CreateTime": rfc3339(want.created_at),
        "CronscalerEnabled": False,
        "CurrentVersion": want.version,
        # Parity: {"blue_green_services": ["test", "testxxxx"]} (eas-semantics 7.4).
        "ExtraData": json.dumps({"blue_green_services": standing.pair}, separators=(",", ":")) if standing.pair else "",
        "Gateway": "",
        "Gpu": resources.gpu,
        "Image": want.service.containers[0].image,
        "InternetEndpoint": endpoint,
        "IntranetEndpoint": endpoint,
        "Labels": [{"LabelKey": key, "LabelValue": value} for key, value in want.service.labels],
        "LatestVersion": max(want.latest, want.version),
        "Memory": resources.memory_mib or 0,
        "Message": state.message,
        "Namespace": NAMESPACE,
        "ParentUid": owner,
        "PendingInstance": state.pending,
        "QuotaId": "",
        "Reason": state.reason,
        "Region": region,
        "Resource": "",
        "ResourceAlias": "",
        "ResourceBurstable": False,
        "Role": "Standard",
        "RoleAttrs": "",
        "RunningInstance": state.running,
        "SafetyLock": want.lock,
        "SecondaryInternetEndpoint": "",
        "SecondaryIntranetEndpoint": "",
        "ServiceConfig": config(want.text),
        "ServiceGroup": "",
        "ServiceId": uid,
        "ServiceName": want.name,
        "ServiceUid": uid,
        "Source": "",
        "Status": state.state,
        "TotalInstance": state.total,
        "TrafficState": standing.state,
        "UpdateTime": rfc3339(want.updated_at),
        "Weight": standing.weight,
        "WorkloadType": "",
        "WorkspaceId": want.service.workspace_id,
    }


def created(want: Desired, owner: str, region: str, endpoint: str) -> Json:
    return {
        "InternetEndpoint": endpoint,
        "IntranetEndpoint": endpoint,
        "Region": region,
        "ServiceId": service_id(owner, want.name),
        "ServiceName": want.name,
        "Status": "Creating",  # Parity: always, whatever has happened since (wire-contract 3.8).
    }


def instance(have: Instance, seen: Snapshot, leaving: Collection[str] = ()) -> Json:
    """`leaving`: the names of those that get no more requests, though they may not have heard of it yet."""
    runs, fate = have.currents, seen.want.orders.fate(have.name)
    started = rfc3339(have.sandbox.started_at) if have.sandbox.started_at else ""
    return {
        "CreateTime": rfc3339(have.created_at),
        "CurrentAmount": 1.0,
        "Detached": fate is Fate.DETACHED,
        "ExternalIP": "",
        "ExternalInstancePort": have.sandbox.traffic.port if have.sandbox.traffic else 0,
        "HostIP": _HERE,
        "HostName": have.name,
        "InnerIP": have.sandbox.ip,
        "InstanceName": have.name,
        "InstancePort": TRAFFIC_PORT,
        "InstanceType": "",
        "IsLatest": have.fingerprint == seen.want.fingerprint,
        "IsReplica": False,
        "IsSpot": False,
        "Isolated": fate is Fate.ISOLATED,
        "LastState": [_last_state(last) for run in runs if (last := _last(run))],
        "Namespace": NAMESPACE,
        "OriginalAmount": 1.0,
        # Parity: an image service counts the engine's own container beside the user's: [2/2] (eas-semantics 2.2).
        "ReadyProcesses": sum(_ready(have, run) for run in runs) + (have.link is not None),
        "Reason": _reason(have, seen.trouble),
        "ReplicaName": "",
        "ResourceType": "PublicResource",
        "RestartCount": have.restarts,
        "Role": "Standard",
        "StartAt": started,
        "StartTime": started,
        "Status": "Terminating" if have.name in leaving else _instance_status(have),
        "TenantHostIP": _HERE,
        "TenantInstanceIP": have.sandbox.ip,
        "TotalProcesses": len(seen.want.service.containers) + 1,
        "Zone": "",
    }


def container(spec: Container, have: Instance) -> Json:
    run = have.current(spec.name)
    last = run.last if run else None
    return {
        "CurrentReaon": _current_reason(run),  # Parity: misspelt for ever (wire-contract 3.3).
        "CurrentStatus": _CURRENT[run.state] if run else "Waiting",
        "CurrentTimestamp": rfc3339(max(run.started_at, run.finished_at)) if run else "",
        "Image": run.image if run else spec.image,
        "LastReason": last.reason if last else "",
        "LastStatus": "Terminated" if last else "",
        "LastTimestamp": rfc3339(last.finished_at) if last else "",
        "Name": spec.name,
        "Port": spec.port or 0,
        "Ready": run is not None and _ready(have, run),
        "RestartCount": run.attempt if run else 0,
    }


def event(happened: Event) -> Json:
    return {
        "Message": happened.message,
        "Reason": happened.reason,
        "Resource": "Pod" if happened.instance else "Service",
        "Time": spaced(happened.at),
        "Type": happened.type,
    }


def local_event(happened: Event) -> Json:
    """With what the vendor's answer leaves out."""
    return {**event(happened), "Time": rfc3339(happened.at), "InstanceName": happened.instance}


def version(stored: Version, seen: Snapshot) -> Json:
    """# Parity: the message of the version in force is the service's state (eas-semantics 2.3)."""
    return {
        "BuildTime": rfc3339(stored.written_at),
        "ImageAvailable": "unknown",
        "ImageId": stored.number,
        "Message": f"Service is {seen.status.state}" if stored.number == seen.want.version else "",
        "ServiceConfig": config(stored.text),
        "ServiceRunnable": "unknown",
    }


def config(text: str) -> str:
    """The document as submitted; what was read leniently becomes the JSON it stands for, because clients parse it."""
    try:
        json.loads(text)
    except ValueError:
        return json.dumps(document.parse(text, lenient=True).value, ensure_ascii=False)
    return text


def endpoint(url: str, port: int) -> Json:
    return {
        "BackendId": "",
        "EndpointType": "DefaultGateway",
        "InternetEndpoints": [url],
        "IntranetEndpoints": [url],
        "PathType": "Service",
        "Port": port,
    }


def rfc3339(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def spaced(at: float) -> str:
    """# Parity: times of events and logs are written so, in UTC (wire-contract 3.7)."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


_CURRENT = {RunState.CREATED: "Waiting", RunState.RUNNING: "Running", RunState.EXITED: "Terminated"}


def _current_reason(run: Run | None) -> str:
    if run is None:
        return "PodInitializing"
    if run.state is RunState.CREATED:
        return "ContainerCreating"
    return run.ended.reason if run.state is RunState.EXITED else ""


def _instance_status(have: Instance) -> str:
    if have.draining:
        return "Terminating"
    return "Running" if have.sandbox.running and have.runs else "Pending"


def _reason(have: Instance, trouble: Trouble | None) -> str:
    if trouble and (trouble.instance == have.name or not have.sandbox.id):
        return trouble.reason
    return next((run.ended.reason for run in have.currents if run.state is RunState.EXITED), "")


def _ready(have: Instance, run: Run) -> bool:
    """The sidecar has a verdict on this very run, and it is good."""
    if have.link is None or not have.serves(run):
        return False
    return (run.container, run.attempt) in have.link.attempts and run.container not in dict(have.link.unready)


def _last(run: Run) -> LastState | None:
    return run.ended if run.state is RunState.EXITED else run.last


def _last_state(last: LastState) -> Json:
    # Parity: its keys are Kubernetes', as eascmd prints them (eas-semantics 2.2).
    return {
        "exitCode": last.exit_code,
        "finishedAt": rfc3339(last.finished_at),
        "reason": last.reason,
        "startedAt": rfc3339(last.started_at),
    }
