"""Which checks have passed, on disk beside the configuration: a sidecar that is started again goes on from there, so that
its own crash shuts no gate of a container that is well. What failed is looked at anew."""

import json
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

Passed = tuple[str, int, str]
"""Container, run and kind of check."""


def load(path: Path) -> frozenset[Passed]:
    """Empty where nothing can be read."""
    with suppress(OSError, ValueError, TypeError):
        return frozenset((str(name), int(run), str(kind)) for name, run, kind in json.loads(path.read_bytes()))
    return frozenset()


def save(path: Path, passed: Collection[Passed]) -> None:
    """Whole or not at all; a disk that is full keeps nobody from serving."""
    fresh = path.with_suffix(".new")
    with suppress(OSError):
        fresh.write_text(json.dumps(sorted(passed)))
        fresh.replace(path)
