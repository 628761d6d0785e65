"""One check of one container, and how it went in the words Kubernetes uses."""

import asyncio
import json
import os
import ssl
from collections.abc import Awaitable, Collection
from typing import Any

from eas_local.core.admission import Told
from eas_local.core.probe import Outcome, early_pause
from eas_local.core.service import Check, Exec, HttpGet, Initialized, TcpSocket
from eas_local.core.wire import Target
from eas_local.proxy import client
from eas_local.sidecar.errands import Errands


async def run(target: Target, check: Check, address: str, errands: Errands, ours: Collection[int] = ()) -> Outcome:
    """Against the pod's own address: a server bound to 127.0.0.1 fails here as it does in the cloud.

    On `ours`, the ports of this very program, nobody else can be met. Commands are errands, for the engine alone can run
    them in the container.
    """
    match check.method:
        case HttpGet(port=port) | TcpSocket(port) if port in ours:
            return Outcome(f"port {port} belongs to EAS's engine in the instance; let the container listen on another")
        case HttpGet(path, port, scheme):
            what = f'Get "{scheme.lower()}://{address}:{port}{path}": '
            return await _within(check.timeout, _get(address, port, path, scheme), what)
        case TcpSocket(port):
            return await _within(check.timeout, _connect(address, port), f"dial tcp {address}:{port}: ")
        case Exec() as method:
            return await errands.outcome(target, check, method)
        case Initialized(port):
            return await _initialized(address, port)


async def _get(address: str, port: int, path: str, scheme: str) -> Outcome:
    status = await client.status_of(address, port, path, tls=scheme == "HTTPS")
    # Parity: 200 <= code < 400 passes (eas-semantics 4).
    return Outcome() if 200 <= status < 400 else Outcome(f"HTTP probe failed with statuscode: {status}")


async def _connect(address: str, port: int) -> Outcome:
    await client.connect(address, port)
    return Outcome()


async def _initialized(address: str, port: int) -> Outcome:
    """However long it takes: a host that is not there yet is tried until it is, and answers no sooner than it can say."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        try:
            return _told(*await client.get(address, port, "/"))
        except OSError:
            await asyncio.sleep(early_pause(loop.time() - began))


def _told(status: int, body: bytes) -> Outcome:
    try:
        said = json.loads(body)
        return Outcome(told=_of_code(said)) if status == 200 else Outcome(str(said["failure"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return Outcome(f"the processor's host has answered with status {status} and nothing that can be understood")


def _of_code(said: dict[str, Any]) -> Told:
    """Milliseconds come, as in a service.json."""
    workers, keepalive, queue = int(said["worker_threads"]), said.get("keepalive"), said.get("max_queue_size")
    return Told(workers, keepalive and int(keepalive) / 1000, queue and int(queue))


async def _within(limit: float, checking: Awaitable[Outcome], what: str) -> Outcome:
    try:
        async with asyncio.timeout(limit):
            return await checking
    except TimeoutError:
        return Outcome(f"{what}no answer within {limit:g}s")
    except ssl.SSLError as error:  # an OSError with numbers of its own
        return Outcome(f"{what}tls: {error.reason or error}")
    except OSError as error:
        return Outcome(what + (f"connect: {os.strerror(error.errno).lower()}" if error.errno else str(error)))
