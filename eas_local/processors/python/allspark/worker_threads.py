"""One process, whose threads call `process` at the same time."""

import functools
from typing import TYPE_CHECKING, List, Tuple

from . import answer, loading
from .front import Front
from .server import Call
from .settings import Settings

if TYPE_CHECKING:
    from .processor import BaseProcessor


def begin(processor: "BaseProcessor", _: Front, told: Settings) -> Tuple[List[Call], str]:
    """What each worker calls, and why the recorded request failed."""
    call = functools.partial(answer.of, processor.process)
    failure = loading.load(processor, call, told)
    return [call] * (told.worker_threads or processor.worker_threads), failure
