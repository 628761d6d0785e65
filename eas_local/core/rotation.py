"""Whose turn it is: backends have their share of the turns by weight, and each gives its own to its members in order."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from math import gcd
from typing import Generic, TypeVar

T = TypeVar("T")


class Rotation(Generic[T]):
    """Made once from (weight, members) of each backend; what one turn costs does not depend on how many there are.

    A backend without members gives its turns to the others. Weights that are all 0 count the same.
    """

    __slots__ = ("_ends", "_members", "_weights")

    def __init__(self, backends: Iterable[tuple[int, Sequence[T]]]) -> None:
        filled = [(weight, members) for weight, members in backends if members]
        self._members = [members for _, members in filled]
        self._weights = _reduced([weight for weight, _ in filled])
        self._ends = list(accumulate(self._weights))

    def first(self, turn: int) -> T | None:
        """Who takes the `turn`-th request, None where there is nobody."""
        if not self._ends:
            return None
        place, own = self._backend_of(turn)
        members = self._members[place]
        return members[own % len(members)]

    def order(self, turn: int) -> Iterator[T]:
        """Everybody, in the order to try for the `turn`-th request: the backend whose turn it is, then the others."""
        place, own = self._backend_of(turn) if self._ends else (0, 0)
        for members in rotated(self._members, place):
            yield from rotated(members, own)

    def _backend_of(self, turn: int) -> tuple[int, int]:
        """The place of the backend, and how many turns it has had before."""
        round_, within = divmod(turn, self._ends[-1])
        place = bisect_right(self._ends, within)
        weight = self._weights[place]
        return place, round_ * weight + within - (self._ends[place] - weight)


def rotated(items: Sequence[T], turn: int) -> Iterator[T]:
    """All of them, beginning with another one each turn."""
    for place in range(len(items)):
        yield items[(turn + place) % len(items)]


def _reduced(weights: list[int]) -> list[int]:
    """In lowest terms, so that 80 to 20 is four requests to one and not eighty to twenty."""
    common = gcd(*weights)
    return [weight // common for weight in weights] if common else [1] * len(weights)
