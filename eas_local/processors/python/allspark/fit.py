"""Whether a processor can be run at all: said before anything is loaded, in words that name what is to be written."""

import inspect
from typing import Any

from . import log

_FORMS = {"initialize": "def initialize(self)", "process": "def process(self, data)"}


def check(processor: Any, base: type) -> None:
    """Ends the program where it cannot."""
    name = type(processor).__name__
    for method, form in _FORMS.items():
        if getattr(getattr(processor, method), "__func__", None) is getattr(base, method):
            _end('class {} has no {}; write "{}: ..." in it'.format(name, method, form))
    _check_call(processor.initialize, name, "initialize")
    _check_call(processor.process, name, "process", b"")
    for number in ("worker_threads", "worker_processes"):
        if getattr(processor, number) < 1:
            _end("{} of class {} is {}; it must be at least 1".format(number, name, getattr(processor, number)))


def _check_call(method: Any, name: str, called: str, *arguments: bytes) -> None:
    try:
        signature = inspect.signature(method)
    except (TypeError, ValueError):
        return  # written in C: it shows when it is called
    try:
        signature.bind(*arguments)
    except TypeError:
        what = '{} of class {} has other parameters than it is called with; write "{}: ..."'
        _end(what.format(called, name, _FORMS[called]))


def _end(sentence: str) -> None:
    log.last_words(sentence)
    raise SystemExit(1)
