"""A pod's containers as the engine's create call wants them. Pure: values in, the call's JSON out."""

from collections.abc import Mapping, Sequence
from typing import Any

from eas_local.adapters import docker_labels as labels
from eas_local.core.instance import Run
from eas_local.core.pod import Bind, ContainerSpec, SandboxSpec, Scratch
from eas_local.core.wire import CONTROL_PORT, TRAFFIC_PORT

Config = dict[str, Any]

_LOG = {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "2"}}
_NEVER = {"Name": "no"}  # restarts are the daemon's: a restarted container is a new one, with a fresh disk


def sandbox_name(spec: SandboxSpec) -> str:
    return spec.identity.pod


def run_name(spec: ContainerSpec) -> str:
    return f"{spec.identity.pod}.{spec.name}.{spec.attempt}"


def next_name(labels_of: labels.Labels, run: Run, attempt: int) -> str:
    return f"{labels.pod(labels_of)}.{run.container}.{attempt}"


def sandbox(owner: str, spec: SandboxSpec, *, published: bool) -> Config:
    """Hostname, network, ports, IPC and scratch: joined containers cannot have their own. `published`: its ports must be
    offered on this machine's loopback, for its address cannot be reached."""
    host: Config = {
        "NetworkMode": "bridge",  # the engine's own: joining any other takes 50 ms more
        "IpcMode": "shareable",
        "Mounts": _scratch(owner, spec.identity.pod, spec.scratch),
        "LogConfig": _LOG,
        "RestartPolicy": _NEVER,
    }
    if spec.shm_bytes is not None:
        host["ShmSize"] = spec.shm_bytes
    if published:
        host["PortBindings"] = {_tcp(port): [{"HostIp": "127.0.0.1", "HostPort": ""}] for port in _PORTS}
    return {
        "Image": spec.image,
        "Hostname": spec.identity.pod,
        "Labels": labels.of_sandbox(owner, spec.identity),
        "ExposedPorts": {_tcp(port): {} for port in _PORTS},
        "OpenStdin": True,
        "StdinOnce": True,
        "HostConfig": host,
    }


def run(owner: str, spec: ContainerSpec, *, cpus: int) -> Config:
    """One run, joined to its sandbox's network and IPC. `cpus` is what the engine has: it refuses a cap above that."""
    host: Config = {
        "NetworkMode": f"container:{spec.sandbox}",
        "IpcMode": f"container:{spec.sandbox}",
        "Init": True,
        "Mounts": [*_scratch(owner, spec.identity.pod, spec.scratch), *map(_bind, spec.binds)],
        "LogConfig": _LOG,
        "RestartPolicy": _NEVER,
        **_limits(spec, cpus),
    }
    config: Config = {
        "Image": spec.image,
        "Env": [f"{name}={value}" for name, value in spec.env],
        "Labels": labels.of_run(owner, spec),
        "HostConfig": host,
    }
    if spec.argv is not None:
        config |= {"Entrypoint": [spec.argv[0]], "Cmd": list(spec.argv[1:])}
    return config


def again(details: Mapping[str, Any], run: Run, attempt: int, joined: float) -> Config:
    """A container with the settings of one that there is, as the engine's inspect call describes it."""
    settings = {key: value for key, value in details["Config"].items() if key not in _OF_SANDBOX}
    return {
        **settings,
        "Image": details["Image"],  # that very one, whatever its name means by now
        "Labels": labels.of_next(settings["Labels"], run, attempt, joined),
        "HostConfig": details["HostConfig"],
    }


_OF_SANDBOX = {"Hostname", "Domainname", "ExposedPorts"}
"""The engine shows them of a joined container, and refuses them for one."""


def helper(owner: str, image: str, argv: Sequence[str], binds: Sequence[Bind]) -> Config:
    """One job without network, as root."""
    return {
        "Image": image,
        "Entrypoint": [argv[0]],
        "Cmd": list(argv[1:]),
        "User": "0:0",
        "Labels": labels.of_helper(owner),
        "HostConfig": {"NetworkMode": "none", "Mounts": [*map(_bind, binds)], "LogConfig": _LOG},
    }


_PORTS = (TRAFFIC_PORT, CONTROL_PORT)


def _tcp(port: int) -> str:
    return f"{port}/tcp"


def _limits(spec: ContainerSpec, cpus: int) -> Config:
    limits: Config = {}
    if spec.cpu is not None:
        limits["NanoCpus"] = round(min(spec.cpu, cpus) * 1e9)
    if spec.memory_bytes is not None:
        limits |= {"Memory": spec.memory_bytes, "MemorySwap": spec.memory_bytes}
    if spec.gpus:
        limits["DeviceRequests"] = [{"DeviceIDs": list(spec.gpus), "Capabilities": [["gpu"]]}]
    return limits


def _bind(bind: Bind) -> Config:
    # Only mounts, never "binds": those create a missing source, as root.
    return {"Type": "bind", "Source": bind.source, "Target": bind.target, "ReadOnly": bind.read_only}


def _scratch(owner: str, pod: str, scratch: Sequence[Scratch]) -> list[Config]:
    """Volumes the engine makes with the container. Memory is a volume too: a tmpfs of one container's own would lose its
    files when that container is replaced."""
    return [
        {
            "Type": "volume",
            "Source": volume.name,
            "Target": volume.target,
            "VolumeOptions": {"Labels": labels.of_scratch(owner, pod), "DriverConfig": _driver(volume)},
        }
        for volume in scratch
    ]


def _driver(volume: Scratch) -> Config:
    if not volume.memory:
        return {"Name": "local"}
    options = {"type": "tmpfs", "device": "tmpfs"}
    if volume.size_bytes is not None:
        options["o"] = f"size={volume.size_bytes}"
    return {"Name": "local", "Options": options}
