"""What would be wanted of a service, were this or that asked of it; refuses what cannot be asked.

Nothing is stored here: `Services` does that with the answers, and a plan asks the same questions to change nothing.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from eas_local.core import blue_green, changes, document, spec, support
from eas_local.core.desired import Desired, Goal, Lock
from eas_local.core.errors import InvalidDocument, Locked, NameInUse, NotSupported, WrongState
from eas_local.core.orders import Fate, SoftRestart
from eas_local.daemon.ports import Clock
from eas_local.daemon.views import Views


class Mode(StrEnum):
    """UpdateType (wire-contract 3.8)."""

    MERGE = "merge"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Draft:
    """A service that somebody wants to have. `base` is the folder the text came from: relative local paths in it start
    there. Labels and workspace of the request add to the text's own."""

    text: str
    base: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    workspace_id: str = ""
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class Created:
    desired: Desired
    notes: tuple[support.Note, ...]
    warnings: tuple[str, ...]


class Wishes:
    """Each method raises NotFound for a service that does not exist, WrongState for one being deleted, and Locked where
    the safety lock refuses it. `random` gives so many random bytes."""

    def __init__(self, views: Views, clock: Clock, random: Callable[[int], bytes]) -> None:
        self._views = views
        self._clock = clock
        self._random = random

    def created(self, draft: Draft) -> Created:
        parsed = _accept(draft.text, lenient=draft.lenient)
        self._refuse_taken(parsed.service.name)
        service = replace(parsed.service, workspace_id=draft.workspace_id or parsed.service.workspace_id)
        token = self._new_token() if service.token is None else service.token
        now = self._clock.now()
        want = Desired(
            service, draft.text, draft.base, version=1, token=token, created_at=now, updated_at=now, built_at=now
        )
        return Created(changes.labelled(want, draft.labels), parsed.notes, parsed.warnings)

    def created_beside(self, draft: Draft) -> Created:
        """Under a name of its own, beside the service whose name the text carries."""
        carried = _accept(draft.text, lenient=draft.lenient).service.name
        name, release = blue_green.beside(carried, self._views.wanted(), self._random(4))
        made = self.created(replace(draft, text=changes.renamed(draft.text, name)))
        return replace(made, desired=replace(made.desired, release=release))

    def updated(
        self, name: str, text: str, mode: Mode = Mode.MERGE, base: str | None = None, *, lenient: bool = False
    ) -> Desired:
        """A text that takes the other's place brings its own folder; what is merged into it does not."""
        want = self._changeable(name, "an update")
        plain = json.dumps(document.parse(text, lenient=lenient).value, ensure_ascii=False)
        merging = mode is Mode.MERGE
        whole = changes.merged(want.text, plain) if merging else text
        service = _accept(whole, lenient=lenient).service
        if want.release and service.name == want.entry:  # the name in the file that it was made of
            whole, service = changes.renamed(whole, name), replace(service, name=name)
        if service.name != name:
            raise InvalidDocument.of("metadata.name", f'"{service.name}" is not "{name}", the service to update')
        new_version = changes.makes_version(plain)
        now = self._clock.now()
        return changes.updated(want, service, whole, now, new_version=new_version, base=None if merging else base)

    def submitted(self, text: str, mode: Mode, base: str | None, *, lenient: bool) -> Desired:
        """What a file asks for: a service of its name, or a change of the one that has it."""
        name = spec.parse(text, lenient=lenient).service.name
        if self._views.find(name):
            return self.updated(name, text, mode, base, lenient=lenient)
        return self.created(Draft(text, base, lenient=lenient)).desired

    def unchanged(self, name: str) -> Desired:
        return self._views.get(name)

    def scaled(self, name: str, instances: int, unwanted: Collection[str]) -> Desired:
        """To so many instances. The `unwanted` ones go in any case; where others are left to go, the last ones do."""
        after = self.updated(name, json.dumps({"metadata": {"instance": instances}}))
        return self._doomed(after, unwanted, Fate.DELETED) if unwanted else after

    def switched(self, name: str, number: int) -> Desired:
        # Parity: UpdateServiceVersion goes to an older version (OpenAPI); here to any other one that exists.
        want = self._changeable(name, "a switch of its version")
        versions = {version.number: version for version in self._views.versions(name)}
        if number not in versions:
            raise InvalidDocument.of(
                "", f'service "{name}" has no version {number}, only {", ".join(map(str, sorted(versions)))}'
            )
        if number == want.version:
            raise WrongState(
                f'version {number} of service "{name}" is in force already; eas-local version {name} lists all'
            )
        service = _accept(versions[number].text, lenient=True).service
        return changes.switched(want, service, versions[number], self._clock.now())

    def started(self, name: str) -> Desired:
        want = self._changeable(name, "a start")
        return want if want.goal is Goal.RUN else changes.started(want, self._clock.now())

    def stopped(self, name: str) -> Desired:
        want = self._changeable(name, "a stop", dangerous=True)
        return want if want.goal is Goal.STOP else changes.stopped(want, self._clock.now())

    def restarted(self, name: str) -> Desired:
        want = self._changeable(name, "a restart")
        if want.goal is Goal.STOP:
            raise WrongState(f'service "{name}" is stopped; start it instead')
        return changes.restarted(want, self._clock.now())

    def deleted(self, name: str) -> Desired:
        orphan = self._views.orphan(name)
        want = orphan.want if orphan else self._views.get(name)
        if want.goal is Goal.DELETE:
            return want
        _refuse_locked(want, "a delete", dangerous=True)
        return changes.deleted(want, self._clock.now())

    def locked(self, name: str, lock: Lock) -> Desired:
        """No lock refuses another lock."""
        return changes.locked(self._present(name), lock)

    def released(self, name: str, percent: int | None) -> Desired:
        """So many percent of an endpoint's requests for this service, None for an endpoint of its own. It may be the other
        service of the endpoint that has to change for that."""
        want, wanted = self._changeable(name, "a release"), self._views.wanted()
        if percent is None:
            after = blue_green.parted(want, wanted, self._clock.now())
        else:
            after = blue_green.released(want, wanted, percent, self._clock.now())
        _refuse_locked(after, "a release", dangerous=False)
        return after

    def labelled(self, name: str, labels: Mapping[str, str]) -> Desired:
        return changes.labelled(self._changeable(name, "another label"), labels)

    def unlabelled(self, name: str, keys: Collection[str]) -> Desired:
        return changes.unlabelled(self._changeable(name, "the removal of a label"), keys)

    def doomed(self, name: str, pods: Collection[str], fate: Fate | None) -> Desired:
        """With this fate for these instances; None takes an isolation back."""
        return self._doomed(self._changeable(name, "an order about instances"), pods, fate)

    def softly_restarted(self, name: str, pods: Collection[str], container: str) -> Desired:
        """New runs in the same sandboxes, of one container or of all."""
        want = self._changeable(name, "a restart")
        have = [self._views.instance(name, pod) for pod in pods]
        runs = [
            SoftRestart(i.name, r.container, r.attempt)
            for i in have
            for r in i.currents
            if container in {"", r.container}
        ]
        if not runs:
            there = ", ".join(dict.fromkeys(run.container for i in have for run in i.currents)) or "none"
            raise InvalidDocument.of(
                "", f'of instance {", ".join(pods)} no container "{container}" has run; there is {there}'
            )
        return changes.softly_restarted(want, self._there(name), runs, self._clock.now())

    def _doomed(self, want: Desired, pods: Collection[str], fate: Fate | None) -> Desired:
        for pod in pods:
            _refuse_return(self._views.instance(want.name, pod).name, want.orders.fate(pod), fate)
        return changes.doomed(want, self._there(want.name), pods, fate, self._clock.now())

    def _there(self, name: str) -> list[str]:
        return [instance.name for instance in self._views.describe(name).instances]

    def _changeable(self, name: str, act: str, *, dangerous: bool = False) -> Desired:
        want = self._present(name)
        _refuse_locked(want, act, dangerous=dangerous)
        return want

    def _present(self, name: str) -> Desired:
        want = self._views.get(name)
        if want.goal is Goal.DELETE:
            raise WrongState(f'service "{name}" is being deleted; wait until it is gone, then create it anew')
        return want

    def _refuse_taken(self, name: str) -> None:
        holder = self._views.find(name)
        if holder and holder.goal is Goal.DELETE:
            raise NameInUse(f'service "{name}" is still being deleted; wait until it is gone and create it again')
        if holder:
            raise NameInUse(
                f'service "{name}" exists already; change it (eas-local modify {name} -s FILE), delete it first '
                f"(eas-local delete {name}), or choose another metadata.name"
            )
        if heirs := blue_green.behind(name, self._views.wanted()):
            raise NameInUse(
                f'"{name}" is the endpoint that service "{heirs[0].name}" answers; eas-local create -r makes one beside it'
            )

    def _new_token(self) -> str:
        # Parity: generated tokens are 40 hexadecimal digits in base64, 56 characters (eas-semantics 3).
        return b64encode(self._random(20).hex().encode()).decode()


def _refuse_locked(want: Desired, act: str, *, dangerous: bool) -> None:
    if want.lock.refuses(dangerous=dangerous):
        raise Locked(
            f'service "{want.name}": its safety lock ({want.lock}) refuses {act}; '
            f"eas-local lock {want.name} none takes the lock off"
        )


def _refuse_return(pod: str, before: Fate | None, fate: Fate | None) -> None:
    # Parity: a detached instance cannot be taken back (OpenAPI, UpdateServiceInstance).
    if before in {Fate.DETACHED, Fate.DELETED} and fate not in {before, Fate.DELETED}:
        raise WrongState(f"instance {pod} is {before}, which cannot be undone; it can only be deleted")


def _accept(text: str, *, lenient: bool) -> spec.Parsed:
    """The document, if it is valid and asks for nothing that this emulator refuses: every refused field is named."""
    parsed = spec.parse(text, lenient=lenient)
    if refused := support.refusals(parsed.notes):
        lines = "\n".join(f"{note.field}: {note.sentence}" for note in refused)
        raise NotSupported(lines)
    return parsed
