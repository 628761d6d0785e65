"""Who may use the control API over TCP: it equals the engine's socket, so it is guarded as such.

Over the unix socket, whose file mode says who may, nothing is asked. Over TCP, where the gateway has marked the request,
no web page may (a deployed service's page has the same origin), no name but this machine's own may be dialled, and with an
access key set every request must be signed by it.
"""

from ipaddress import ip_address

from fastapi import Request

from eas_local.adapters.settings import Settings
from eas_local.core.errors import NotAllowed
from eas_local.core.service import Service
from eas_local.core.signature import SignedRequest, fault
from eas_local.core.sources import local_paths
from eas_local.daemon.plane import Body, OnPlane

DOOR = "x-eas-door"
_OF_BROWSERS = ("origin", "cookie", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "sec-fetch-user")


async def over_tcp_only_the_owner(request: Request, plane: OnPlane, body: Body) -> None:
    if request.headers.get(DOOR) != "tcp":
        return
    _refuse_exposure(plane.settings)
    _refuse_browsers(request)
    _refuse_foreign_names(request.headers.get("host", ""), plane.settings)
    if plane.settings.access_key_id and plane.settings.access_key_secret:
        _refuse_unsigned(
            request, body, plane.settings.access_key_id, plane.settings.access_key_secret, plane.clock.now()
        )


async def never_over_tcp(request: Request) -> None:
    if request.headers.get(DOOR) == "tcp":
        raise NotAllowed("this part of the API is served on the daemon's socket only; use the eas-local command")


def no_paths(service: Service, known: frozenset[str] = frozenset()) -> None:
    """Whoever names a path of this machine would read it through a container of theirs; those that are `known` already
    were named by its owner."""
    if strange := sorted(local_paths(service.processor) - known):
        raise NotAllowed(
            f'"{strange[0]}" is a path of this machine, which only the eas-local command may name; write oss:// or https://'
        )


def _refuse_exposure(settings: Settings) -> None:
    if not settings.access_key_secret and not _is_loopback(settings.host):
        raise NotAllowed(
            f"the control API is not served on {settings.host} without an access key; set EAS_LOCAL_ACCESS_KEY_ID and "
            f"EAS_LOCAL_ACCESS_KEY_SECRET, or let EAS_LOCAL_ADDRESS be 127.0.0.1"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refuse_browsers(request: Request) -> None:
    for header in _OF_BROWSERS:
        if header in request.headers:
            raise NotAllowed(f'the request carries "{header}", as web pages do; use an SDK or the eas-local command')


def _refuse_foreign_names(host: str, settings: Settings) -> None:
    """A page elsewhere can let its own name point to this machine; the name it dials gives it away."""
    names = {"127.0.0.1", "localhost", "[::1]", settings.host, f"[{settings.host}]"}
    name = host.removesuffix(f":{settings.port}").lower()
    if name not in names:
        raise NotAllowed(f'the host "{host}" is not a name of this emulator; use {settings.base_url}')


def _refuse_unsigned(request: Request, body: bytes, key_id: str, secret: str, now: float) -> None:
    signed = SignedRequest(
        method=request.method,
        path=request.scope["raw_path"].decode("ascii"),
        query=request.scope["query_string"].decode("ascii"),
        headers=request.headers,
        body=body,
    )
    if reason := fault(signed, key_id, secret, now):
        raise NotAllowed(f"the request is refused, because {reason}; sign it with this emulator's access key")
