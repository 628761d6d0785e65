"""The user's service.json as text, and whatever can be wrong with a file before it is read as JSON."""

from pathlib import Path

from eas_local.core.document import decode
from eas_local.core.errors import InvalidDocument, Problem

_MOST = 64 * 1024 * 1024
"""Enough to tell the size of a file that is too large; an endless device ends here."""


def read(path: Path) -> str:
    """The file's text. Raises InvalidDocument with one sentence."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST)
        return decode(data)
    except OSError as error:
        raise InvalidDocument.of("", _unreadable(path, error)) from None
    except InvalidDocument as error:
        raise InvalidDocument([Problem(f'"{path}"', problem.message) for problem in error.problems]) from None


def base(path: Path) -> str:
    """The folder that relative paths in it start from."""
    return str(path.absolute().parent)


def _unreadable(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f'"{path}" does not exist; name a service.json'
    if isinstance(error, IsADirectoryError):
        return f'"{path}" is a folder; name the service.json in it'
    return f'"{path}" cannot be read: {error.strerror}'
