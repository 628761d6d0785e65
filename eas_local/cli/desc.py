"""Describe a service: its state, addresses, token and configuration."""

import json
from argparse import ArgumentParser, Namespace

from eas_local.cli.arguments import add_name, add_output
from eas_local.cli.shell import Shell
from eas_local.cli.tables import moment, pairs
from eas_local.client import Json

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
    service = shell.client().describe(args.name)
    if args.output == "json":
        shell.show_json(service)
    else:
        shell.show(pairs(_rows(service)))
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
        ("ServiceConfig", _pretty(service["ServiceConfig"])),
    ]


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
