"""Runs inside an image, by its own Python: installs requirements into /eas/installed, beside what the image has.

Arguments: a wheel of pip and a requirements file. pip skips what the image's Python has already, as it would in a running
container; what it adds ends up flat in the folder, programs in bin/. Whatever happens, even when asked to end, all files
go to the folder's owner, as that owner looks from in here.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys

FOLDER = pathlib.Path("/eas/installed")
STAGE = FOLDER / ".stage"


def main(pip: str, requirements: str) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.umask(0o022)
    try:
        options = ("--no-input", "--no-cache-dir", "--no-warn-script-location", "--disable-pip-version-check")
        command = (sys.executable, f"{pip}/pip", "install", *options, f"--prefix={STAGE}", "-r", requirements)
        code = subprocess.call(command)  # noqa: S603
        if code == 0:
            gather()
        return code
    finally:
        give_back()


def gather() -> None:
    """Debian's Python puts local/ before everything, some distributions have lib64/ beside lib/."""
    for prefix in (STAGE, STAGE / "local"):
        for packages in prefix.glob("lib*/python*/*-packages"):
            merge(packages, FOLDER)
        for other in prefix.glob("[!l]*"):  # all but lib, lib64 and local
            merge(other, FOLDER / other.name)
    shutil.rmtree(str(STAGE), ignore_errors=True)


def merge(source: pathlib.Path, target: pathlib.Path) -> None:
    if not (source.is_dir() and target.is_dir()):
        source.replace(target)
        return
    for child in source.iterdir():
        merge(child, target / child.name)


def give_back() -> None:
    owner = FOLDER.stat()
    for root, folders, files in os.walk(str(FOLDER)):
        for name in (*folders, *files):
            os.chown(os.path.join(root, name), owner.st_uid, owner.st_gid, follow_symlinks=False)  # noqa: PTH118


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
