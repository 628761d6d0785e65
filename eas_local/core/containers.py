"""The containers of an instance: image, what they run, environment, ports, requirements."""

import re
import shlex
from collections.abc import Sequence

from eas_local.core.checks import checks
from eas_local.core.container_shape import ContainerShape, EnvShape, PrepareShape
from eas_local.core.findings import Findings
from eas_local.core.service import Container
from eas_local.core.wire import CONTROL_PORT, TRAFFIC_PORT

DEFAULT_PORT = 8000
_SHELL_WORD = re.compile(r"[&|;<>]+|\d*[<>]+&?\d*|.*;")
_VARIABLE_NAME = re.compile(r"[^=\0]+")


def containers(shapes: Sequence[ContainerShape], findings: Findings) -> tuple[Container, ...]:
    """worker0, worker1, ...; the first is the public one."""
    built = tuple(_container(index, shape, findings) for index, shape in enumerate(shapes))
    _refuse_equal_ports(built, findings)
    return built


def _container(index: int, shape: ContainerShape, findings: Findings) -> Container:
    where = f"containers[{index}]"
    port = _port(where, shape.port, index == 0, findings)
    listed, path = _requirements(f"{where}.prepare", shape.prepare, findings)
    return Container(
        # Parity: the platform calls the user's container worker0 (OpenAPI, service diagnosis).
        name=f"worker{index}",
        image=_image(f"{where}.image", shape.image, findings),
        argv=_argv(where, shape, findings),
        env=environment(f"{where}.env", shape.env, findings),
        port=port,
        checks=checks(where, shape, port, findings),
        requirements=listed,
        requirements_path=path,
    )


def image(where: str, text: str, findings: Findings) -> str:
    """The address of one image, or nothing."""
    if len(text.split()) > 1:
        findings.problem(where, f'must be the address of one image, not "{text}"')
    return text.strip()


def environment(where: str, entries: Sequence[EnvShape], findings: Findings) -> tuple[tuple[str, str], ...]:
    env: dict[str, str] = {}
    for index, entry in enumerate(entries):
        if entry.name is None or not _VARIABLE_NAME.fullmatch(entry.name):
            findings.problem(f"{where}[{index}].name", 'is missing or has a "=" in it')
            continue
        if entry.name in env:
            findings.warn(f"{where}[{index}]", f"{entry.name} is set twice; the last value counts")
        env[entry.name] = entry.value
    return tuple(env.items())


def _image(where: str, text: str, findings: Findings) -> str:
    name = image(where, text, findings)
    if not name:
        findings.problem(where, "is missing; it is the address of an image, for example python:3.11-slim")
    return name


def _argv(where: str, shape: ContainerShape, findings: Findings) -> tuple[str, ...] | None:
    if shape.script.strip():
        return _script(where, shape, findings)
    if shape.command.strip():
        return _command(where, shape, findings)
    if shape.args:
        findings.warn(f"{where}.args", "has no effect without command")
    return None


def _script(where: str, shape: ContainerShape, findings: Findings) -> tuple[str, ...]:
    # Parity: either of the two is to be given; of both, the script is what can say more (JSON deployment; our choice).
    if shape.command.strip():
        findings.warn(f"{where}.command", "is ignored, because script is given too; keep one of them")
    if shape.args:
        findings.warn(f"{where}.args", "has no effect on a script")
    return ("/bin/sh", "-c", shape.script)


def _command(where: str, shape: ContainerShape, findings: Findings) -> tuple[str, ...] | None:
    words = findings.attempt(f"{where}.command", _split, shape.command)
    if words is None:
        return None
    operators = [word for word in words if _SHELL_WORD.fullmatch(word)]
    if operators:
        # Parity: command takes a single command, `cd xxx && python app.py` is not supported (JSON deployment).
        findings.warn(
            f"{where}.command",
            f'no shell reads it, so "{operators[0]}" is handed to the program as a word; use script for more than one command',
        )
    return (*words, *shape.args)


def _split(command: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(command))
    except ValueError as error:
        raise ValueError(f"cannot be split into words: {str(error).lower()}") from None


def _port(where: str, port: int | None, public: bool, findings: Findings) -> int | None:
    if port in {TRAFFIC_PORT, CONTROL_PORT}:
        # Parity: documented as reserved, refused only by the SDK (eas-semantics X13).
        findings.warn(
            f"{where}.port",
            f"{port} belongs to the engine inside the instance: the process will fail to bind it (address already in use); "
            "take another port",
        )
    if port is None and public:
        # Parity: the vendor's SDK deploys containers with port 8000 unless told otherwise (wire-contract 4.5).
        findings.warn(f"{where}.port", f"is missing; requests go to port {DEFAULT_PORT}")
        return DEFAULT_PORT
    return port


def _requirements(where: str, shape: PrepareShape, findings: Findings) -> tuple[tuple[str, ...], str | None]:
    listed = tuple(requirement for requirement in shape.python_requirements if requirement.strip())
    path = shape.python_requirements_path or None
    if listed and path:
        # Parity: the vendor's SDK warns and takes the list.
        findings.warn(f"{where}.pythonRequirementsPath", "is ignored, because pythonRequirements is given too")
        return listed, None
    return listed, path


def _refuse_equal_ports(built: Sequence[Container], findings: Findings) -> None:
    owners: dict[int, int] = {}
    for index, container in enumerate(built):
        if container.port is None:
            continue
        owner = owners.setdefault(container.port, index)
        if owner != index:
            findings.problem(
                f"containers[{index}].port",
                f"{container.port} is taken by containers[{owner}] already; containers of one instance share one network",
            )
