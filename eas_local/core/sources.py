"""Where a processor's package, model and recorded request come from: a path of this machine, http(s):// or oss://."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from eas_local.core import addresses
from eas_local.core.pod import Bind
from eas_local.core.processor import MODEL, PACKAGE, SETTINGS, WARM_UP, WORKSPACE, Processor

_LONGEST_NAME = 80


class Kind(StrEnum):
    LOCAL = "a path of this machine"
    HTTP = "http://"
    OSS = "oss://"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to fetch: the field that says from where, what it is, and whether it is unpacked where it is an archive."""

    field: str
    noun: str
    address: str
    unpacked: bool = True

    def __str__(self) -> str:
        return f"{self.field} {shown(self.address)}"


@dataclass(frozen=True, slots=True)
class Found:
    """A folder of this machine, or, where it has a name, a file."""

    path: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What has been fetched, as it is mounted. `model_entry` is the name of a model that is one file, else empty;
    `requirements` the path in the container of the package's Python requirements, `python` that of the Python it brings,
    None where it has none."""

    binds: tuple[Bind, ...]
    model_entry: str = ""
    requirements: str | None = None
    python: str | None = None


def canonical(text: str) -> str:
    """An address in one spelling, a path as it was written. Raises ValueError with a sentence for its author."""
    address = text.strip()
    scheme, mark, rest = address.partition("://")
    match scheme.lower() if mark else "file":
        case "oss":
            return addresses.oss(f"oss://{rest}")
        case "http" | "https":
            return _web(address)
        case "file":
            return _path(rest if mark else address)
    raise ValueError(f'"{text}" is nowhere to fetch from; write a path, http://, https:// or oss://bucket/path')


def kind(address: str) -> Kind:
    """Of a canonical address."""
    scheme, mark, _ = address.partition("://")
    if not mark:
        return Kind.LOCAL
    return Kind.OSS if scheme == "oss" else Kind.HTTP


def file_name(address: str) -> str:
    """What a file that is fetched from there is called."""
    name = unquote(urlsplit(address).path).replace("\0", "").rstrip("/").rpartition("/")[2]
    return "download" if name in {"", ".", ".."} else name[-_LONGEST_NAME:]


def shown(address: str) -> str:
    """An address as it may be read by anybody: signatures and passwords are left out."""
    if kind(address) is not Kind.HTTP:
        return address
    parts = urlsplit(address)
    query = "..." if parts.query else ""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query).geturl()


def local_paths(processor: Processor | None) -> frozenset[str]:
    """The addresses of a processor that are paths of this machine."""
    if processor is None:
        return frozenset()
    return frozenset(part.address for part in parts(processor) if kind(part.address) is Kind.LOCAL)


def parts(processor: Processor) -> tuple[Part, ...]:
    """All that is to be fetched for it."""
    given = (
        Part("processor_path", "processor", processor.package),
        Part("model_path", "model", processor.model or ""),
        Part("warm_up_data_path", "warm-up data", processor.warm_up or "", unpacked=False),
    )
    return tuple(part for part in given if part.address)


def binds(package: Found, model: Found | None, warm_up: Found | None, settings: str) -> tuple[Bind, ...]:
    """Where all of it is mounted; a file lies in its folder under its own name."""
    return tuple(_binds(package, model, warm_up, settings))


def _binds(package: Found, model: Found | None, warm_up: Found | None, settings: str) -> Iterator[Bind]:
    yield _bind(package, PACKAGE)
    yield Bind(settings, SETTINGS, read_only=True)
    if model:
        # Parity: processors in the wild look in both places (wire-contract 5.1).
        yield _bind(model, MODEL)
        yield _bind(model, f"{WORKSPACE}/model")
    if warm_up:
        yield Bind(warm_up.path, WARM_UP, read_only=True)


def _bind(found: Found, target: str) -> Bind:
    return Bind(found.path, f"{target}/{found.name}" if found.name else target, read_only=True)


def _web(address: str) -> str:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError as error:
        raise ValueError(f'"{address}" is no address: {error}') from None
    if not parts.hostname:
        raise ValueError(f'"{address}" names no host')
    return parts._replace(scheme=parts.scheme.lower(), fragment="").geturl()


def _path(path: str) -> str:
    if not path or "\0" in path:
        raise ValueError("must be a path, or an address such as oss://bucket/path or https://host/file.tar.gz")
    return path
