"""What the program finds out about the pod it runs in: the pod's own address, and who listens there."""

import socket
from collections.abc import Collection
from pathlib import Path

from eas_local.core.listeners import Listener, parse

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_ELSEWHERE = ("192.0.2.1", 9)  # an address for documentation: no packet is sent, only a route looked up


def own_address() -> str:
    """The address other pods would dial, 127.0.0.1 where there is none."""
    for find in (_by_hostname, _by_route):
        address = find()
        if address and not address.startswith("127."):
            return address
    return "127.0.0.1"


def listeners(hidden_ports: Collection[int]) -> tuple[Listener, ...]:
    """Empty on a machine without such tables."""
    return parse([table.read_text() for table in _TABLES if table.exists()], hidden_ports)


def _by_hostname() -> str | None:
    try:
        return socket.gethostbyname(socket.gethostname())
    except OSError:
        return None


def _by_route() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return None
        host: str = probe.getsockname()[0]
        return host
