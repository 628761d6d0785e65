"""At rest: everything is as it was asked for, nothing is there twice, and nothing is left over."""

from collections.abc import Collection

from eas_local.client import Client
from tests.chaos.asked import Asked
from tests.chaos.looking import Look, look
from tests.scenarios.emulator import Emulator

PROGRAMS = 2


def at_rest(emulator: Emulator, client: Client, services: Collection[Asked]) -> bool:
    """Raises AssertionError with what is not yet so. What is quick to ask comes first."""
    for asked in services:
        _shown(asked, client)
    seen = look(emulator)
    _same("services", set(seen.wants), {asked.name for asked in services if asked.there})
    for asked in services:
        _carried_out(asked, seen)
    _nothing_else(seen)
    for asked in services:
        _answering(asked)
    _same("programs", len(emulator.processes()), PROGRAMS)
    return True


def _shown(asked: Asked, client: Client) -> None:
    if asked.there:
        shown = client.look(asked.name)
        wanted = ("Running" if asked.replicas else "Stopped", asked.replicas, asked.replicas, 0)
        _same(f"{asked.name}: what is shown", (shown.state, shown.total, shown.running, shown.pending), wanted)
        _same(f"{asked.name}: plan", list(client.plan(name=asked.name).steps), [])


def _carried_out(asked: Asked, seen: Look) -> None:
    have = seen.of(asked.name)
    _same(f"{asked.name}: instances", sorted(instance.ordinal for instance in have), list(range(asked.replicas)))
    if not asked.there:
        return
    want = seen.wants[asked.name]
    (container,) = want.service.containers
    _same(f"{asked.name}: version", dict(container.env)["VERSION"], str(asked.version))
    _same(f"{asked.name}: limit", want.service.limits.worker_threads, asked.threads)
    _same(f"{asked.name}: revisions", {instance.fingerprint for instance in have} - {want.fingerprint}, set())


def _nothing_else(seen: Look) -> None:
    """Each instance has its sandbox, its containers' present runs and its scratch; nobody has anything besides."""
    runs = {f"{i.name}.{run.container}.{run.attempt}" for i in seen.have for run in i.currents}
    _same("containers", seen.names, {i.name for i in seen.have} | runs)
    _same("volumes", seen.volumes, {f"{i.name}-0" for i in seen.have})


def _answering(asked: Asked) -> None:
    if asked.replicas:
        _same(f"{asked.name}: answer", asked.service.ask("os.environ['VERSION']"), str(asked.version))
    else:
        _same(f"{asked.name}: status", asked.service.call().status, 503 if asked.there else 404)


def _same(what: str, seen: object, wanted: object) -> None:
    assert seen == wanted, f"{what}: {seen}, not {wanted}"
