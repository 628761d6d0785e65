"""Building images from the definitions in compose/: a context in memory, the engine's own builder, no network."""

import io
import tarfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from docker import APIClient
from docker.errors import ImageNotFound

from eas_local.core.errors import ImageUnavailable

_SILENCE_LIMIT = 300


def definition(name: str) -> dict[str, bytes]:
    """The files of compose/<name>: part of an installed package, beside the package in a checkout."""
    package = Path(str(files("eas_local")))
    folder = next(root / name for root in (package / "compose", package.parent / "compose") if root.is_dir())
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def present(api: APIClient, image: str) -> bool:
    try:
        api.inspect_image(image)
    except ImageNotFound:
        return False
    return True


def build(api: APIClient, tag: str, base: str, context: Mapping[str, bytes]) -> None:
    """Build `tag` upon `base`. Raises ImageUnavailable with what the builder said last."""
    lines = api.build(
        fileobj=_archive(context),
        custom_context=True,
        encoding="gzip",
        tag=tag,
        buildargs={"BASE": base},
        network_mode="none",
        rm=True,
        forcerm=True,
        decode=True,
        timeout=_SILENCE_LIMIT,
    )
    said: list[str] = []
    for line in lines:
        said += filter(None, (part.strip() for part in line.get("stream", "").splitlines()))
        if "error" in line:
            last = " / ".join((*said[-3:], line["error"]))
            raise ImageUnavailable(f'image "{tag}" could not be built upon "{base}": {last}')


def _archive(context: Mapping[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive:
        for path, content in sorted(context.items()):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    file.seek(0)
    return file
