"""Which local folder stands for a folder of the cloud: the `[mounts]` table of eas-local.toml, and a place for the rest.

    [mounts]
    "oss://bucket/models" = "models"      # relative to the file's own folder
    "nfs://host/" = "/srv/nas"
    "dataset://d-x" = "data"

Names only: whether a folder exists, and whether links lead out of its root, is for those who open it.
"""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from eas_local.core.addresses import segments
from eas_local.core.errors import InvalidDocument, Problem
from eas_local.core.findings import shown

# Folders under the home for what is not mapped, one for each kind of address.
_DEFAULTS = {"oss": "oss", "nfs": "nfs", "dataset": "datasets", "code": "code", "model": "models"}


@dataclass(frozen=True, slots=True)
class Prefix:
    """The local folder for an address and everything below it."""

    scheme: str
    names: tuple[str, ...]
    folder: PurePosixPath


@dataclass(frozen=True, slots=True)
class Mapping:
    """The table, longest prefix first."""

    prefixes: tuple[Prefix, ...] = ()


@dataclass(frozen=True, slots=True)
class Location:
    """Where an address lies, and the folder that nothing of it may leave."""

    path: PurePosixPath
    root: PurePosixPath


def parse(table: AnyMapping[str, Any], folder: PurePosixPath) -> Mapping:
    """The table of a file in `folder`. Raises InvalidDocument with every entry that makes no sense."""
    problems = [
        Problem(f'mounts."{key}"', sentence) for key, value in table.items() if (sentence := _wrong(key, value))
    ]
    if problems:
        raise InvalidDocument(problems)
    prefixes = [_prefix(key, folder / value) for key, value in table.items()]
    return Mapping(tuple(sorted(prefixes, key=lambda prefix: -len(prefix.names))))


def locate(address: str, mapping: Mapping, default_root: PurePosixPath) -> Location:
    """The longest prefix of whole names decides; without one the address has a folder of its own under `default_root`."""
    scheme, names = _split(address)
    for prefix in mapping.prefixes:
        if prefix.scheme == scheme and _covers(prefix.names, names):
            return Location(prefix.folder.joinpath(*names[len(prefix.names) :]), prefix.folder)
    root = default_root.joinpath(_DEFAULTS[scheme], *names[:1])
    return Location(root.joinpath(*names[1:]), root)


def _covers(prefix: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """A dataset mapped without a version is mapped in every version."""
    unversioned = (names[0].partition("@")[0], *names[1:]) if names else names
    return prefix in {names[: len(prefix)], unversioned[: len(prefix)]}


def _prefix(key: str, folder: PurePosixPath) -> Prefix:
    return Prefix(*_split(key), folder)


def _split(address: str) -> tuple[str, tuple[str, ...]]:
    scheme, _, rest = address.partition("://")
    return scheme, tuple(name for name in segments(rest) if name != "..")


def _wrong(key: str, value: Any) -> str | None:
    scheme, names = _split(key)
    if scheme not in _DEFAULTS or not names:
        return f"must be an address such as {', '.join(f'{known}://...' for known in _DEFAULTS)}"
    if not isinstance(value, str) or not value or "\0" in value:
        return f"must be mapped to a folder, not {shown(value)}"
    if value.startswith("~"):
        return f'"{value}" is not expanded; write an absolute path, or one relative to the file'
    return None
