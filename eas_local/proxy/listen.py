"""Where a program listens: TCP addresses and unix sockets, with one clear error where that is not possible."""

import asyncio
import errno
import os
import resource
import socket
from pathlib import Path

from eas_local.core.errors import AddressTaken, NotAllowed
from eas_local.proxy.server import Site

BACKLOG = 4096


def lift_file_limit() -> None:
    """As many connections as this machine allows a program, where its shell allows fewer."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def listen(site: Site, host: str, port: int) -> asyncio.Server:
    """Raises AddressTaken where another program listens there, NotAllowed where this machine has no such address."""
    try:
        return await asyncio.get_running_loop().create_server(site, host, port, backlog=BACKLOG)
    except OSError as error:
        where = f"{host}:{port}"
        if error.errno == errno.EADDRINUSE:
            raise AddressTaken(
                f"cannot listen on {where}: another program does; stop it, or set EAS_LOCAL_ADDRESS to another address"
            ) from error
        raise NotAllowed(f"cannot listen on {where}: {error}; set EAS_LOCAL_ADDRESS to another address") from error


async def listen_unix(site: Site, path: Path) -> asyncio.Server:
    """For this user only. A socket file that nobody answers on is replaced; raises AddressTaken where somebody does."""
    _make_room(path)
    before = os.umask(0o177)
    try:
        return await asyncio.get_running_loop().create_unix_server(site, str(path), backlog=BACKLOG)
    finally:
        os.umask(before)


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
