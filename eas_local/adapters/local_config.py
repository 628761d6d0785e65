"""eas-local.toml: where the cloud's folders and images are on this machine, and which Python runs processors.

The nearest one upward from the folder a service.json came from counts, else the user's own; a service created through the
SDK comes from no folder, so for it only the user's counts. Read at each use, so an edit needs no restart.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from eas_local.core import images
from eas_local.core import mounts as places
from eas_local.core.bases import PYTHONS
from eas_local.core.errors import InvalidDocument, Problem
from eas_local.core.images import DEFAULT_PYTHON

NAME = "eas-local.toml"
TABLES = ("mounts", "images", "processors")


@dataclass(frozen=True, slots=True)
class LocalConfig:
    """`file` is None where there is none. `python` is that of processors which name no image."""

    file: Path | None = None
    mounts: places.Mapping = field(default_factory=places.Mapping)
    images: Mapping[str, str] = field(default_factory=dict)
    python: str = DEFAULT_PYTHON


def find(base: str | None, user_file: Path | None) -> Path | None:
    """The file that counts for a service from the folder `base`."""
    folders = (Path(base), *Path(base).parents) if base else ()
    candidates = [folder / NAME for folder in folders]
    if user_file:
        candidates.append(user_file)
    return next((file for file in candidates if file.is_file()), None)


def load(base: str | None, user_file: Path | None) -> LocalConfig:
    """Raises InvalidDocument naming the file where it makes no sense."""
    file = find(base, user_file)
    if file is None:
        return LocalConfig()
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidDocument.of(str(file), f"cannot be read: {error}") from error
    try:
        _known(data)
        mounts = places.parse(_table(data, "mounts"), PurePosixPath(file.parent))
        return LocalConfig(file, mounts, _images(data), _python(data))
    except InvalidDocument as error:
        raise InvalidDocument([Problem(f"{file}: {p.field}", p.message) for p in error.problems]) from error


def _known(data: Mapping[str, Any]) -> None:
    if strange := sorted(data.keys() - set(TABLES)):
        has = ", ".join(f"[{name}]" for name in TABLES)
        raise InvalidDocument([Problem(name, f"is no table of this file; it has {has}") for name in strange])


def _images(data: Mapping[str, Any]) -> Mapping[str, str]:
    table = _table(data, "images")
    wrong = [key for key, value in table.items() if not isinstance(value, str) or not value]
    if wrong:
        raise InvalidDocument([Problem(f'images."{key}"', "must be mapped to the name of an image") for key in wrong])
    return table


def _python(data: Mapping[str, Any]) -> str:
    table = _table(data, "processors")
    if strange := sorted(table.keys() - {"python"}):
        raise InvalidDocument(
            [Problem(f"processors.{name}", "is no key of this table; it has python") for name in strange]
        )
    python = table.get("python", DEFAULT_PYTHON)
    if python not in tuple(PYTHONS):
        choice = ", ".join(f'"{name}"' for name in PYTHONS)
        raise InvalidDocument.of("processors.python", f"must be one of {choice}, in quotation marks, not {python!r}")
    return str(python)


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = data.get(name, {})
    if not isinstance(table, dict):
        raise InvalidDocument([Problem(name, f"must be a table: write [{name}]")])
    return table


def substitute(image: str, config: LocalConfig) -> str:
    """The image that the file puts in the place of another, with the Python that it wants."""
    return images.with_python(images.substitute(image, config.images), config.python)
