"""What stands on this machine for a service's folders and images of the cloud."""

from os.path import realpath
from pathlib import Path, PurePosixPath

from eas_local.adapters import local_config
from eas_local.adapters.settings import Settings
from eas_local.core import mounts
from eas_local.core.desired import Desired
from eas_local.core.errors import SourceMissing
from eas_local.core.pod import Bind
from eas_local.core.service import CloudMount


class LocalPlaces:
    """Fulfils `daemon.ports.Places`."""

    def __init__(self, settings: Settings) -> None:
        self._home = settings.home
        self._user_file = settings.user_config

    def binds(self, want: Desired) -> tuple[Bind, ...]:
        """Raises SourceMissing naming the folder looked for, or the one that a link leads out of."""
        config = local_config.load(want.base, self._user_file)
        volumes = [volume for volume in want.service.volumes if isinstance(volume, CloudMount)]
        return tuple(self._bind(volume, config) for volume in volumes)

    def image(self, want: Desired, image: str) -> str:
        """The image to run in place of the one the service names."""
        return local_config.substitute(image, local_config.load(want.base, self._user_file))

    def find(self, want: Desired, address: str, purpose: str) -> Path:
        """The local folder or file for an address of the cloud; `purpose` begins the sentence of what is raised."""
        return self._find(address, local_config.load(want.base, self._user_file), purpose)

    def _bind(self, volume: CloudMount, config: local_config.LocalConfig) -> Bind:
        source = self._find(volume.address, config, f"storage at {volume.mount_path}")
        return Bind(str(source), volume.mount_path, volume.read_only)

    def _find(self, address: str, config: local_config.LocalConfig, purpose: str) -> Path:
        place = mounts.locate(address, config.mounts, PurePosixPath(self._home))
        source, root = Path(realpath(place.path)), Path(realpath(place.root))  # unlike resolve(), silent about loops
        if not _exists(source):
            # Parity: a service whose storage or model does not exist fails (FAQ, status Failed; storage document for NFS).
            raise SourceMissing(f'{purpose}: {address} is "{place.path}" here, which does not exist; {_advice(config)}')
        if not source.is_relative_to(root):
            raise SourceMissing(
                f'{purpose}: "{place.path}" leads out of its root "{root}" to "{source}"; '
                "map the address to that folder itself in [mounts]"
            )
        return source


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name too long for any file system, or a folder on the way that may not be entered
        return False


def _advice(config: local_config.LocalConfig) -> str:
    where = (
        f"[mounts] of {config.file}" if config.file else f"[mounts] of an {local_config.NAME} beside the service.json"
    )
    return f"make it, or map the address in {where}, then restart the service"
