"""A base image without any registry: a small Debian with Python, straight from its package archive.

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

from eas_local.adapters.image_build import ROLE
from eas_local.core.errors import ImageUnavailable

PYTHONS = {"bullseye": "3.9", "bookworm": "3.11", "trixie": "3.13"}
"""Debian's releases and the Python of each."""
_PACKAGES = {"bullseye": "python3,python3-distutils,ca-certificates"}  # where pip needs what python3 lacks
_USUAL_PACKAGES = "python3,ca-certificates"
_LIMIT = 900.0
_LEFT_OUT = (
    "./proc/*", "./sys/*", "./dev/*", "./run/*", "./tmp/*", "./var/tmp/*", "./var/log/*", "./var/cache/apt/*",
    "./var/cache/debconf/*-old", "./var/lib/apt/lists/*", "./usr/share/doc/*", "./usr/share/man/*", "./usr/share/info/*",
    "./usr/share/locale/*", "./usr/share/lintian/*", "./debootstrap",
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


def bootstrap(api: APIClient, release: str, tag: str, workshop: Path, proxies: dict[str, str]) -> None:
    """Make the image `tag` of a Debian release; takes about a minute. Raises ImageUnavailable with debootstrap's words."""
    sweep(workshop)
    workshop.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{release}-", dir=workshop) as folder:
        _fill(Path(folder), release, proxies)
        _import(api, Path(folder), tag)


def sweep(workshop: Path) -> None:
    """Remove what a killed bootstrap left; a home has one daemon, and that one makes a base at a time."""
    shutil.rmtree(workshop, ignore_errors=True)


def _fill(folder: Path, release: str, proxies: dict[str, str]) -> None:
    packages = _PACKAGES.get(release, _USUAL_PACKAGES)
    command = (*_ALONE, "debootstrap", "--variant=minbase", f"--include={packages}", release, str(folder))
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, env=_ENVIRON | proxies, timeout=_LIMIT, check=False
    )
    if done.returncode != 0:
        said = " / ".join((done.stdout + done.stderr).strip().splitlines()[-3:]) or "nothing"
        raise ImageUnavailable(f"debootstrap of Debian {release} ended with {done.returncode}: {said}")


def _import(api: APIClient, folder: Path, tag: str) -> None:
    repository, _, label = tag.partition(":")
    changes = [f"LABEL {ROLE}=base", f"ENV PATH={_ENVIRON['PATH']}", 'CMD ["python3"]']
    command = ("tar", "--directory", str(folder), *(f"--exclude={path}" for path in _LEFT_OUT), "--create", ".")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as packing:  # noqa: S603
        api.import_image_from_stream(packing.stdout, repository=repository, tag=label, changes=changes)
    if packing.returncode != 0:
        raise ImageUnavailable(
            f"packing Debian for {tag} failed: tar ended with {packing.returncode}; is the disk full?"
        )
