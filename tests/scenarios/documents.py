"""service.json files of the scenarios, smallest first: a test names only what it is about."""

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]

IMAGE = "eas-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai-eas/python-inference:py311-ubuntu2204"
PROGRAMS = "oss://scenarios/programs/"
COMMAND = "python /mnt/programs/server.py"
PORT = 8000
CODE: Json = {"mount_path": "/mnt/programs", "oss": {"path": PROGRAMS, "readOnly": True}}


def a_container(**fields: Any) -> Json:
    """Runs the scenarios' server. A field that is None is left out."""
    container = {"image": IMAGE, "command": COMMAND, "port": PORT, **fields}
    return {key: value for key, value in container.items() if value is not None}


def a_document(
    name: str,
    *containers: Json,
    storage: Sequence[Json] = (),
    instance: int = 1,
    metadata: Json | None = None,
    **fields: Any,
) -> Json:
    """A service of one such container unless others are named."""
    return {
        "metadata": {"name": name, "instance": instance, **(metadata or {})},
        "containers": list(containers) or [a_container()],
        "storage": [CODE, *storage],
        **fields,
    }


def a_script(text: str, **fields: Any) -> Json:
    """A container that runs a shell script instead."""
    return a_container(command=None, script=text, **fields)
