"""Several forked children, each initialized for itself and computing one request at a time.

The parent has the port, and for each child a thread that brings it requests. The end of one child ends all, and the parent
says why in its last line.
"""

import functools
import os
import signal
import socket
import sys
import threading
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, List, NoReturn, Tuple

from . import answer, loading, log
from .front import Front
from .pipe import Pipe
from .server import Answer, Call
from .settings import Settings

if TYPE_CHECKING:
    from .processor import BaseProcessor

_WORDS = 4096


class Child:
    """`words` is where it leaves the reason of its end."""

    def __init__(self, pid: int, pipe: Pipe, words: int) -> None:
        self.pid = pid
        self.pipe = pipe
        self._words = words

    def loaded(self) -> str:
        """Why the recorded request failed; waits until that is known."""
        return self._received()[1].decode("utf-8", "replace")

    def call(self, data: bytes) -> Answer:
        try:
            self.pipe.send(0, data)
        except OSError:
            _wait_for_the_end()
        status, body = self._received()
        return body, status

    def reason(self) -> Tuple[str, int]:
        """Waits for its end: how it came, and the exit code that tells so."""
        _, status = os.waitpid(self.pid, 0)
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            return "was ended by {}".format(signal.Signals(number).name), 128 + number
        code = os.WEXITSTATUS(status)
        return self._last_words() or "ended with exit code {}".format(code), code or 1

    def _last_words(self) -> str:
        """A child of its own may live on with the other end, so that none are told by no end either."""
        os.set_blocking(self._words, False)
        with suppress(BlockingIOError):
            return os.read(self._words, _WORDS).decode("utf-8", "replace")
        return ""

    def _received(self) -> Tuple[int, bytes]:
        try:
            return self.pipe.receive()
        except (EOFError, OSError):
            _wait_for_the_end()


def begin(processor: "BaseProcessor", front: Front, told: Settings) -> Tuple[List[Call], str]:
    """What each worker calls, and why the recorded request failed."""
    children: List[Child] = []
    for _ in range(processor.worker_processes):
        children.append(_fork(processor, front, told, children))
    ending = threading.Lock()
    for child in children:
        threading.Thread(target=_end_with, args=(child, children, ending), daemon=True).start()
    failures = [child.loaded() for child in children]
    return [child.call for child in children], next(filter(None, failures), "")


def _fork(processor: "BaseProcessor", front: Front, told: Settings, siblings: List[Child]) -> Child:
    ours, theirs = socket.socketpair()
    words, last_words = os.pipe()
    sys.stdout.flush()
    front.open()
    pid = os.fork()
    if pid == 0:
        ours.close()
        for sibling in siblings:
            sibling.pipe.close()
        front.leave()
        _live(processor, told, Pipe(theirs), last_words)
    theirs.close()
    os.close(last_words)
    return Child(pid, Pipe(ours), words)


# Parity: what process does not catch ends the child, and the service with it (wire-contract 5.1).
def _end_with(child: Child, children: List[Child], ending: threading.Lock) -> None:
    how, code = child.reason()
    ending.acquire()  # for good: those that it takes with it have no say
    for other in children:
        with suppress(ProcessLookupError):
            os.kill(other.pid, signal.SIGKILL)
    log.last_words("a worker process {}, and all end with it".format(how))
    os._exit(code)


def _wait_for_the_end() -> NoReturn:
    """Of a call whose child is gone: `_end_with` is about to end everything."""
    while True:
        threading.Event().wait()


# -- in the child


def _live(processor: "BaseProcessor", told: Settings, pipe: Pipe, last_words: int) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends, and each child with it
    try:
        _serve(processor, told, pipe)
    except BaseException as error:  # noqa: BLE001 - a child never leaves the fork but by its end
        log.exception()
        os.write(last_words, _told(error).encode("utf-8", "replace")[:_WORDS])
        sys.stderr.flush()
        os._exit(_code(error))
    os._exit(0)


def _serve(processor: "BaseProcessor", told: Settings, pipe: Pipe) -> None:
    failure = loading.load(processor, functools.partial(answer.of, processor.process), told)
    pipe.send(0, failure.encode())
    while True:
        try:
            _, data = pipe.receive()
        except EOFError:
            return
        body, status = answer.strictly_judged(processor.process(data))
        pipe.send(status, body)


def _told(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "called sys.exit({!r})".format(error.code)
    frames = traceback.extract_tb(error.__traceback__)
    place = " ({}, line {})".format(frames[-1].filename, frames[-1].lineno) if frames else ""
    return "ended: {}: {}{}".format(type(error).__name__, answer.said(error), place)


def _code(error: BaseException) -> int:
    return error.code if isinstance(error, SystemExit) and isinstance(error.code, int) and error.code else 1
