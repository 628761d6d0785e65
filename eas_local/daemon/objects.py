"""A service, its versions, events and endpoints as objects of the OpenAPI, every field of them present (wire-contract 3.7).

What a machine of one's own has no word for (zones, quotas, owners) is empty, 0 or the value of an ordinary service.
"""

import json
from typing import Any

from eas_local.core import document
from eas_local.core.desired import Desired
from eas_local.core.entries import Standing
from eas_local.core.moments import rfc3339, spaced
from eas_local.core.names import service_id
from eas_local.core.render import NAMESPACE
from eas_local.core.status import Event, Snapshot
from eas_local.core.versions import Version

Json = dict[str, Any]


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
        "BuildTime": rfc3339(stored.built_at),
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
