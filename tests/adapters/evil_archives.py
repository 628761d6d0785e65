"""Archives made by hand, as no honest program makes them."""

import io
import stat
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

Entry = tuple[str, str, str]
"""Kind (file, folder, symlink, hardlink, device, fifo), name, and content or target."""

_TYPES = {
    "file": tarfile.REGTYPE,
    "folder": tarfile.DIRTYPE,
    "symlink": tarfile.SYMTYPE,
    "hardlink": tarfile.LNKTYPE,
    "device": tarfile.CHRTYPE,
    "fifo": tarfile.FIFOTYPE,
}
_MODES = {"file": stat.S_IFREG, "folder": stat.S_IFDIR, "symlink": stat.S_IFLNK, "fifo": stat.S_IFIFO}


def a_tar(path: Path, entries: Sequence[Entry], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as tar:
        for kind, name, text in entries:
            info = tarfile.TarInfo(name)
            info.type, info.mode, info.mtime = _TYPES[kind], 0o6777, 1_600_000_000
            data = text.encode() if kind == "file" else b""
            info.size, info.linkname = len(data), "" if kind == "file" else text
            tar.addfile(info, io.BytesIO(data))
    return path


def a_zip(path: Path, entries: Sequence[Entry], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for kind, name, text in entries:
            info = zipfile.ZipInfo(name + "/" * (kind == "folder"))
            info.create_system, info.compress_type = 3, compression
            info.external_attr = (_MODES[kind] | 0o6777) << 16
            archive.writestr(info, text)
    return path
