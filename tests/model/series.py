"""Wishes and faults in any order."""

from tests.model.asking import Asking
from tests.model.breaking import Breaking


class Series(Asking, Breaking):
    pass
