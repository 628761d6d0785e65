"""The environment and where things are kept, read once."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

DEFAULT_ADDRESS = "127.0.0.1:8600"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_NETWORK = (*_PROXIES, *(name.lower() for name in _PROXIES), *_CERTIFICATES)


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Where docker's own variables say the engine is. `folder` holds docker's config.json and its contexts,
    `certificates` the files for an engine at `host` that wants them."""

    folder: Path = field(default_factory=lambda: Path.home() / ".docker")
    host: str | None = None
    context: str | None = None
    certificates: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """`home` holds everything that is remembered; `runtime` the sockets, in a path short enough for them."""

    home: Path
    runtime: Path
    host: str
    port: int
    region: str = "cn-local"
    base_image: str | None = None
    access_key_id: str | None = None
    access_key_secret: str | None = None
    restart_factor: float = 1.0
    user_config: Path | None = None
    engine: EngineSettings = field(default_factory=EngineSettings)
    network: tuple[tuple[str, str], ...] = ()
    """The proxy and certificate variables that are set: whatever fetches packages needs them too."""

    @property
    def daemon_socket(self) -> Path:
        return self.runtime / "daemon.sock"

    @property
    def gateway_socket(self) -> Path:
        return self.runtime / "gateway.sock"

    @property
    def routes_file(self) -> Path:
        return self.home / "routes.json"

    @property
    def lock_file(self) -> Path:
        return self.home / "lock"

    @property
    def base_url(self) -> str:
        host = "127.0.0.1" if self.host in {"0.0.0.0", ""} else self.host  # noqa: S104 - what a client would dial
        return f"http://{host}:{self.port}"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from EAS_LOCAL_* variables. Raises ValueError naming the variable that makes no sense."""
    env = os.environ if environ is None else environ  # noqa: TID251 - the one reader of the environment
    home = Path(env.get("EAS_LOCAL_HOME") or Path.home() / ".eas-local").expanduser().absolute()
    host, port = _address(env.get("EAS_LOCAL_ADDRESS") or DEFAULT_ADDRESS)
    return Settings(
        home=home,
        runtime=_runtime(home, env),
        host=host,
        port=port,
        region=env.get("EAS_LOCAL_REGION") or "cn-local",
        base_image=env.get("EAS_LOCAL_BASE_IMAGE") or None,
        access_key_id=env.get("EAS_LOCAL_ACCESS_KEY_ID") or None,
        access_key_secret=env.get("EAS_LOCAL_ACCESS_KEY_SECRET") or None,
        restart_factor=_number("EAS_LOCAL_RESTART_FACTOR", env.get("EAS_LOCAL_RESTART_FACTOR") or "1"),
        user_config=Path(env.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "eas-local" / "eas-local.toml",
        engine=_engine(env),
        network=tuple((name, env[name]) for name in _NETWORK if env.get(name)),
    )


def _engine(env: Mapping[str, str]) -> EngineSettings:
    folder = Path(env.get("DOCKER_CONFIG") or Path.home() / ".docker").absolute()
    certificates = Path(env.get("DOCKER_CERT_PATH") or folder).absolute()
    return EngineSettings(
        folder=folder,
        host=env.get("DOCKER_HOST") or None,
        context=env.get("DOCKER_CONTEXT") or None,
        certificates=certificates if env.get("DOCKER_TLS_VERIFY") else None,
    )


def _runtime(home: Path, env: Mapping[str, str]) -> Path:
    """A socket's path may hold 100 bytes or so, a home may be longer: so a short folder named after the home."""
    parent = Path(env.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()).absolute()
    return parent / f"eas-local-{os.getuid()}-{sha256(str(home).encode()).hexdigest()[:10]}"


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise ValueError(
            f'EAS_LOCAL_ADDRESS: "{text}" is not an address; write host:port, for example {DEFAULT_ADDRESS}'
        )
    return host.strip("[]"), int(port)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f'{name}: "{text}" is not a number') from None
