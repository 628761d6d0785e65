"""A base image without any registry: a small Debian, straight from its package archive.

debootstrap runs in namespaces of its own that end with this process, so a killed daemon leaves neither mounts nor processes,
at most a folder, which the next bootstrap removes.
"""

import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

from docker import APIClient

from eas_local.core.bases import REPOSITORY, Base
from eas_local.core.errors import ImageUnavailable

_LEFT_OUT = (
    "./proc/*", "./sys/*", "./dev/*", "./run/*", "./tmp/*", "./var/tmp/*", "./var/log/*", "./var/cache/apt/*",
    "./var/cache/debconf/*-old", "./var/lib/apt/lists/*", "./usr/share/doc/*", "./usr/share/man/*", "./usr/share/info/*",
    "./usr/share/locale/*", "./usr/share/lintian/*", "./usr/lib/jvm/*/jmods/*", "./debootstrap", "./etc/dpkg/dpkg.cfg.d/*",
)  # fmt: skip
_ALONE = ("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child")
_ENVIRON = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"}
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def missing(engine_machine: str) -> str | None:
    """What stands in the way of a bootstrap here, with the way out, or None."""
    if os.geteuid() != 0:
        return "building one from Debian's archive needs root"
    if shutil.which("debootstrap", path=_ENVIRON["PATH"]) is None:
        return (
            "building one from Debian's archive needs debootstrap (on Debian and Ubuntu: apt-get install debootstrap)"
        )
    if _MACHINES.get(engine_machine) != _MACHINES.get(platform.machine()):
        return f"Debian's archive gives one for {platform.machine()} here, and the engine runs on {engine_machine}"
    return None


class Bootstrap:
    """Makes Debian images in the folder `workshop`, one at a time."""

    def __init__(self, api: APIClient, workshop: Path, proxies: dict[str, str]) -> None:
        self._api = api
        self._workshop = workshop
        self._proxies = proxies
        self._at_work: subprocess.Popen[str] | None = None

    def make(self, base: Base) -> None:
        """Its image, in about a minute. Raises ImageUnavailable with debootstrap's words."""
        self.sweep()
        self._workshop.mkdir(mode=0o700, parents=True)
        with tempfile.TemporaryDirectory(dir=self._workshop) as folder:
            self._fill(Path(folder), base)
            _import(self._api, Path(folder), base)

    def sweep(self) -> None:
        """Remove what a killed one left."""
        shutil.rmtree(self._workshop, ignore_errors=True)

    def stop(self) -> None:
        """End the one at work; whoever waits for it is told that it failed."""
        if self._at_work is not None:
            self._at_work.kill()

    def _fill(self, folder: Path, base: Base) -> None:
        options = folder / "etc" / "dpkg" / "dpkg.cfg.d"
        options.mkdir(parents=True)
        (options / "haste").write_text("force-unsafe-io\n")  # what a crash leaves half written is removed, not used
        packages = ",".join(base.packages)
        command = (*_ALONE, "debootstrap", "--variant=minbase", f"--include={packages}", base.release, str(folder))
        with subprocess.Popen(  # noqa: S603
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=_ENVIRON | self._proxies
        ) as self._at_work:
            said, _ = self._at_work.communicate()
        if self._at_work.returncode != 0:
            last = " / ".join(said.strip().splitlines()[-3:]) or "it said nothing"
            raise ImageUnavailable(
                f"debootstrap of Debian {base.release} ended with {self._at_work.returncode}: {last}"
            )


def _import(api: APIClient, folder: Path, base: Base) -> None:
    changes = [f"ENV PATH={_ENVIRON['PATH']}", 'CMD ["bash"]']
    command = ("tar", "--directory", str(folder), *(f"--exclude={path}" for path in _LEFT_OUT), "--create", ".")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as packing:  # noqa: S603
        api.import_image_from_stream(packing.stdout, repository=REPOSITORY, tag=base.label, changes=changes)
    if packing.returncode != 0:
        raise ImageUnavailable(
            f"packing Debian for {base.tag} failed: tar ended with {packing.returncode}; is the disk full?"
        )
