"""Show the instances of a service: where they run, whether they are ready, how they ended last."""

import json
from argparse import ArgumentParser, Namespace

from eas_local.cli.arguments import add_name, add_output
from eas_local.cli.shell import Shell
from eas_local.cli.tables import Column, grid, moment
from eas_local.client import Json

# Parity: the nine columns of today's `eascmd w` (eascmd command page; eas-semantics X17).
_COLUMNS = (
    Column("INSTANCENAME"),
    Column("INNERIP"),
    Column("HOSTIP"),
    Column("STARTAT"),
    Column("RESTARTS", right=True),
    Column("STATUS"),
    Column("READY"),
    Column("REASON"),
    Column("LASTSTATE"),
)


def arguments(parser: ArgumentParser) -> None:
    add_name(parser)
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    instances = shell.client().instances(args.name)
    if args.output == "json":
        shell.show_json({"Instances": instances})
    else:
        shell.show(grid(_COLUMNS, [_row(instance) for instance in instances]))
    return 0


def _row(instance: Json) -> tuple[str, ...]:
    return (
        instance["InstanceName"],
        instance.get("InnerIP") or "",
        instance.get("HostIP") or "",
        moment(instance.get("StartTime") or ""),
        str(instance.get("RestartCount") or 0),
        _status(instance),
        f"[{instance['ReadyProcesses']}/{instance['TotalProcesses']}]",
        instance.get("Reason") or "",
        _last(instance.get("LastState") or []),
    )


def _status(instance: Json) -> str:
    """With what was asked of it: no requests reach an instance that is isolated or detached."""
    asked = [word for word in ("Isolated", "Detached") if instance.get(word)]
    return f"{instance['Status']} ({asked[0]})" if asked else str(instance["Status"])


def _last(states: list[Json]) -> str:
    # Parity: LASTSTATE is the last termination as compact JSON (eascmd command page).
    return json.dumps(states[0], separators=(",", ":"), sort_keys=True) if states else ""
