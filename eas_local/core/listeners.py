"""Which addresses processes listen on, from the kernel's own tables (`/proc/net/tcp`, `/proc/net/tcp6`)."""

from collections.abc import Collection, Iterable, Iterator
from ipaddress import IPv6Address

Listener = tuple[str, int]

_LISTEN = "0A"
_ENGINE_DNS = "127.0.0.11"
# The engine's own name server listens there in every namespace; it is no process of the pod.
_EVERYWHERE = frozenset(("0.0.0.0", "::"))  # noqa: S104 - what a table shows, not where we listen


def parse(tables: Iterable[str], hidden_ports: Collection[int] = ()) -> tuple[Listener, ...]:
    """Every listener of the tables, sorted; without the engine's name server and `hidden_ports`."""
    found = {listener for table in tables for listener in _listening(table)}
    return tuple(sorted(one for one in found if one[0] != _ENGINE_DNS and one[1] not in hidden_ports))


def reachable(listeners: Iterable[Listener], port: int, own_address: str) -> bool:
    """Something listens on the port where the pod's own address finds it; 127.0.0.1 is not such a place."""
    return any(there == port and host in {*_EVERYWHERE, own_address} for host, there in listeners)


def _listening(table: str) -> Iterator[Listener]:
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 3 and fields[3] == _LISTEN:
            host, _, port = fields[1].partition(":")
            yield _address(host), int(port, 16)


def _address(text: str) -> str:
    """Words of four bytes, each in the machine's order, which is little-endian wherever we run."""
    raw = bytes.fromhex(text)
    octets = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    if len(octets) == 4:
        return _dotted(octets)
    address = IPv6Address(octets)
    return _dotted(octets[12:]) if address.ipv4_mapped else str(address)


def _dotted(octets: bytes) -> str:
    return ".".join(str(octet) for octet in octets)
