"""The folder `services/`: every version of every service as its author submitted it, one file each.

A file holds all it takes to want the service again, so these files alone bring everything back. They are written whole or
not at all, readable by their owner only, because they hold tokens. Which version is in force is for the store to say.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from eas_local.adapters.files import private_folder, write, writing
from eas_local.core.desired import Desired, Goal, Lock
from eas_local.core.errors import InvalidDocument, Problem
from eas_local.core.orders import Fate, Orders, SoftRestart
from eas_local.core.release import Release


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one service. `labels` and `workspace_id` may have come with the request, not in the text."""

    name: str
    version: int
    text: str
    base: str | None
    token: str
    created_at: float
    updated_at: float
    goal: Goal = Goal.RUN
    restarts: int = 0
    labels: dict[str, str] = field(default_factory=dict)
    workspace_id: str = ""
    lock: Lock = Lock.NONE
    release: Release | None = None
    orders: Orders = Orders()
    built_at: float = 0

    @classmethod
    def of(cls, want: Desired) -> "Document":
        return cls(
            want.name,
            want.version,
            want.text,
            want.base,
            want.token,
            want.created_at,
            want.updated_at,
            want.goal,
            want.restarts,
            dict(want.service.labels),
            want.service.workspace_id,
            want.lock,
            want.release,
            want.orders,
            want.built_at,
        )

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Document":
        """Raises ValueError where the text is no such file; unknown keys are those of another release."""
        try:
            known = _known(cls, json.loads(text))
            known["goal"] = Goal(known.get("goal", Goal.RUN))
            known["lock"] = Lock(known.get("lock", Lock.NONE))
            known["release"] = Release(**_known(Release, known["release"])) if known.get("release") else None
            known["orders"] = _orders(known.get("orders", {}))
            return cls(**known)
        except (TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"not a stored service: {error}") from error


def _orders(data: dict[str, Any]) -> Orders:
    return Orders(
        tuple((pod, Fate(fate)) for pod, fate in data.get("fates", ())),
        tuple(SoftRestart(**_known(SoftRestart, order)) for order in data.get("soft_restarts", ())),
    )


def _known(kind: type[Any], data: dict[str, Any]) -> dict[str, Any]:
    names = {each.name for each in fields(kind)}
    return {key: value for key, value in data.items() if key in names}


def damaged(folder: Path) -> Iterator[tuple[Path, str]]:
    """The files that cannot be read, and why. Looks only."""
    for file in sorted(folder.glob("[!.]*/*.json")):
        try:
            Document.from_json(file.read_text("utf-8"))
        except (OSError, ValueError) as error:
            yield file, str(error)


class Documents:
    """Removal is one rename, then a sweep: cut off anywhere, a service is there or it is gone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with writing(folder):
            private_folder(folder)
            self._sweep()

    def names(self) -> list[str]:
        return sorted(path.name for path in self._folder.iterdir() if path.is_dir() and self.versions(path.name))

    def versions(self, name: str) -> list[int]:
        """The versions a service has, oldest first."""
        return sorted(int(path.stem) for path in self._of(name).glob("*.json") if path.stem.isdecimal())

    def read(self, name: str, version: int) -> Document:
        """Raises OSError or ValueError where the file cannot be read."""
        return Document.from_json(self._of(name).joinpath(f"{version}.json").read_text("utf-8"))

    def write(self, document: Document) -> None:
        write(self._of(document.name) / f"{document.version}.json", document.to_json())

    def prune(self, name: str, in_force: int, most: int) -> None:
        """Forget the oldest versions where there are too many; the one in force is never one of them."""
        for number in self.versions(name)[:-most]:
            if number != in_force:
                self._of(name).joinpath(f"{number}.json").unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        folder = self._of(name)
        with writing(folder):
            self._sweep()
            if folder.exists():
                folder.rename(folder.with_name(f".{name}"))
            self._sweep()

    def _sweep(self) -> None:
        """What removals that were cut off have left."""
        for removed in self._folder.glob(".*/"):
            shutil.rmtree(removed)

    def _of(self, name: str) -> Path:
        """A service's folder: always a direct child, whatever the name holds."""
        if not name or name.startswith(".") or "/" in name or "\0" in name:
            raise InvalidDocument(
                [Problem("metadata.name", f'"{name}" cannot be the name of a folder; choose another')]
            )
        return self._folder / name
