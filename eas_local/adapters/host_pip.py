"""This machine's pip: where it gets packages from, so that an image can get them there too, and wheels fetched with it.

pip itself says what it is configured to (`pip config list`: files and PIP_* variables alike). Only what tells where packages
come from is kept; what says where to put them (target, user, cache) is this machine's own business.
"""

import ast
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from eas_local.adapters.image_python import ImagePython
from eas_local.core.errors import RequirementsFailed
from eas_local.core.pod import Bind

_PLACES = ("index-url", "extra-index-url", "find-links")
_CARRIED = frozenset({
    *_PLACES, "no-index", "trusted-host", "proxy", "timeout", "default-timeout", "retries",
    "pre", "prefer-binary", "only-binary", "no-binary",
})  # fmt: skip
_CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
_BUNDLE_INSIDE = "/eas/ca-certificates.crt"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_FETCH_LIMIT = 600.0


@dataclass(frozen=True, slots=True)
class PackageSources:
    """Where packages come from: variables for a container, what must be mounted there, and whether it needs this
    machine's own network, because a proxy or an index is named by its loopback address."""

    environ: Mapping[str, str]
    binds: tuple[Bind, ...] = ()
    loopback: bool = False


class HostPip:
    """`environ` holds proxy and certificate variables, `cache` the wheels fetched before."""

    def __init__(self, cache: Path, environ: Mapping[str, str], python: str = sys.executable) -> None:
        self._cache = cache
        self._environ = environ
        self._python = python

    def sources(self) -> PackageSources:
        return package_sources(parse_configuration(self._run("config", "list")), self._environ)

    def wheels(self, requirements: Sequence[str], target: ImagePython) -> list[Path]:
        """Wheels of exactly these, not of what they need, for an image's Python. Raises RequirementsFailed."""
        asked = (*requirements, target.release, *target.platforms)
        folder = self._cache / sha256(repr(asked).encode()).hexdigest()[:16]
        if not folder.exists():
            self._fetch(requirements, target, folder)
        return sorted(folder.glob("*.whl"))

    def _fetch(self, requirements: Sequence[str], target: ImagePython, folder: Path) -> None:
        self._cache.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix="partial-", dir=self._cache))
        try:
            systems = [f"--platform={platform}" for platform in target.platforms]
            self._run(
                "download", "--quiet", "--no-deps", "--only-binary=:all:", f"--dest={partial}",
                f"--python-version={target.release}", "--implementation=cp", *systems, *requirements,
            )  # fmt: skip
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _run(self, *arguments: str) -> str:
        command = (self._python, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments)
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_FETCH_LIMIT, check=True)  # noqa: S603
        except subprocess.TimeoutExpired:
            raise RequirementsFailed(self._failure(arguments, f"no end after {_FETCH_LIMIT:.0f} s")) from None
        except subprocess.CalledProcessError as error:
            raise RequirementsFailed(self._failure(arguments, last_lines(error.stderr))) from None
        return done.stdout

    def _failure(self, arguments: Sequence[str], why: str) -> str:
        wanted = " ".join(argument for argument in arguments if not argument.startswith("--"))
        return f"pip {wanted} failed on this machine: {why}; check that {self._python} has pip and reaches its index"


def last_lines(output: str, limit: int = 5) -> str:
    """What pip said went wrong: its ERROR lines where there are any, else the last ones."""
    lines = [line.strip() for line in output.splitlines() if line.strip() and not line.startswith("[notice]")]
    errors = [line for line in lines if line.startswith(("ERROR:", "error:"))]
    return " / ".join((errors or lines)[-limit:]) or "it said nothing"


def parse_configuration(listing: str) -> dict[str, str]:
    """`section.option='value'` lines to option and value; a section for one command outdoes global, a variable both."""
    ranks = ("global", "install", ":env:")
    found: dict[str, dict[str, str]] = {rank: {} for rank in ranks}
    for line in listing.splitlines():
        key, equals, value = line.partition("=")
        section, _, option = key.rpartition(".")
        if equals and section in found:
            found[section][option] = str(ast.literal_eval(value))
    return {option: value for rank in ranks for option, value in found[rank].items()}


def package_sources(configuration: Mapping[str, str], environ: Mapping[str, str]) -> PackageSources:
    """What a container needs to get packages where this machine does."""
    carried = {option: value for option, value in configuration.items() if option in _CARRIED}
    proxies = {name: value for name, value in environ.items() if name not in _CERTIFICATES}
    variables = {"PIP_" + option.upper().replace("-", "_"): value for option, value in carried.items()}
    binds = [Bind(folder, folder, read_only=True) for folder in _folders(carried)]
    if bundle := _bundle(configuration, environ):
        binds.append(Bind(bundle, _BUNDLE_INSIDE, read_only=True))
        variables |= dict.fromkeys(("PIP_CERT", *_CERTIFICATES), _BUNDLE_INSIDE)
    return PackageSources(proxies | variables, tuple(binds), _names_loopback(carried, proxies))


def _folders(carried: Mapping[str, str]) -> list[str]:
    """Folders of this machine that packages come from, each once, the outermost only."""
    places = [place for option in _PLACES for place in carried.get(option, "").split()]
    local = sorted({folder for place in places if (folder := _folder(place)) and Path(folder).exists()})
    return [folder for folder in local if not any(other in map(str, Path(folder).parents) for other in local)]


def _folder(place: str) -> str | None:
    """A folder index called `simple` usually points beside itself, to ../packages: so its parent is what is needed."""
    parts = urlsplit(place)
    if parts.scheme not in {"", "file"}:
        return None
    path = Path(unquote(parts.path)).absolute()
    return str(path.parent if path.name == "simple" else path)


def _bundle(configuration: Mapping[str, str], environ: Mapping[str, str]) -> str | None:
    """The certificates this machine trusts: those pip or the environment name, else the system's."""
    named = (configuration.get("cert"), *(environ.get(name) for name in _CERTIFICATES))
    return next((path for path in (*named, *_BUNDLES) if path and Path(path).is_file()), None)


def _names_loopback(carried: Mapping[str, str], proxies: Mapping[str, str]) -> bool:
    excepted = {"NO_PROXY", "no_proxy"}
    values = [carried.get("proxy", ""), *(carried.get(option, "") for option in _PLACES)]
    values += [value for name, value in proxies.items() if name not in excepted]
    places = [place if "//" in place else f"//{place}" for value in values for place in value.split()]
    return any(urlsplit(place).hostname in _LOOPBACK for place in places)
