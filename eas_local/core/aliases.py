"""One spelling for every key: dotted keys become nested, older names become today's.

    {"name": "demo", "metadata.rpc.keepalive": 5000}  ->  {"metadata": {"name": "demo", "rpc": {"keepalive": 5000}}}

A key spelt twice is fine while both say the same. A null counts as not given. Types are left to `shape`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eas_local.core.errors import Problem
from eas_local.core.findings import SECRET, children, dotted, shown

Tree = dict[str, Any]
Path = tuple[str | int, ...]

# Parity: keys that documented or published files use beside the reference's own (eas-semantics 1.9), in this order:
# what is taken out of a group comes before the group itself.
ALIASES = (
    ("name", "metadata.name"),
    ("credential.token", "token"),
    ("credential.docker_auth", "dockerAuth"),
    ("rpc.batching.max_batch_size", "metadata.rpc.max_batch_size"),
    ("rpc.batching.max_batch_timeout", "metadata.rpc.max_batch_timeout"),
    ("metadata.batching.max_batch_size", "metadata.rpc.max_batch_size"),
    ("metadata.batching.max_batch_timeout", "metadata.rpc.max_batch_timeout"),
    ("rpc", "metadata.rpc"),
    ("metadata.worker_threads", "metadata.rpc.worker_threads"),
    ("metadata.workers", "metadata.rpc.worker_threads"),
    ("metadata.max_queue_size", "metadata.rpc.max_queue_size"),
    ("metadata.io_threads", "metadata.rpc.io_threads"),
    ("runtime.termination_grace_period", "metadata.eas.termination_grace_period"),
    ("eas", "metadata.eas"),
    ("runtime.cuda", "metadata.cuda"),
    ("networking.enable_grpc", "metadata.enable_grpc"),
    ("metadata.gateway", "networking.gateway"),
    ("scheduling", "metadata.scheduling"),
    ("metadata.autoscaler", "autoscaler"),
    ("options.enableCache", "options.enable_cache"),
)
ITEM_ALIASES = {
    "containers": (("health_check", "readiness_check"),),
    "storage": (
        ("oss.read_only", "oss.readOnly"),
        ("nfs.read_only", "nfs.readOnly"),
        ("cpfs.read_only", "cpfs.readOnly"),
        ("cpfs.file_system_id", "cpfs.server"),
        ("dataset.readOnly", "dataset.read_only"),
    ),
}
_LITERAL = {("features",), ("labels",), ("model_config",)}
"""Objects whose keys are names of the user's or of other systems: a dot in them is part of the name."""
_LONGEST_PATH = 8
_INDEX = re.compile(r"\[(\d+)\](?=[.\[]|$)")


@dataclass(frozen=True, slots=True)
class Normal:
    """The document in canonical spelling, the keys whose spellings contradict each other, and those that are ignored."""

    document: Tree
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()


def normalise(document: Tree) -> Normal:
    problems: list[Problem] = []
    tree = _expanded(document, (), problems)
    _rename(tree, ALIASES, (), problems)
    warnings = tuple(_overruled(tree))
    for group, aliases in ITEM_ALIASES.items():
        for index, item in _objects(tree.get(group)):
            _rename(item, aliases, (group, index), problems)
    return Normal(tree, tuple(problems), warnings)


def _overruled(tree: Tree) -> Iterator[str]:
    """A container has one readiness check: the older health_check goes where today's is there and says something else."""
    for index, container in _objects(tree.get("containers")):
        older, todays = container.get("health_check"), container.get("readiness_check")
        if older is not None and todays is not None:
            del container["health_check"]
            if older != todays:
                where = dotted(("containers", index, "health_check"))
                yield f"{where}: is ignored, because readiness_check is given too; it means the same"


def indexed(key: str) -> str:
    """containers[0].port as containers.0.port; names of the user's or of other systems as they are."""
    first = re.split(r"[.\[]", key, maxsplit=1)[0]
    return key if is_literal((first,)) else _INDEX.sub(r".\1", key)


def is_literal(path: Path) -> bool:
    """Whether keys in the object there are names of the user's or of other systems."""
    return path in _LITERAL


def _objects(items: Any) -> list[tuple[str | int, Tree]]:
    """Those of a list, or those of its elements that a change names by their index."""
    return [(index, item) for index, item in children(items) if isinstance(item, dict)]


def _expanded(tree: Tree, path: Path, problems: list[Problem]) -> Tree:
    grown: Tree = {}
    for key, value in tree.items():
        if value is not None:
            steps = _steps(path, key)
            _join(grown, _nested(steps, _value(value, (*path, *steps), problems)), path, problems)
    return grown


def _value(value: Any, path: Path, problems: list[Problem]) -> Any:
    if isinstance(value, list):
        return [_value(item, (*path, index), problems) for index, item in enumerate(value)]
    if isinstance(value, dict):
        return dict(value) if path in _LITERAL else _expanded(value, path, problems)
    return value


def _steps(path: Path, key: str) -> tuple[str, ...]:
    """The parts of a dotted key; what lies inside a literal object, or is no path at all, stays in one piece."""
    parts = key.split(".")
    if not all(parts) or len(parts) > _LONGEST_PATH:
        return (key,)
    for end in range(1, len(parts)):
        if (*path, *parts[:end]) in _LITERAL:
            return (*parts[:end], ".".join(parts[end:]))
    return tuple(parts)


def _nested(steps: tuple[str, ...], value: Any) -> Tree:
    for step in reversed(steps):
        value = {step: value}
    tree: Tree = value
    return tree


def _join(tree: Tree, other: Tree, path: Path, problems: list[Problem]) -> None:
    """Let `other` grow into `tree`, which keeps what it has."""
    for key, value in other.items():
        present = tree.setdefault(key, value)
        if present is value:
            continue
        if isinstance(present, dict) and isinstance(value, dict):
            _join(present, value, (*path, key), problems)
        elif not _same(present, value):
            problems.append(Problem(dotted((*path, key)), _contradiction(key, present, value)))


def _rename(tree: Tree, aliases: tuple[tuple[str, str], ...], path: Path, problems: list[Problem]) -> None:
    for alias, canonical in aliases:
        value = _take(tree, alias.split("."))
        if value is not None:
            _join(tree, _nested(tuple(canonical.split(".")), value), path, problems)


def _take(tree: Tree, steps: list[str]) -> Any:
    """Remove a value and the objects that it leaves empty; None where there is none."""
    first, *rest = steps
    if not rest:
        return tree.pop(first, None)
    branch = tree.get(first)
    if not isinstance(branch, dict):
        return None
    value = _take(branch, rest)
    if value is not None and not branch:
        del tree[first]
    return value


def _same(one: Any, other: Any) -> bool:
    """Numbers and booleans may be written as strings."""
    return bool(one == other) or str(one).lower() == str(other).lower()


def _contradiction(key: str, one: Any, other: Any) -> str:
    values = "with different values" if key in SECRET else f"as {shown(one)} and as {shown(other)}"
    return f"is given twice in different spellings, {values}; keep one of them"
