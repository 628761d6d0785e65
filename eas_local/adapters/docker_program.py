"""The program of a run, looked up in its container's file system as the container would: its name and first bytes."""

import tarfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from posixpath import dirname, join, normpath
from typing import Any

from docker.errors import NotFound

from eas_local.adapters.docker_answer import Answer
from eas_local.core.diagnosis.evidence import Program

_HEAD = 128
_LINKS = 5
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SCRIPT = b"#!"


def program(api: Any, run: str) -> Program | None:
    """None where the run is gone. Of a script, what counts is its interpreter, if there is one."""
    try:
        details = api.inspect_container(run)
    except NotFound:
        return None
    name: str = details["Path"]
    head = _first(api, run, _candidates(name, details["Config"]))
    if head.startswith(_SCRIPT):
        interpreter = head.removeprefix(_SCRIPT).split(b"\n")[0].split()[:1]
        head = _first(api, run, [word.decode(errors="replace") for word in interpreter]) or head
    return Program(name, head)


def _candidates(name: str, config: Mapping[str, Any]) -> Iterator[str]:
    if "/" in name:
        yield normpath(join(config["WorkingDir"] or "/", name))
        return
    environ = dict(variable.partition("=")[::2] for variable in config["Env"] or ())
    yield from (join(folder, name) for folder in environ.get("PATH", _PATH).split(":"))


def _first(api: Any, run: str, paths: Iterable[str]) -> bytes:
    return next((head for path in paths if (head := _head(api, run, path))), b"")


def _head(api: Any, run: str, path: str) -> bytes:
    """The first bytes of a file, at the end of its links; nothing where there is none."""
    for _ in range(_LINKS):
        member, head = _member(api, run, path)
        if member is None or not member.issym():
            return head
        path = normpath(join(dirname(path), member.linkname))
    return b""


def _member(api: Any, run: str, path: str) -> tuple[tarfile.TarInfo | None, bytes]:
    """What the engine has at a path, as it packs it; of what follows no more is read than the beginning."""
    with closing(Answer(api, f"/containers/{run}/archive", {"path": path})) as packed:
        if not packed.found:
            return None, b""
        begin = packed.raw.read(2 * tarfile.BLOCKSIZE, decode_content=True)
        member = tarfile.TarInfo.frombuf(begin[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
        return member, begin[tarfile.BLOCKSIZE :][: min(_HEAD, member.size)] if member.isfile() else b""
