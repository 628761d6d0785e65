"""The stage that a row needs, opened for the first that does. A row that went wrong is the last one on its stage."""

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from tests.chaos.faults import Victim
from tests.chaos.rows import Row
from tests.chaos.stage import Stage, a_stage
from tests.scenarios.engine import connected
from tests.scenarios.second_engine import SecondEngine, a_second_engine


class Stages:
    """Left at the end of the block, each with everything that it has made."""

    def __init__(self) -> None:
        self._engine: SecondEngine | None = None
        self._engines = ExitStack()
        self._open: dict[bool, tuple[Stage, ExitStack]] = {}

    def play(self, row: Row) -> float:
        """The seconds from the kill until everything was at rest again."""
        ours = row.victim is Victim.ENGINE
        try:
            return self._stage(ours).play(row)
        except BaseException:
            self._leave(ours)
            raise

    def _stage(self, own_engine: bool) -> Stage:
        if own_engine not in self._open:
            leaving = ExitStack()
            stage = leaving.enter_context(a_stage(self._own_engine() if own_engine else None))
            self._open[own_engine] = stage, leaving
        return self._open[own_engine][0]

    def _own_engine(self) -> SecondEngine:
        if self._engine is None:
            first = self._engines.enter_context(connected())
            self._engine = self._engines.enter_context(a_second_engine(first))
        return self._engine

    def _leave(self, own_engine: bool) -> None:
        if own_engine in self._open:
            self._open.pop(own_engine)[1].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._engines:
            for own_engine in list(self._open):
                self._leave(own_engine)
