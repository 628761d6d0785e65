"""What holds when nothing has happened for a long time: everything is as it was asked for, and nothing is left over."""

import asyncio
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from eas_local.adapters.sqlite_store import SqliteStore
from eas_local.core import places, render
from eas_local.core.desired import Change, Desired, Goal
from eas_local.core.instance import Instance
from eas_local.core.orders import Fate
from eas_local.core.states import State
from tests.model.wishes import STUCK, Wish
from tests.model.world import World


def verdict(world: World, wishes: Mapping[str, Wish]) -> list[str]:
    """Everything that is not as it should be, in words."""
    kept = {name: wish for name, wish in wishes.items() if wish.goal is not Goal.DELETE}
    return [
        *world.wrong,
        *_left_over(world, kept),
        *_stored(world, kept),
        *(f"{name}: {wrong}" for name, wish in kept.items() for wrong in _service(world, name, wish)),
    ]


def _left_over(world: World, wishes: Mapping[str, Wish]) -> Iterator[str]:
    names = set(wishes)
    yield from _differing("services", set(world.store.names()), names)
    yield from _differing("services on the board", world.board.names(), names)
    yield from _differing("endpoints", _endpoints(world), _wanted_endpoints(wishes))
    yield from _differing(
        "services with folders", {path.name for path in (world.home / "services").iterdir()}, set(names)
    )
    yield from (f"a pod of nobody: {pod}" for pod in world.engine.pods() if pod.service not in names)
    running = {pod.name for pod in world.engine.pods() if pod.sandbox.running}
    yield from _differing("lines", world.lines.pods(), running)
    tasks = {f"keep {name}" for name in names} | {f"line to {pod}" for pod in running} | {"loop"}
    stuck = {name for name, wish in wishes.items() if wish.text.image == STUCK and wish.goal is Goal.RUN}
    named = {name for task in asyncio.all_tasks() if not (name := task.get_name()).startswith("Task-")}
    yield from () if stuck else _differing("tasks", named, tasks)
    if world.gateway.routes != world.gateway.file:
        yield "the gateway's next start would begin with other routes"


Endpoints = dict[str, dict[str, int]]


def _endpoints(world: World) -> Endpoints:
    """For each endpoint the services behind it, with their percents."""
    return {
        entry.name: {backend.service: backend.weight for backend in entry.backends}
        for entry in world.gateway.routes.entries
    }


def _wanted_endpoints(wishes: Mapping[str, Wish]) -> Endpoints:
    """Each service at its own name, but for one that shares another's; the last of an endpoint has all of it."""
    endpoints: Endpoints = {}
    for name, wish in sorted(wishes.items(), key=lambda item: item[1].order):
        others = endpoints.setdefault(wish.entry, {})
        if wish.weight is None or not others:
            if wish.weight is None:
                endpoints[name] = {name: 100}
            others or others.update({name: 100})
        else:
            endpoints[wish.entry] = {**dict.fromkeys(others, 100 - wish.weight), name: wish.weight}
    return endpoints


def _stored(world: World, names: Collection[str]) -> Iterator[str]:
    """A new daemon knows the same, and one that has lost the database all but how far the last change got."""
    before = {name: want for name in names if (want := world.store.find(name))}
    yield from _known_as("a new daemon", before, _read(world.home))
    with TemporaryDirectory() as place:
        copytree(world.home / "services", Path(place) / "services")
        begun = {name: replace(want, change=Change.CREATE, settled=False) for name, want in before.items()}
        yield from _known_as("one without the database", begun, _read(Path(place)))


def _known_as(who: str, wanted: Mapping[str, Desired], known: Mapping[str, Desired]) -> Iterator[str]:
    yield from _differing(f"services of {who}", set(known), set(wanted))
    for name in set(known) & set(wanted):
        for field in fields(Desired):
            there, due = getattr(known[name], field.name), getattr(wanted[name], field.name)
            yield from _differing(f"{field.name} of {name}, to {who}", there, due)


def _read(home: Path) -> dict[str, Desired]:
    store = SqliteStore(home)
    try:
        return {name: want for name in store.names() if (want := store.find(name))}
    finally:
        store.close()


def _service(world: World, name: str, wish: Wish) -> Iterator[str]:
    want, seen = world.store.find(name), world.board.find(name)
    assert want
    assert seen
    wanted = replace(wish.text.service(name), labels=tuple(wish.labels.items()))
    yield from _differing("what is wanted", want.service, wanted)
    yield from _differing("lock", want.lock, wish.lock)
    known = {pod.name for pod in world.pods(name)}
    fates = {pod: fate for pod, fate in wish.fates.items() if fate and pod in known}
    yield from _differing("fates", {pod: fate for pod, fate in want.orders.fates if pod in known}, fates)
    yield from _differing(
        "goal, token, version", (want.goal, want.token, want.version), (wish.goal, wish.token, wish.version)
    )
    texts = {version.number: json.loads(version.text) for version in world.store.versions(name)}
    yield from _differing("versions", texts, {number: text.document(name) for number, text in wish.texts.items()})
    if wish.text.image != STUCK and not world.reconciler._keepers[name].acts.idle:
        yield "acts are still under way"
    if wish.goal is Goal.STOP:
        yield from _differing("pods", [pod.name for pod in world.pods(name)], [])
        yield from _differing("state", seen.status.state, State.STOPPED)
        yield from _differing("routes", world.gateway.taken(name), [])
    elif wish.text.runs:
        yield from _differing("state, ready", (seen.status.state, seen.status.running), (State.RUNNING, wish.instances))
        yield from _differing("settled", want.settled, True)
        yield from _running(world, want)
    else:
        yield from _serving_anyway(world, name, wish)


def _serving_anyway(world: World, name: str, wish: Wish) -> Iterator[str]:
    """Instances of an earlier revision, where the last one cannot run."""
    if len(world.gateway.taken(name)) < wish.lasting:
        yield f"{world.gateway.taken(name)} get requests, not {wish.lasting}"
    if len(world.pods(name)) > wish.most:
        yield f"more than {wish.most} pods: {list(map(_shown, world.pods(name)))}"


def _shown(pod: Instance) -> str:
    runs = ", ".join(f"{run.image} {run.state}" for run in pod.currents)
    gate = "draining" if pod.draining else "ready" if pod.ready else "not ready"
    return f"{pod.name} at {pod.ordinal}, {gate}, {runs or 'without containers'}"


def _running(world: World, want: Desired) -> Iterator[str]:
    there = places.seated(want, world.pods(want.name))
    pods = [pod for pod in there if want.orders.fate(pod.name) is not Fate.DETACHED]
    yield from _differing("places", sorted(pod.ordinal for pod in pods), list(range(want.replicas)))
    taken = sorted(pod.name for pod in pods if want.orders.fate(pod.name) is None)
    yield from _differing("instances with requests", world.gateway.taken(want.name), taken)
    containers = sorted(container.name for container in want.service.containers)
    for pod in pods:
        yield from _differing("revision", pod.fingerprint, want.fingerprint)
        yield from _differing(f"runs of {pod.name}", [run.container for run in pod.runs], containers)
        yield from _differing(f"{pod.name} ready", pod.ready, True)
        yield from (f"{run.id} was to end" for run in pod.runs if want.orders.ends(pod.name, run))
        told, due = pod.link.config_digest if pod.link else "", render.sidecar_config(want, pod).digest
        yield from _differing(f"what {pod.name} was told", told, due)


def _differing(what: str, there: object, due: object) -> Iterator[str]:
    if there != due:
        yield f"{what}: {there}, not {due}"
