"""List the services."""

from argparse import ArgumentParser, Namespace
from urllib.parse import urlsplit

from eas_local.cli.arguments import add_output
from eas_local.cli.shell import Shell
from eas_local.cli.tables import Column, grid, moment
from eas_local.client import Json

# Parity: the columns of `eascmd ls` (eascmd command page).
_COLUMNS = (
    Column("SERVICENAME"),
    Column("REGION"),
    Column("INSTANCE", right=True),
    Column("CREATETIME"),
    Column("UPDATETIME"),
    Column("STATUS"),
    Column("WEIGHT", right=True),
    Column("SERVICEPATH"),
)


def arguments(parser: ArgumentParser) -> None:
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    services = shell.client().services()
    if args.output == "json":
        shell.show_json({"Services": services})
        return 0
    shell.show(grid(_COLUMNS, [_row(service) for service in services]))
    if not services:
        shell.say("there is no service yet; eas-local create service.json makes one")
    return 0


def _row(service: Json) -> tuple[str, ...]:
    return (
        service["ServiceName"],
        service["Region"],
        str(service["TotalInstance"]),
        moment(service["CreateTime"]),
        moment(service["UpdateTime"]),
        service["Status"],
        str(service.get("Weight") or 0),
        urlsplit(service["IntranetEndpoint"]).path,
    )
