"""A text file as a container would see it: from a folder mounted into it, or from its image."""

import io
import posixpath
import tarfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from docker import APIClient
from docker.errors import NotFound

from eas_local.adapters.throwaway import Errand, Throwaways
from eas_local.core.errors import RequirementsFailed
from eas_local.core.pod import Bind


class ImageFiles:
    def __init__(self, api: APIClient, throwaways: Throwaways, image: str, binds: Sequence[Bind]) -> None:
        self._api = api
        self._throwaways = throwaways
        self._image = image
        self._binds = binds

    def read(self, path: str) -> str:
        """Raises RequirementsFailed where no such file is there."""
        path = posixpath.normpath(path)
        try:
            local = local_path(path, self._binds)
            return self._from_image(path) if local is None else local.read_text()
        except (OSError, NotFound, UnicodeDecodeError) as error:
            raise RequirementsFailed(
                f'requirements file "{path}" cannot be read in image "{self._image}" or its mounts; '
                "correct prepare.pythonRequirementsPath"
            ) from error

    def _from_image(self, path: str) -> str:
        """The engine hands out files of containers only: so of one that is never started."""
        with self._throwaways.made(Errand(self._image, ("never started",))) as container:
            return self._from_container(container, path)

    def _from_container(self, container: str, path: str) -> str:
        chunks, _ = self._api.get_archive(container, path)
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
            entry = archive.next()
            if entry is not None and entry.issym():
                return self._from_container(container, posixpath.join(posixpath.dirname(path), entry.linkname))
            file = archive.extractfile(entry) if entry is not None else None
            if file is None:
                raise IsADirectoryError(path)
            return file.read().decode()


def local_path(path: str, binds: Sequence[Bind]) -> Path | None:
    """Where a container's path lies on this machine; None outside of what is mounted. The innermost mount counts."""
    for bind in sorted(binds, key=lambda bind: len(bind.target), reverse=True):
        if PurePosixPath(path).is_relative_to(bind.target):
            return Path(bind.source, PurePosixPath(path).relative_to(bind.target))
    return None
