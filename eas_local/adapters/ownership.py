"""Mounted folders stay the user's: files that a container made as root are given back.

Containers run as root, as in the cloud, and what they write into a mounted folder shows that on this machine. Afterwards
such files go to the user who runs the daemon; where that is root itself, to the owner of the mounted folder. The daemon
may not do this itself, so a container does. An engine that maps its root to the user leaves nothing to be done.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from stat import S_ISDIR

from docker import DockerClient

from eas_local.adapters.throwaway import Errand, Throwaways
from eas_local.core.errors import Temporary
from eas_local.core.pod import Bind

_WITHIN = 600
_INSIDE = "/mounted"
# By the time of birth (0 where the file system keeps none), for what was root's before must stay root's.
_GIVE = 'to=$1; shift; for file; do [ "$(stat -c %.3W "$file" | tr -d .)" -lt "$0" ] || chown -h "$to" "$file"; done'

Connect = Callable[[], DockerClient]


class Ownership:
    """Fulfils `daemon.ports.Ownership` with containers of the sandbox's image."""

    def __init__(self, owner: str, connect: Connect, sandbox_image: Callable[[], Awaitable[str]]) -> None:
        self._owner = owner
        self._connect = connect
        self._sandbox_image = sandbox_image

    async def give_back(self, binds: Sequence[Bind], since: float) -> None:
        if any(not bind.read_only for bind in binds):
            await asyncio.to_thread(self._give_back, await self._sandbox_image(), binds, since)

    def _give_back(self, image: str, binds: Sequence[Bind], since: float) -> None:
        with closing(self._connect()) as client:
            give_back(Throwaways(client.api, self._owner), image, binds, since, (os.getuid(), os.getgid()))


def give_back(throwaways: Throwaways, image: str, binds: Iterable[Bind], since: float, user: tuple[int, int]) -> None:
    """Give what root has created in the writable folders after `since` to `user`, a uid and gid. `image` has find."""
    for bind in binds:
        heir = _heir(Path(bind.source), user)
        if not bind.read_only and heir[0] != 0 and any(_strangers(bind.source, since)):
            _give(throwaways, _errand(image, bind, since, heir), bind.source)


def _give(throwaways: Throwaways, errand: Errand, folder: str) -> None:
    ended = throwaways.run(errand, _WITHIN)
    if ended.code != 0:
        why = ended.output.strip() or "it took too long"
        raise Temporary(
            f'files in "{folder}" still belong to root: {why}; take them back with: sudo chown -R $USER "{folder}"'
        )


def _heir(folder: Path, user: tuple[int, int]) -> tuple[int, int]:
    if user[0] != 0 or not folder.exists():
        return user
    status = folder.stat()
    return status.st_uid, status.st_gid


def _strangers(folder: str, since: float) -> Iterator[str]:
    """What may have been created there: root owns it on this machine, and it has changed after `since`."""
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        with suppress(OSError):  # gone meanwhile, or not for us to look into
            status = os.lstat(path)
            if status.st_uid == 0 and status.st_ctime >= since:
                yield path
            if S_ISDIR(status.st_mode):
                waiting += [entry.path for entry in os.scandir(path)]


def _errand(image: str, bind: Bind, since: float, heir: tuple[int, int]) -> Errand:
    changed = ("find", _INSIDE, "-xdev", "-uid", "0", "-newerct", f"@{since}")
    give = ("-exec", "sh", "-c", _GIVE, str(int(since * 1000)), "{}:{}".format(*heir), "{}", "+")
    return Errand(image, (*changed, *give), binds=(Bind(bind.source, _INSIDE),))
