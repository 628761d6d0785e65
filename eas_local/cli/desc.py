"""Describe a service: its state, addresses, token and configuration."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from eas_local.cli.arguments import add_name, add_output
from eas_local.cli.diagnose import causes
from eas_local.cli.label import labels_of
from eas_local.cli.shell import Shell
from eas_local.cli.tables import moment, pairs
from eas_local.client import Client, Json

# Parity: the rows of `eascmd desc` in its order (eascmd command page), without the retired API gateway's.
_PLAIN_AFTER_TIMES = ("AccessToken", "TotalInstance", "RunningInstance", "PendingInstance")
_PLAIN_AFTER_MEMORY = (
    "Image",
    "Weight",
    "LatestVersion",
    "CurrentVersion",
    "Reason",
    "Message",
    "InternetEndpoint",
    "IntranetEndpoint",
)


def arguments(parser: ArgumentParser) -> None:
    add_name(parser)
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    client = shell.client()
    service = client.describe(args.name)
    if args.output == "json":
        shell.show_json(service)
    else:
        details = list(_details(client.details(args.name)))
        shell.show(pairs([*_rows(service), *details, *_diagnosis(client, service)]))
    return 0


def _rows(service: Json) -> list[tuple[str, str]]:
    return [
        *_plain(service, ("Status", "ServiceName", "Region")),
        ("CreateTime", moment(service["CreateTime"])),
        ("UpdateTime", moment(service["UpdateTime"])),
        *_plain(service, _PLAIN_AFTER_TIMES),
        ("CPU", _number(service, "Cpu")),
        ("GPU", _number(service, "Gpu")),
        ("Memory", f"{_number(service, 'Memory')}M"),
        *_plain(service, _PLAIN_AFTER_MEMORY),
        ("SafetyLock", service.get("SafetyLock") or "none"),
        ("Labels", "\n".join(f"{key}={value}" for key, value in labels_of(service).items())),
        ("ServiceConfig", _pretty(service["ServiceConfig"])),
    ]


def _details(found: Json) -> Iterator[tuple[str, str]]:
    """Rows of ours: the folder that each mount became, and each probe with what it has seen."""
    for mount in found["Mounts"]:
        mode = " (read-only)" if mount["read_only"] else ""
        folder = mount["problem"] or f"{mount['folder']}{mode}"
        yield "Mount", f"{mount['address']} at {mount['mount_path']}\n{folder}"
    for probe in found["Probes"]:
        seen = [
            f"{one['instance']}: {one['verdict']} {one['history']} {one['failure']}".rstrip() for one in probe["seen"]
        ]
        yield "Probe", "\n".join((f"{probe['container']} {probe['kind']}: {probe['check']}", *seen))


def _diagnosis(client: Client, service: Json) -> list[tuple[str, str]]:
    """A row of ours, while something is wrong."""
    if service["RunningInstance"] >= service["TotalInstance"]:
        return []
    found = "\n".join(causes(client.diagnosis(service["ServiceName"])))
    return [("Diagnosis", found)] if found else []


def _plain(service: Json, keys: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(key, "" if service.get(key) is None else str(service[key])) for key in keys]


def _number(service: Json, key: str) -> str:
    return str(service.get(key) or 0)


def _pretty(config: str) -> str:
    """Sorted and indented, as eascmd does; a document in lenient spelling stays as it was written."""
    try:
        return json.dumps(json.loads(config), indent=2, sort_keys=True, ensure_ascii=False)
    except ValueError:
        return config
