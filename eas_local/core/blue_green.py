"""Blue-green, decided: which services may share an endpoint, and what is wanted of them then.

The first service's endpoint stays the entry for ever: whoever is made beside a service that answers it answers it as well
once it is released, and alone when the other one is deleted.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from eas_local.core.desired import Desired, Goal
from eas_local.core.errors import NameInUse, NotFound, WrongState
from eas_local.core.release import Release

# Parity: a service's name has at most 63 characters (eas-semantics 1).
_LONGEST = 63


def beside(name: str, wanted: Sequence[Desired], random: bytes) -> tuple[str, Release]:
    """How a service is called that is made beside the one of this name, or beside the one that answers its endpoint, and
    what it knows of that. Raises EasError where there is none, or where there are two already.

    # Parity: the file carries the old service's name, and eight random hexadecimal digits are added (eascmd page).
    """
    entry = next((want.entry for want in wanted if name in {want.name, want.entry}), None)
    if entry is None:
        raise NotFound(f'there is no service "{name}" to make another one beside; create it without -r')
    older, *others = behind(entry, wanted)
    if others:
        both = " and ".join(want.name for want in (older, *others))
        raise NameInUse(f'endpoint "{entry}" has two services, {both}; delete one of them before another one is made')
    if older.goal is Goal.DELETE:
        raise WrongState(f'service "{older.name}" is being deleted; wait until it is gone, then create without -r')
    suffix = f"_{random.hex()}"
    token = older.release.token if older.release else older.token
    return entry[: _LONGEST - len(suffix)] + suffix, Release(entry, token, generation=older.generation + 1)


def behind(entry: str, wanted: Iterable[Desired]) -> list[Desired]:
    """The services of an endpoint, those too that do not share it yet; the older one first."""
    return sorted((want for want in wanted if want.entry == entry), key=lambda want: want.generation)


def released(want: Desired, wanted: Iterable[Desired], percent: int, now: float) -> Desired:
    """The newer of two services with the weight that gives this one so many percent."""
    newer, release = _newer(want, wanted)
    weight = percent if newer.name == want.name else 100 - percent
    return replace(newer, release=replace(release, weight=weight), updated_at=newer.moment(now))


def parted(want: Desired, wanted: Iterable[Desired], now: float) -> Desired:
    """With an endpoint of its own again; as it was where it has that anyway."""
    newer = behind(want.entry, wanted)[-1]
    if newer.release is None or newer.release.weight is None:
        return want
    if newer.name != want.name:
        raise WrongState(
            f'service "{want.name}" answers the endpoint that "{newer.name}" shares; it is {newer.name} that can part'
        )
    return replace(newer, release=replace(newer.release, weight=None), updated_at=newer.moment(now))


def following(want: Desired, wanted: Iterable[Desired]) -> Iterator[Desired]:
    """Services that answer this one's endpoint too, where its callers have another token from now on."""
    for other in wanted:
        if other.release and other.release.entry == want.name and other.release.token != want.token:
            yield replace(other, release=replace(other.release, token=want.token))


def _newer(want: Desired, wanted: Iterable[Desired]) -> tuple[Desired, Release]:
    """Raises WrongState where there are not two."""
    there = behind(want.entry, wanted)
    newer = there[-1]
    if len(there) < 2 or newer.release is None:
        raise WrongState(
            f'service "{want.name}" shares its endpoint with no other, and gets all of its requests; '
            "eas-local create -r FILE makes one beside it"
        )
    for one in there:
        if one.goal is Goal.DELETE:
            raise WrongState(f'service "{one.name}" is being deleted; all requests go to the other one')
    return newer, newer.release
