"""The sandbox's image: a base with Python, the sidecar's share of this package, and the two wheels it needs.

Its tag is a fingerprint of all that goes in, so an edited sidecar gives a new image and an unchanged one is found at once.
"""

import ast
import io
import zipfile
from collections.abc import Iterator
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from docker import APIClient

from eas_local.adapters import image_python
from eas_local.adapters.bases import Bases
from eas_local.adapters.host_pip import HostPip
from eas_local.adapters.image_build import build, definition, present
from eas_local.adapters.throwaway import Throwaways
from eas_local.core.errors import ImageUnavailable

OLDEST_PYTHON = (3, 11)
_PROGRAM = "eas_local.sidecar.__main__"
_PACKAGES = ("httptools", "uvloop")


class SandboxImage:
    def __init__(self, api: APIClient, bases: Bases, pip: HostPip, throwaways: Throwaways) -> None:
        self._api = api
        self._bases = bases
        self._pip = pip
        self._throwaways = throwaways

    def get(self) -> str:
        """Its tag, built where it is missing."""
        if not self.there:
            self._build(self._tag, self._context)
        return self._tag

    @property
    def there(self) -> bool:
        return present(self._api, self._tag)

    @cached_property
    def _context(self) -> dict[str, bytes]:
        """Read once: a program that runs does not change with its sources either."""
        return definition("sandbox") | {f"lib/{path}": content for path, content in sources(_PROGRAM).items()}

    @cached_property
    def _tag(self) -> str:
        material = (sorted(self._context.items()), _requirements(), self._bases.configured)
        return f"eas-local/sandbox:{sha256(repr(material).encode()).hexdigest()[:12]}"

    def _build(self, tag: str, context: dict[str, bytes]) -> None:
        base = self._bases.for_sandbox()
        python = image_python.look(self._throwaways, base)
        if python.version < OLDEST_PYTHON:
            raise ImageUnavailable(
                f'base image "{base}" has Python {python.release}, the sandbox needs 3.11 or later; '
                "point EAS_LOCAL_BASE_IMAGE at another, or unset it"
            )
        wheels = self._pip.wheels(_requirements(), python)
        build(self._api, tag, base, context | dict(_unpacked(wheels)))


def sources(program: str) -> dict[str, bytes]:
    """The modules of this package that a program imports, directly or not: their paths and contents."""
    root = Path(str(files("eas_local"))).parent
    found: dict[str, bytes] = {}
    waiting = [program]
    while waiting:
        path = _path(root, module := waiting.pop())
        if path is None or str(path) in found:
            continue
        found[str(path)] = content = (root / path).read_bytes()
        waiting += [module.rpartition(".")[0], *_imports(content)]
    return found


def _path(root: Path, module: str) -> Path | None:
    """None for what is no module of ours: another package's, or a name within a module."""
    if module.partition(".")[0] != "eas_local":
        return None
    stem = Path(*module.split("."))
    return next((path for path in (stem.with_suffix(".py"), stem / "__init__.py") if (root / path).is_file()), None)


def _imports(content: bytes) -> Iterator[str]:
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _requirements() -> tuple[str, ...]:
    """The very versions that run here."""
    return tuple(f"{package}=={version(package)}" for package in _PACKAGES)


def _unpacked(wheels: list[Path]) -> Iterator[tuple[str, bytes]]:
    """These wheels hold packages only, no scripts: unpacked is installed."""
    for wheel in wheels:
        with zipfile.ZipFile(io.BytesIO(wheel.read_bytes())) as archive:
            yield from ((f"lib/{name}", archive.read(name)) for name in archive.namelist() if not name.endswith("/"))
