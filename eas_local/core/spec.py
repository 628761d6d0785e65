"""The door for service.json: text in, a `Service` with everything worth saying about it out, or every problem at once.

    text -> document -> aliases -> reading (shape) -> containers or processors, volumes, and the rest here -> Service

Afterwards nobody looks at the document again; it is kept for updates, which merge into it.
"""

import re
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from eas_local.core import aliases, document, processors, reading, support
from eas_local.core.containers import containers
from eas_local.core.errors import InvalidDocument, Problem
from eas_local.core.findings import Findings, enclosing, fields
from eas_local.core.service import GatewayPolicy, Limits, Resources, Rolling, Service
from eas_local.core.shape import (
    ConcurrencyLimitShape,
    DocumentShape,
    MetadataShape,
    RateLimitShape,
    RollingShape,
    RpcShape,
)
from eas_local.core.volumes import volumes

# Parity: letters a-z, digits and underscore by the vendor's guides, hyphens in its examples, at most 63 characters
# (eas-semantics 1). The path and the hostname of every instance hold the name.
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_HEADER_VALUE = re.compile(r"[\x21-\x7e]*")
_MOST_PROBLEMS = 100
_SMALL_MEMORY_MIB = 64
_SMALLEST_MEMORY_MIB = 6


@dataclass(frozen=True, slots=True)
class Parsed:
    """A valid document: what it means, its canonical form for later merges, and what its author should know."""

    service: Service
    document: dict[str, Any]
    warnings: tuple[str, ...] = ()
    notes: tuple[support.Note, ...] = ()


def parse(text: str, *, lenient: bool = False) -> Parsed:
    """Raises InvalidDocument with every problem at once."""
    written = document.parse(text, lenient=lenient)
    normal = aliases.normalise(written.value)
    shape, misfits = reading.read(normal.document)
    findings = Findings()
    service = _service(shape, findings)
    problems = _combined((*normal.problems, *misfits), findings.problems)
    if problems:
        raise InvalidDocument(_foremost(_in_order(problems, normal.document)))
    notes = (*support.explain(normal.document), *map(support.unknown, reading.unknown(shape)))
    return Parsed(service, normal.document, (*written.warnings, *normal.warnings, *findings.warnings), notes)


def _service(shape: DocumentShape, findings: Findings) -> Service:
    metadata = shape.metadata
    is_processor = processors.is_processor(shape)
    if not shape.containers and not is_processor:
        findings.problem("containers", "is missing; a service needs at least one container, or a processor")
    hosted = processors.hosted(shape, findings) if is_processor else None
    return Service(
        name=_name(metadata.name, findings),
        replicas=metadata.instance,
        containers=(hosted.container,) if hosted else containers(shape.containers, findings),
        volumes=volumes(shape.storage, findings),
        resources=_resources(metadata, findings),
        limits=_limits(shape.metadata.rpc, is_processor=is_processor),
        policy=_policy(shape, findings),
        rolling=_rolling(metadata.rolling_strategy, findings),
        grace=metadata.eas.termination_grace_period,
        enable_sigterm=metadata.rpc.enable_sigterm,
        crash_block=shape.runtime.enable_crash_block,
        token=_token(shape.token, findings),
        registry_auth=_registry_auth(shape.docker_auth, findings),
        labels=tuple((shape.labels or {}).items()),
        workspace_id=metadata.workspace_id,
        processor=hosted.processor if hosted else None,
    )


def _name(name: str | None, findings: Findings) -> str:
    if not name:
        findings.problem("metadata.name", "is missing; it is the name of the service")
        return ""
    if not _NAME.fullmatch(name):
        findings.problem("metadata.name", _about_name(name))
    return name


def _about_name(name: str) -> str:
    rule = 'must be 1 to 63 lower-case letters, digits, "_" or "-", beginning with a letter or a digit'
    lower = name.lower()
    instead = f'; write "{lower}"' if _NAME.fullmatch(lower) else ""
    return f'{rule}, not "{name}"{instead}'


def _resources(metadata: MetadataShape, findings: Findings) -> Resources:
    """Zero is as good as nothing: no limit was asked for."""
    if 0 < metadata.memory < _SMALLEST_MEMORY_MIB:
        findings.problem(
            "metadata.memory", f"must be at least {_SMALLEST_MEMORY_MIB} (MB; 4096 is 4 GB), not {metadata.memory}"
        )
    elif 0 < metadata.memory < _SMALL_MEMORY_MIB:
        findings.warn(
            "metadata.memory", f"{metadata.memory} means MB; if GB were meant, write {metadata.memory * 1024}"
        )
    return Resources(
        cpu=metadata.cpu or None,
        # Parity: 4096 = 4 GB (JSON deployment).
        memory_mib=metadata.memory or None,
        gpu=metadata.gpu,
        shm_gib=metadata.shm_size or None,
    )


