"""Who serves, where somebody wants others to or nobody to: an update that is paused, and instances that are isolated."""

from collections import Counter
from collections.abc import Iterator, Sequence

from eas_local.core import planner, status
from eas_local.core.desired import Desired
from eas_local.core.diagnosis.report import Cause, Diagnosis
from eas_local.core.instance import Instance
from eas_local.core.orders import Fate
from eas_local.core.status import Snapshot


def paused(seen: Snapshot) -> Iterator[Diagnosis]:
    """Of an update whose new instances do not come as far as they should: what serves meanwhile, and the ways out."""
    want = seen.want
    before = [i for i in planner.staying(want, seen.instances) if i.fingerprint != want.fingerprint]
    if not before:
        return
    sentence = f"the update to {_name(want, before)} is paused: {_served_by(want, before)}"
    # Parity: an update whose new instance fails pauses, and the instances of before go on serving (eas-semantics 7.7).
    yield Diagnosis("The update is paused.", (Cause("UpdatePaused", sentence, _ways_out(want, before)),))


def isolated(seen: Snapshot) -> Iterator[Diagnosis]:
    """Where nobody takes requests for it."""
    apart, others = status.isolated(seen.want, seen.instances), _others(seen)
    if apart and not any(i.ready for i in others):
        rest = ", and no other is ready" if others else ""
        sentence = f"nobody takes requests: {_of_them(apart)}{rest}"
        advice = f"have them serve again: {status.rejoin(seen.want, apart)}"
        yield Diagnosis("All instances are isolated.", (Cause("Isolated", sentence, advice),))


def notes(seen: Snapshot) -> Iterator[str]:
    """What is isolated while others serve."""
    apart = status.isolated(seen.want, seen.instances)
    if apart and any(i.ready for i in _others(seen)):
        yield f"{_of_them(apart)} and gets no requests; to take that back: {status.rejoin(seen.want, apart)}"


def _others(seen: Snapshot) -> list[Instance]:
    return [i for i in planner.staying(seen.want, seen.instances) if seen.want.orders.fate(i.name) is not Fate.ISOLATED]


def _of_them(apart: Sequence[Instance]) -> str:
    return f"1 instance is isolated ({apart[0].name})" if len(apart) == 1 else f"{len(apart)} instances are isolated"


def _name(want: Desired, before: Sequence[Instance]) -> str:
    """By its version, where that tells it from what was before."""
    same = any(i.version == want.version for i in before)
    return f"revision {want.fingerprint}" if same else f"version {want.version}"


def _served_by(want: Desired, before: Sequence[Instance]) -> str:
    serving = Counter(_revision(want, i) for i in before if i.ready)
    if not serving:
        return "its new instances fail, and of those before none is ready"
    told = (f"{count} instance{'s' * (count != 1)} of {revision}" for revision, count in serving.items())
    return f"its new instances fail, and {' and '.join(told)} serve{'s' * (serving.total() == 1)} meanwhile"


def _revision(want: Desired, instance: Instance) -> str:
    if instance.version == want.version:
        return f"revision {instance.fingerprint}"
    return f"version {instance.version} (revision {instance.fingerprint})"


def _ways_out(want: Desired, before: Sequence[Instance]) -> str:
    """No version brings back what a change without a version has replaced."""
    versions = [i.version for i in before if i.version != want.version]
    back = f", or go back: eas-local version {want.name} {max(versions)}" if versions else ""
    modify = f"with eas-local modify {want.name}{back}"
    if want.service.processor:
        return f"correct the code, then eas-local restart {want.name}; or the document {modify}"
    return f"correct what they fail of {modify}"
