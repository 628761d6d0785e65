"""A processor as its author meant it, and where everything of it lies in its container.

The container's program is a host of ours, one for each language. It opens `PORT` first, loads the code, answers on
`READY_PORT` once `initialize` has returned, and from then on calls `process` for each request.
"""

import posixpath
from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """`processor_type`."""

    CPP = "cpp"
    JAVA = "java"
    PYTHON = "python"


@dataclass(frozen=True, slots=True)
class Processor:
    """`package`, `model` and `warm_up` are addresses (`sources`). `entry` is the library, the script or the Java class.

    `model_entry` is relative to the model, empty for all of it. `worker_threads` None: as many as the code asks for.
    """

    language: Language
    entry: str
    package: str
    model: str | None = None
    model_entry: str = ""
    model_config: str = ""
    warm_up: str | None = None
    jvm_options: tuple[str, ...] = ()
    worker_threads: int | None = None

    @property
    def requirements(self) -> str:
        """Where its package has the Python requirements, if it has any: beside the entry."""
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.entry), "requirements.txt"))


# Of the pod: the engine's own ports are the sidecar's, so its processor listens elsewhere; below the ephemeral ones.
PORT = 28080
READY_PORT = 28090

# Ours, read-only: the host's program; the package as it came; config.json and the text model_config; the recorded request.
HOST = "/eas/processor/host"
PACKAGE = "/eas/processor/package"
SETTINGS = "/eas/processor/settings"
WARM_UP = "/eas/processor/warm_up"

# Parity: where processors in the wild look (eas-semantics 6.1, wire-contract 5.1).
WORKSPACE = "/home/admin/docker_ml/workspace"
MODEL = "/eas/workspace/model"
PREDICTOR = f"{WORKSPACE}/predictor"
CONFIG = f"{WORKSPACE}/config/config.json"
