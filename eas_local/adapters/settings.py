"""The environment and where things are kept, read once."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from math import inf, isfinite
from pathlib import Path

from eas_local.core.log_format import LogFormat
from eas_local.core.pace import Pace

DEFAULT_ADDRESS = "127.0.0.1:8600"
LONGEST_HOLD = 30.0
MOST_WORKERS = 64
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
    """`home` holds everything that is remembered; `runtime` the sockets, in a path short enough for them.

    `hold`: seconds a request may wait for an instance that is on its way. `gateway_timeout`: seconds the gateway waits for
    an answer. Both are 0 for not at all. `gateway_workers`: processes at the gateway's address. `parity_timing`: an
    instance that leaves is there until its grace is over.
    """

    home: Path
    runtime: Path
    host: str
    port: int
    region: str = "cn-local"
    base_image: str | None = None
    access_key_id: str | None = None
    access_key_secret: str | None = None
    restart_factor: float = 1.0
    parity_timing: bool = False
    hold: float = 0
    gateway_timeout: float = 0
    gateway_workers: int = 1
    log_format: LogFormat = LogFormat.TEXT
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
    def heir_socket(self) -> Path:
        return self.runtime / "heir.sock"

    @property
    def routes_file(self) -> Path:
        return self.home / "routes.json"

    @property
    def lock_file(self) -> Path:
        return self.home / "lock"

    @property
    def pace(self) -> Pace:
        return Pace(self.restart_factor, full_grace=self.parity_timing)

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
        parity_timing=_flag(env, "EAS_LOCAL_PARITY_TIMING"),
        hold=_seconds(env, "EAS_LOCAL_HOLD", most=LONGEST_HOLD),
        gateway_timeout=_seconds(env, "EAS_LOCAL_GATEWAY_TIMEOUT"),
        gateway_workers=workers("EAS_LOCAL_GATEWAY_WORKERS", env.get("EAS_LOCAL_GATEWAY_WORKERS") or "1"),
        log_format=_log_format(env.get("EAS_LOCAL_LOG_FORMAT") or LogFormat.TEXT),
        user_config=Path(env.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "eas-local" / "eas-local.toml",
        engine=_engine(env),
        network=tuple((name, env[name]) for name in _NETWORK if env.get(name)),
    )


NAMED = ("hold", "gateway_timeout", "gateway_workers", "parity_timing")
"""The settings that `up` may be given on its command line."""


def environ_of(options: Settings) -> dict[str, str]:
    """The environment in which another program of ours, wherever it is started, finds these settings."""
    return {
        **os.environ,  # noqa: TID251 - the one reader of the environment
        "EAS_LOCAL_HOME": str(options.home),
        "XDG_RUNTIME_DIR": str(options.runtime.parent),
        "EAS_LOCAL_HOLD": str(options.hold),
        "EAS_LOCAL_PARITY_TIMING": "1" if options.parity_timing else "",
        "EAS_LOCAL_GATEWAY_TIMEOUT": str(options.gateway_timeout),
        "EAS_LOCAL_GATEWAY_WORKERS": str(options.gateway_workers),
    }


def workers(name: str, text: str) -> int:
    """A number of processes. Raises ValueError naming where it stands."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_WORKERS:
        raise ValueError(f'{name}: "{text}" is no number of processes; write 1 to {MOST_WORKERS}')
    return int(text)


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


def _seconds(env: Mapping[str, str], name: str, most: float = inf) -> float:
    text = env.get(name) or "0"
    value = _number(name, text)
    if not (0 <= value <= most and isfinite(value)):
        limit = "0 or more" if most == inf else f"0 to {most:.0f}"
        raise ValueError(f'{name}: "{text}" is no number of seconds; write {limit}, 0 for off')
    return value


def _flag(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name) or "0"
    if text not in {"0", "1"}:
        raise ValueError(f'{name}: "{text}" is neither 1 nor 0')
    return text == "1"


def _log_format(text: str) -> LogFormat:
    try:
        return LogFormat(text)
    except ValueError:
        raise ValueError(f'EAS_LOCAL_LOG_FORMAT: "{text}" is neither "text" nor "json"') from None
