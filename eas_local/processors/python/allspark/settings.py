"""What the container tells its host. Outside a container of the emulator there is nothing to be told."""

import os
from typing import NamedTuple, Optional


class Settings(NamedTuple):
    """`port` and `ready_port` None: a program on somebody's own machine. `in_cloud`: the constructor's endpoint does not count."""

    port: Optional[int] = None
    ready_port: Optional[int] = None
    in_cloud: bool = False
    worker_threads: Optional[int] = None
    max_queue_size: str = "64"
    model: str = "/eas/workspace/model"
    model_config: Optional[str] = None
    warm_up: Optional[str] = None
    service_config: Optional[str] = None


def load() -> Settings:
    get = os.environ.get  # noqa: TID251 - the one place that reads it here
    port = _number(get("EAS_HOST_PORT"))
    return Settings(
        port=port,
        ready_port=_number(get("EAS_HOST_READY_PORT")),
        # Parity: an endpoint is ignored when both are set (wire-contract 5.1).
        in_cloud=bool(get("NAMESPACE") and get("POD_NAME")),
        worker_threads=_number(get("EAS_HOST_WORKER_THREADS")),
        # Parity: 64 (rpc.max_queue_size, JSON deployment page).
        max_queue_size=get("EAS_HOST_MAX_QUEUE_SIZE", "64"),
        # Parity: where the model is mounted (eas-semantics 6.1).
        model=get("EAS_HOST_MODEL", os.path.abspath("model") if port is None else "/eas/workspace/model"),
        model_config=_text(os.path.join(get("EAS_HOST_SETTINGS", "/eas/processor/settings"), "model_config")),
        warm_up=get("EAS_HOST_WARM_UP"),
        service_config=_text(get("SERVICE_CONFIG")),
    )


def _number(text: Optional[str]) -> Optional[int]:
    return int(text) if text else None


def _text(path: Optional[str]) -> Optional[str]:
    if not path or not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8") as file:
        return file.read()
