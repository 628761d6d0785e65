"""What an archive may put where: the rules of Python's tar filter `data`, for every format alike.

No name leads out, no link leads out, nothing is a device, nothing keeps an owner or a strange mode. Names only: whether a
link stays inside by way of other links is for whoever makes them to see.
"""

from dataclasses import dataclass
from enum import StrEnum

from eas_local.core.addresses import segments
from eas_local.core.findings import shown as quoted

MOST_BYTES = 20 * 1024**3
MOST_MEMBERS = 500_000
HEAD = 512
"""So many of its first bytes, unpacked where it is compressed, say what a file is."""

_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz", ".zip")
_COMPRESSED = (".gz", ".bz2", ".xz")
_LONGEST_NAME = 255
LONGEST_PATH = 1000

Names = tuple[str, ...]


class Unusable(ValueError):
    """An archive that is not unpacked; the sentence says what is wrong with it."""


class Form(StrEnum):
    TAR = "tar"
    ZIP = "zip"


class Kind(StrEnum):
    FOLDER = "folder"
    FILE = "file"
    SYMLINK = "symbolic link"
    HARDLINK = "hard link"
    OTHER = "device or pipe"


@dataclass(frozen=True, slots=True)
class Member:
    """`link` is what a link leads to: of a hard link, the name of another member. `modified` is None where nobody knows."""

    name: str
    kind: Kind
    executable: bool = False
    link: str = ""
    modified: float | None = None


def form(name: str, head: bytes) -> Form | None:
    """How to read a file of this name that begins like this; None for one that is to be used as it is, as a model file that
    happens to be a zip. Raises Unusable where the name promises what the file is not."""
    # Parity: .tar.gz, .tar, .bz2 and .zip are unpacked, other single files are seen as well (eas-semantics X21).
    lower = name.lower()
    promised = lower.endswith(_ARCHIVES)
    if not promised and not lower.endswith(_COMPRESSED) and "." in lower:
        return None
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Form.ZIP
    if _is_tar(head):
        return Form.TAR
    if promised:
        beginning = f"begins with {quoted(head[:24].decode('latin-1'))}" if head else "is empty or cannot be unpacked"
        raise Unusable(f"it is no archive, whatever its name says: it {beginning}")
    return None


def place(member: Member) -> Names:
    """Where below the target it goes, empty for the target itself. Raises Unusable saying what is wrong with it."""
    names = _names(member.name, member)
    if member.kind is Kind.OTHER:
        raise Unusable(f"{shown(member.name)} in it is a device or a pipe")
    if not names and member.kind is not Kind.FOLDER:
        raise Unusable(f"a {member.kind} in it has no name")
    if member.kind is Kind.SYMLINK and (member.link.startswith("/") or not _is_name(member.link, LONGEST_PATH)):
        raise Unusable(f"{shown(member.name)} in it is a link to {shown(member.link)}, which is outside of it")
    return names


def linked(member: Member) -> Names:
    """The place of the member that a hard link is another name of. Raises Unusable."""
    return _names(member.link, member)


def shown(name: str) -> str:
    """A name as it can be printed, whatever bytes it is made of."""
    return quoted(name.encode("utf-8", "replace").decode())


def _names(path: str, member: Member) -> Names:
    names = segments(path)
    if ".." in names:
        raise Unusable(f"{shown(member.name)} in it leads out of it")
    if not all(_is_name(name, _LONGEST_NAME) for name in names) or not _is_name("/".join(names) or "/", LONGEST_PATH):
        raise Unusable(f"{shown(member.name)} in it is no name for a file here")
    return names


def _is_name(text: str, longest: int) -> bool:
    try:
        return 0 < len(text.encode("utf-8", "surrogateescape")) <= longest and "\0" not in text
    except UnicodeEncodeError:
        return False


def _is_tar(head: bytes) -> bool:
    if len(head) < HEAD:
        return False
    if head[257:262] == b"ustar" or not any(head):
        return True
    try:  # the oldest tars are known by their checksum alone
        return int(head[148:156].strip(b"\0 "), 8) == sum(head[:148]) + 8 * ord(" ") + sum(head[156:])
    except ValueError:
        return False
