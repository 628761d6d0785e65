"""What is wanted of a service after somebody asked for something: a new Desired from the one before.

Carrying it out takes its time; until then `change` says what is under way and `settled` is False.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace

from eas_local.core import aliases, differences, document, elements
from eas_local.core.desired import Change, Desired, Goal, Lock
from eas_local.core.orders import Fate, SoftRestart
from eas_local.core.service import Service
from eas_local.core.versions import Version


def updated(
    want: Desired, service: Service, text: str, now: float, *, new_version: bool, base: str | None = None
) -> Desired:
    """Labels, workspace and token belong to the service: a text that does not name them leaves them as they are.

    `base`: the folder the text came from, None for that of the text before.
    """
    number = max(want.latest, want.version) + 1 if new_version else want.version
    after = replace(
        want,
        service=replace(
            service,
            labels=tuple((dict(want.service.labels) | dict(service.labels)).items()),
            workspace_id=service.workspace_id or want.service.workspace_id,
        ),
        text=text,
        base=base or want.base,
        token=want.token if service.token is None else service.token,
        version=number,
        latest=max(want.latest, number),
        built_at=now if new_version else want.built_at,
    )
    return _begin(after, _kind(want, after), now)


def is_idle(before: Desired, after: Desired) -> bool:
    """Whether an update asks for what is there already: the same document, and everything has arrived."""
    same = (before.service, before.base, before.token) == (after.service, after.base, after.token)
    return before.settled and same and not differences.lines(before.text, after.text)


def switched(want: Desired, service: Service, version: Version, now: float) -> Desired:
    """To another version, whose text is as it was but for the token; what belongs to the service stays."""
    text = version.text
    if service.token is not None:
        service, text = replace(service, token=want.token), merged(text, json.dumps({"token": want.token}))
    after = updated(want, service, text, now, new_version=False)
    latest = max(want.latest, want.version)
    return replace(after, version=version.number, latest=latest, built_at=version.built_at)


def merged(text: str, change: str) -> str:
    """The text with the change merged into it, in its author's spelling as long as that says the same. Of a list the change
    may name elements by their index."""
    old, new = document.parse(text, lenient=True).value, document.parse(change).value
    was, changed = aliases.normalise(old).document, aliases.normalise(new).document
    completed = elements.completed(was, changed)
    new = new if completed == changed else completed
    wanted = document.merge(was, completed)
    written = document.merge(old, new)
    spelt = aliases.normalise(written)
    faithful = spelt.document == wanted and not spelt.problems
    return json.dumps(written if faithful else wanted, ensure_ascii=False)


def renamed(text: str, name: str) -> str:
    """The text as the document of another service."""
    return merged(text, json.dumps({"metadata": {"name": name}}))


def makes_version(change: str) -> bool:
    # Parity: an update with containers, a model or a processor in it makes a new version (eas-semantics 1), and so does
    # the image that a processor runs in.
    keys = aliases.normalise(document.parse(change).value).document
    return any(key.startswith(("containers", "model", "processor", "data_image")) for key in keys)


def started(want: Desired, now: float) -> Desired:
    return replace(want, goal=Goal.RUN, change=Change.START, settled=False, updated_at=want.moment(now))


def stopped(want: Desired, now: float) -> Desired:
    return replace(want, goal=Goal.STOP, updated_at=want.moment(now))


def restarted(want: Desired, now: float) -> Desired:
    return _begin(replace(want, restarts=want.restarts + 1), Change.RESTART, now)


def deleted(want: Desired, now: float) -> Desired:
    return replace(want, goal=Goal.DELETE, updated_at=want.moment(now))


def locked(want: Desired, lock: Lock) -> Desired:
    return replace(want, lock=lock)


def doomed(want: Desired, there: Collection[str], pods: Collection[str], fate: Fate | None, now: float) -> Desired:
    """With this fate for these instances, of all that are `there`."""
    return replace(want, orders=want.orders.about(there).doomed(pods, fate), updated_at=want.moment(now))


def softly_restarted(want: Desired, there: Collection[str], runs: Collection[SoftRestart], now: float) -> Desired:
    return replace(want, orders=want.orders.about(there).restarted(runs), updated_at=want.moment(now))


def labelled(want: Desired, labels: Mapping[str, str]) -> Desired:
    """Instances do not know of labels, so nothing has to be carried out."""
    together = {**dict(want.service.labels), **labels}
    return replace(want, service=replace(want.service, labels=tuple(together.items())))


def unlabelled(want: Desired, keys: Collection[str]) -> Desired:
    left = tuple((key, value) for key, value in want.service.labels if key not in keys)
    return replace(want, service=replace(want.service, labels=left))


def _kind(before: Desired, after: Desired) -> Change:
    # Parity: a change of only metadata.instance scales; one that replaces no instance is a hot update (eas-semantics 2.1).
    if before.service != after.service == replace(before.service, replicas=after.service.replicas):
        return Change.SCALE
    return Change.HOT_UPDATE if before.fingerprint == after.fingerprint else Change.UPDATE


def _begin(want: Desired, change: Change, now: float) -> Desired:
    """A service that has not run yet is still in its first light, whatever is asked of it meanwhile; and instances that are
    being replaced are, though the next wish would replace none."""
    goes_on = want.in_first_light or (want.is_replacing and change in {Change.SCALE, Change.HOT_UPDATE})
    begun = want.change if goes_on else change
    return replace(want, change=begun, settled=False, updated_at=want.moment(now))
