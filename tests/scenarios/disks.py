"""File systems of a scenario's own: small ones that can be filled, and seen as read-only."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def a_small_disk(folder: Path, mib: int = 4) -> Iterator[Path]:
    """A folder on a file system of so many MiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder.mkdir()
    with _mounted(folder, "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs"):
        yield folder


@contextmanager
def seen_read_only(folder: Path, where: Path) -> Iterator[Path]:
    """The same files at another place, where nothing can be changed."""
    where.mkdir()
    with _mounted(where, "--bind", folder):
        subprocess.run(["mount", "-o", "remount,ro,bind", where], check=True)
        yield where


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """No byte is free there."""
    filler = folder / "filler"
    try:
        with filler.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
    except OSError:
        pass
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def _mounted(where: Path, *words: str | Path) -> Iterator[None]:
    subprocess.run(["mount", *words, where], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", where], check=True)
