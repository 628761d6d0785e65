"""Unpacking an archive that nobody has reason to trust: nothing of it is ever outside the target folder.

Files are written first, each as a new one, while there is no link that could lead them astray; hard links are made between
them; symbolic links come last, and each must lead to somewhere inside. Whatever it says of owners and modes, the result
is readable by everybody, as the users of containers differ.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from eas_local.adapters.archive_readers import Packed, members
from eas_local.core import archives
from eas_local.core.archives import MOST_BYTES, MOST_MEMBERS, Form, Kind, Member, Names, Unusable, shown

_CHUNK = 1024 * 1024
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


def unpack(
    archive: Path,
    form: Form,
    target: Path,
    go_on: Callable[[], None],
    *,
    most: int = MOST_BYTES,
    members_at_most: int = MOST_MEMBERS,
) -> None:
    """Into the empty folder `target`. Raises Unusable saying what is wrong with the archive; `go_on` is called again and
    again, and may raise."""
    unpacking = _Unpacking(target, most, go_on)
    for number, packed in enumerate(members(archive, form)):
        if number >= members_at_most:
            raise Unusable(f"it has more than {members_at_most:,} members")
        unpacking.take(packed)
    unpacking.make_symlinks()


class _Unpacking:
    def __init__(self, target: Path, most: int, go_on: Callable[[], None]) -> None:
        self._target = target
        self._most = most
        self._go_on = go_on
        self._written = 0
        self._folders: set[Names] = set()
        self._symlinks: dict[Names, str] = {}

    def take(self, packed: Packed) -> None:
        """A later member takes the place of an earlier one of the same name."""
        self._go_on()
        member, names = packed.member, archives.place(packed.member)
        with _clashes(member):
            match member.kind:
                case Kind.FOLDER:
                    self._folder(names)
                case Kind.SYMLINK:
                    self._symlinks[names] = member.link
                case Kind.HARDLINK:
                    self._link(names, member)
                case _:
                    self._file(names, packed)

    def make_symlinks(self) -> None:
        for names in self._symlinks:  # all of them before the first link, which none may lead through
            self._folder(names[:-1])
        for names, link in self._symlinks.items():
            with _clashes(Member("/".join(names), Kind.SYMLINK)):
                self._free(names).symlink_to(link)
        for names, link in self._symlinks.items():
            if not self._leads_inside(names):
                raise Unusable(f"{shown('/'.join(names))} in it is a link to {shown(link)}, which is outside of it")

    def _leads_inside(self, names: Names) -> bool:
        end = os.path.realpath(self._target.joinpath(*names))
        return Path(end).is_relative_to(os.path.realpath(self._target))

    def _folder(self, names: Names) -> None:
        if names in self._folders:
            return
        if names:
            self._folder(names[:-1])
        folder = self._target.joinpath(*names)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        self._folders.add(names)

    def _file(self, names: Names, packed: Packed) -> None:
        member = packed.member
        with os.fdopen(os.open(self._free(names), _NEW, 0o600), "wb") as file:
            while chunk := packed.read(_CHUNK):
                self._go_on()
                self._count(len(chunk))
                file.write(chunk)
            file.flush()
            os.fchmod(file.fileno(), 0o755 if member.executable else 0o644)
            if member.modified is not None:
                os.utime(file.fileno(), (member.modified, member.modified))
        self._symlinks.pop(names, None)

    def _link(self, names: Names, member: Member) -> None:
        other = archives.linked(member)
        source = self._target.joinpath(*other)
        if other in self._symlinks:
            self._symlinks[names] = self._symlinks[other]
        elif not source.is_file():
            raise Unusable(f"{shown(member.name)} in it is another name of {shown(member.link)}, which is not in it")
        elif other != names:
            self._free(names).hardlink_to(source)
            self._symlinks.pop(names, None)

    def _free(self, names: Names) -> Path:
        """A place in a folder that is there, with nothing in it."""
        self._folder(names[:-1])
        path = self._target.joinpath(*names)
        path.unlink(missing_ok=True)
        return path

    def _count(self, size: int) -> None:
        self._written += size
        if self._written > self._most:
            raise Unusable(f"it unpacks to more than {self._most / 1024**3:.3g} GiB")


@contextmanager
def _clashes(member: Member) -> Iterator[None]:
    try:
        yield
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        raise Unusable(f"{shown(member.name)} in it is a folder and something else at once") from error
