"""Where a program listens: TCP addresses and unix sockets, with one clear error where that is not possible."""

import asyncio
import errno
import gc
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eas_local.core.errors import AddressTaken, NotAllowed
from eas_local.proxy.server import Site

BACKLOG = 4096

Where = tuple[Any, ...]  # host and port, and two more where they are of IPv6


def lift_file_limit() -> None:
    """As many connections as this machine allows a program, where its shell allows fewer."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def spare_the_collector() -> None:
    """What a program has built to run with stays until its end: looking at it again and again would make requests wait."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


async def listen(site: Site, host: str, port: int) -> asyncio.Server:
    """Raises AddressTaken where another program listens there, NotAllowed where this machine has no such address."""
    with _explained(host, port):
        return await asyncio.get_running_loop().create_server(site, host, port, backlog=BACKLOG)


async def listen_on(site: Site, bound: socket.socket) -> asyncio.Server:
    return await asyncio.get_running_loop().create_server(site, sock=bound, backlog=BACKLOG)


def sole(host: str, port: int) -> list[socket.socket]:
    """The sockets to listen on of a process that has the address to itself. Raises as `listen` does."""
    with _explained(host, port):
        return [_bound(family, where) for family, where in _addresses(host, port)]


def shared(host: str, port: int, count: int) -> list[list[socket.socket]]:
    """For each of `count` processes the sockets to listen on; new connections are shared out. Raises as `listen` does."""
    with _explained(host, port):
        free = [(family, _free(family, where)) for family, where in _addresses(host, port)]
        return [[_listening(family, where) for family, where in free] for _ in range(count)]


@contextmanager
def _explained(host: str, port: int) -> Iterator[None]:
    where = f"{host}:{port}"
    try:
        yield
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise AddressTaken(
                f"cannot listen on {where}: another program does; stop it, or set EAS_LOCAL_ADDRESS to another address"
            ) from error
        raise NotAllowed(f"cannot listen on {where}: {error}; set EAS_LOCAL_ADDRESS to another address") from error


async def listen_unix(site: Site, path: Path, *, replace: bool = False) -> asyncio.Server:
    """For this user only. A socket file that nobody answers on is replaced; raises AddressTaken where somebody does,
    unless he is to be replaced as well."""
    fresh = path.with_suffix(".new") if replace else path
    _make_room(fresh)
    before = os.umask(0o177)
    try:
        server = await asyncio.get_running_loop().create_unix_server(site, str(fresh), backlog=BACKLOG)
    finally:
        os.umask(before)
    fresh.replace(path)
    return server


def _make_room(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _answers(path):
        raise AddressTaken(f"cannot listen on {path}: another program does; stop it first")
    if path.is_socket():
        path.unlink()


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


def _addresses(host: str, port: int) -> list[tuple[int, Where]]:
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return [(family, where) for family, _, _, _, where in found]


def _free(family: int, where: Where) -> Where:
    """The address, with a port. Nobody else may listen there, not even one who would share it."""
    with _bound(family, where) as alone:
        name: Where = alone.getsockname()
        return name


def _listening(family: int, where: Where) -> socket.socket:
    bound = _bound(family, where, socket.SO_REUSEPORT)
    bound.listen(BACKLOG)
    return bound


def _bound(family: int, where: Where, *options: int) -> socket.socket:
    bound = socket.socket(family)
    for option in (socket.SO_REUSEADDR, *options):
        bound.setsockopt(socket.SOL_SOCKET, option, 1)
    if family == socket.AF_INET6:
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # as where one process listens
    try:
        bound.bind(where)
    except OSError:
        bound.close()
        raise
    return bound
