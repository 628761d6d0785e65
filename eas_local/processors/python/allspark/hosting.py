"""How a processor is run: it is loaded, computes the recorded request, and its workers begin."""

import os
import threading
from typing import TYPE_CHECKING, List

from . import log, worker_processes, worker_threads
from .front import Front
from .properties import default_properties
from .server import Call, Server, Stopped
from .settings import Settings

if TYPE_CHECKING:
    from .processor import BaseProcessor


def host(processor: "BaseProcessor", front: Front, told: Settings) -> None:
    """Returns when it is told to stop."""
    try:
        _begin(processor, front, told)
        front.server.stopped.wait()
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _begin(processor: "BaseProcessor", front: Front, told: Settings) -> None:
    """Loaded in its threads or its children; then each worker has one of the calls to itself."""
    _open(front)
    front.announce()
    kind = worker_processes if processor.worker_processes > 1 else worker_threads
    calls, failure = kind.begin(processor, front, told)
    default_properties().put("rpc.worker_threads", len(calls))
    default_properties().put("rpc.io_threads", processor.io_threads)
    if failure:
        front.failed(failure)
        return
    _serve(front.server, calls)
    front.ready(len(calls))


def _open(front: Front) -> None:
    """Before anything is loaded: where the port is taken, that would be for nothing."""
    try:
        front.open()
    except OSError as error:
        log.last_words('{}; name another one, such as endpoint="127.0.0.1:8081", in the constructor'.format(error))
        raise SystemExit(1) from None


def _serve(server: Server, calls: List[Call]) -> None:
    # Parity: the engine's own words (eas-semantics 5, `eascmd test`).
    log.info("Start {} worker thread".format(len(calls)))
    for call in calls:
        threading.Thread(target=_work, args=(server, call), daemon=True).start()


def _work(server: Server, call: Call) -> None:
    try:
        while True:
            client = server.take()
            assert client is not None
            client.answer(*call(client.body))
    except Stopped:
        pass
    except OSError as error:
        # A port that is dead ends the program, or nobody would ever know: it would go on to be ready.
        log.last_words("requests cannot come in: {}; code must not close files that it has not opened".format(error))
        os._exit(1)
