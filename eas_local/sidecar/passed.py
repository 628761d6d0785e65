"""Which checks have passed, on disk beside the configuration: a sidecar that is started again goes on from there, so that
its own crash shuts no gate of a container that is well. What failed is looked at anew."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from eas_local.core.admission import Told

Passed = tuple[str, int, str]
"""Container, run and kind of check."""

Known = Mapping[Passed, Told | None]
"""With each of them what a processor's host has told, None of other containers."""


def load(path: Path) -> Known:
    """Empty where nothing can be read."""
    with suppress(OSError, ValueError, TypeError):
        read = json.loads(path.read_bytes())
        return {(str(name), int(run), str(kind)): told and Told(**told) for name, run, kind, told in read}
    return {}


def save(path: Path, known: Known) -> None:
    """Whole or not at all; a disk that is full keeps nobody from serving."""
    fresh = path.with_suffix(".new")
    with suppress(OSError):
        fresh.write_text(json.dumps([[*passed, told and asdict(told)] for passed, told in known.items()]))
        fresh.replace(path)