def _limits(rpc: RpcShape, *, is_processor: bool) -> Limits:
    # Parity: 5000 ms for processors, 600000 ms for images (JSON deployment; eas-semantics X1); an image service has no limit
    # of concurrency unless its file sets one, and a processor has as many workers as its host says. Only a processor's
    # calls cannot be interrupted: when all its workers are stuck every request is answered 450 (eas-semantics 3).
    keepalive = rpc.keepalive or (5_000 if is_processor else 600_000)
    return Limits(
        worker_threads=rpc.worker_threads,
        workers_finish=is_processor,
        max_queue_size=rpc.max_queue_size,
        keepalive=keepalive / 1000,
        rate_limit=rpc.rate_limit,
    )


def _policy(shape: DocumentShape, findings: Findings) -> GatewayPolicy:
    policy = shape.networking.gateway_policy
    where = "networking.gateway_policy"
    concurrency = _limit(f"{where}.concurrency_limit", policy.concurrency_limit, findings)
    return GatewayPolicy(
        rate_limit=_limit(f"{where}.rate_limit", policy.rate_limit, findings),
        concurrency_limit=None if concurrency is None else int(concurrency),
    )


def _limit(where: str, shape: RateLimitShape | ConcurrencyLimitShape, findings: Findings) -> float | None:
    if not shape.enable:
        if shape.limit:
            findings.warn(f"{where}.limit", "has no effect unless enable is true")
        return None
    if not shape.limit:
        findings.problem(f"{where}.limit", "must be more than 0 where enable is true")
    return shape.limit


def _rolling(shape: RollingShape, findings: Findings) -> Rolling:
    # Parity: 2 % and at least 1, which is 1 up to 99 instances, and 0 in the public resource group (JSON deployment).
    default = Rolling()
    rolling = Rolling(shape.max_surge or default.max_surge, shape.max_unavailable or default.max_unavailable)
    if not rolling.max_surge.amount and not rolling.max_unavailable.amount:
        findings.problem(
            "metadata.rolling_strategy", "max_surge and max_unavailable are both 0, so no update could ever begin"
        )
    return rolling


def _token(token: str | None, findings: Findings) -> str | None:
    if token is not None and not _HEADER_VALUE.fullmatch(token):
        findings.problem("token", "must be printable ASCII without spaces: it travels in a header")
    return token


def _registry_auth(encoded: str, findings: Findings) -> str | None:
    if "*" in encoded:
        # Parity: the vendor's own samples mask it, and are pasted as they are.
        findings.warn("dockerAuth", "is masked with asterisks; images are pulled without it")
        return None
    if encoded and not _is_credentials(encoded):
        findings.problem("dockerAuth", "must be the base64 of user:password; printf user:password | base64")
    return encoded or None


def _is_credentials(encoded: str) -> bool:
    try:
        return b":" in b64decode(encoded, validate=True)
    except ValueError:
        return False


def _combined(first: Iterable[Problem], more: Iterable[Problem]) -> list[Problem]:
    """All of them, less what merely follows: a value of a wrong type is not missing as well, nor what would be in it."""
    found = {problem.field: problem for problem in first}
    around = {part for field in found for part in (field, *enclosing(field))}

    def follows(problem: Problem) -> bool:
        return problem.field in around or any(part in found for part in enclosing(problem.field))

    return [*found.values(), *(problem for problem in more if not follows(problem))]


def _in_order(problems: list[Problem], tree: dict[str, Any]) -> list[Problem]:
    """In the order of the document; what is missing stands where its object begins."""
    places = {field: place for place, field in enumerate(fields(tree))}

    def place(problem: Problem) -> int:
        parts = (problem.field, *enclosing(problem.field))
        return next((places[part] for part in parts if part in places), 0)

    return sorted(problems, key=place)


def _foremost(problems: list[Problem]) -> list[Problem]:
    """As many as somebody may read."""
    rest = len(problems) - _MOST_PROBLEMS
    return [*problems[:_MOST_PROBLEMS], Problem("", f"and {rest} more problems")] if rest > 0 else problems
