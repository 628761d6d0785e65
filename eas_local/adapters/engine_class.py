"""What the engine can do for us, found out by trying once: no list of engines tells it.

One container shows it all: whether a folder of this machine appears in it, and whether its address, or a port published on
this machine's loopback, connects. What an engine can do is remembered in the home; what it cannot do is tried again, for
somebody may have put it right.
"""

import json
import secrets
import socket
import tempfile
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from docker import DockerClient
from docker.errors import APIError

from eas_local.adapters import docker_labels as labels
from eas_local.adapters import files
from eas_local.adapters.docker_errors import translated
from eas_local.adapters.docker_logs import RunLog
from eas_local.adapters.docker_removal import remove
from eas_local.adapters.home import Home
from eas_local.core.errors import EngineUnusable, Unwritable

Config = dict[str, Any]
Reach = Literal["address", "published"]

_PORT = 8080
_FOLDER = "/eas-probe"
_CACHE = "cache"  # what a killed daemon leaves there goes with everything else
_PATIENCE = 2  # seconds until an address counts as not connecting
# Ends by itself where nobody comes any more, and is then removed by the engine.
_SERVER = f"""
import pathlib, socket, sys
nonce = pathlib.Path("{_FOLDER}/nonce")
seen = nonce.read_text() if nonce.exists() else ""
server = socket.create_server(("0.0.0.0", {_PORT}))
server.settimeout(30)
print("listening", flush=True)
while True:
    peer, _ = server.accept()
    peer.sendall((sys.argv[1] + " " + seen).encode())
    peer.close()
"""


@dataclass(frozen=True, slots=True)
class EngineClass:
    """`binds`: folders of this machine can be mounted. `reach`: how this machine connects to a pod. `gpu`: particular
    GPUs can be asked for, whether or not there are any."""

    binds: bool
    reach: Reach | None
    gpu: bool
    cpus: int
    memory_bytes: int
    id: str
    version: str


@dataclass(frozen=True, slots=True)
class _Trial:
    """What a try shows; the rest of the class the engine tells itself."""

    binds: bool
    reach: Reach | None
    gpu: bool = False


def classify(client: DockerClient, image: str, home: Home) -> EngineClass:
    """The engine's class, from an earlier try or a new one in `image`, which has python3. Raises EngineUnusable."""
    with translated("trying the Docker engine"):
        info = client.api.info()
        memory = home.path / f"engine-{''.join(filter(str.isalnum, info['ID']))}.json"
        trial = _remembered(memory) or _try(client.api, image, home)
        if not trial.gpu:
            trial = replace(trial, gpu=_hands_out_gpus(client.api, image, home.owner))
    if trial.reach is None:
        raise EngineUnusable(
            "the Docker engine's containers cannot be reached from this machine, neither at their address nor at "
            "127.0.0.1; use an engine on this machine: docker context use default"
        )
    if trial.binds:
        with suppress(Unwritable):  # it is found out again
            files.write(memory, json.dumps(asdict(trial)))
    return _class(info, trial)


def _class(info: dict[str, Any], trial: _Trial) -> EngineClass:
    return EngineClass(
        binds=trial.binds,
        reach=trial.reach,
        gpu=trial.gpu,
        cpus=info["NCPU"],
        memory_bytes=info["MemTotal"],
        id=info["ID"],
        version=info["ServerVersion"],
    )


def _remembered(memory: Path) -> _Trial | None:
    with suppress(OSError, ValueError, TypeError):
        return _Trial(**json.loads(memory.read_text()))
    return None


def _try(api: Any, image: str, home: Home) -> _Trial:
    token = secrets.token_hex(8)
    with tempfile.TemporaryDirectory(dir=files.private_folder(home.path / _CACHE)) as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "nonce").write_text(token)
        container = _start(api, _config(image, token, home.owner), folder)
        try:
            return _look(api, container, token)
        finally:
            remove(api, container)


def _start(api: Any, config: Config, folder: Path) -> str:
    """The probe, with the folder mounted; without, where the engine will not mount it."""
    mount = {"Type": "bind", "Source": str(folder), "Target": _FOLDER, "ReadOnly": True}
    try:
        return _run(api, {**config, "HostConfig": {**config["HostConfig"], "Mounts": [mount]}})
    except APIError:
        return _run(api, config)


def _config(image: str, token: str, owner: str) -> Config:
    port = f"{_PORT}/tcp"
    return {
        "Image": image,
        "Entrypoint": ["python3", "-c", _SERVER],
        "Cmd": [token],
        "Labels": labels.of_helper(owner),
        "ExposedPorts": {port: {}},
        "HostConfig": {
            "AutoRemove": True,
            "Init": True,
            "PortBindings": {port: [{"HostIp": "127.0.0.1", "HostPort": ""}]},
        },
    }


def _run(api: Any, config: Config) -> str:
    container: str = api.create_container_from_config(config)["Id"]
    try:
        api.start(container)
    except APIError:
        remove(api, container)
        raise
    return container


def _look(api: Any, container: str, token: str) -> _Trial:
    _listens(api, container)
    network = api.inspect_container(container)["NetworkSettings"]
    published = network["Ports"][f"{_PORT}/tcp"][0]
    addresses: tuple[tuple[Reach, str, int], ...] = (
        ("address", network["IPAddress"], _PORT),
        ("published", "127.0.0.1", int(published["HostPort"])),
    )
    for reach, host, port in addresses:
        who, _, seen = _heard(host, port).partition(" ")
        if who == token:
            return _Trial(binds=seen == token, reach=reach)
    return _Trial(binds=False, reach=None)


def _listens(api: Any, container: str) -> None:
    """Wait until the probe says that it listens."""
    said: list[str] = []
    with closing(RunLog(api, container, follow=1)) as log:
        for line in log:
            said.append(line.text)
            if line.text == "listening":
                return
    raise EngineUnusable(f"a first container on the Docker engine did not start: {' '.join(said)}")


def _heard(host: str, port: int) -> str:
    """What is said at an address; nothing where nobody is there."""
    with suppress(OSError), socket.create_connection((host, port), timeout=_PATIENCE) as peer:
        return peer.makefile("rb").read().decode(errors="replace")
    return ""


def _hands_out_gpus(api: Any, image: str, owner: str) -> bool:
    """Whether the engine knows what to do with a request for particular GPUs; the one asked for is called "none"."""
    request = {"DeviceIDs": ["none"], "Capabilities": [["gpu"]]}
    config = {
        "Image": image,
        "Entrypoint": ["true"],
        "Labels": labels.of_helper(owner),
        "HostConfig": {"DeviceRequests": [request]},
    }
    try:
        remove(api, _run(api, config))
    except APIError:
        return False
    return True
