"""Mounted folders stay the user's: files that a container made as root are given back.

Containers run as root, as in the cloud, and what they write into a mounted folder shows that on this machine. Afterwards
such files go to the user who runs the daemon; where that is root itself, to the owner of the mounted folder. The daemon
may not do this itself, so a container does. An engine that maps its root to the user leaves nothing to be done.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from stat import S_ISDIR

from eas_local.adapters.throwaway import Errand, Throwaways
from eas_local.core.errors import Temporary
from eas_local.core.pod import Bind

_WITHIN = 600
_INSIDE = "/mounted"


def give_back(throwaways: Throwaways, image: str, binds: Iterable[Bind], since: float, user: tuple[int, int]) -> None:
    """Give what root has created in the writable folders after `since` to `user`, a uid and gid. `image` has find."""
    for bind in binds:
        if bind.read_only:
            continue
        uid, gid = _heir(Path(bind.source), user)
        if uid != 0 and any(_strangers(bind.source, since)):
            ended = throwaways.run(_errand(image, bind, since, uid, gid), _WITHIN)
            if ended.code != 0:
                raise Temporary(
                    f'files in "{bind.source}" still belong to root: {ended.output.strip() or "it took too long"}; '
                    f"take them back with: sudo chown -R {uid}:{gid} {bind.source}"
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


def _errand(image: str, bind: Bind, since: float, uid: int, gid: int) -> Errand:
    # By the time of birth: a file system that keeps none is left as it is, for what was root's before must stay root's.
    find = ("find", _INSIDE, "-xdev", "-uid", "0", "-newerBt", f"@{since}")
    chown = ("-exec", "chown", "-h", f"{uid}:{gid}", "{}", "+")
    return Errand(image, (*find, *chown), binds=(Bind(bind.source, _INSIDE),))
