"""What a run wrote is kept before its container goes, for its log goes with it.

A run that still runs is killed first: what it writes until then counts, and its log has an end. A log that has none all the
same, or cannot be read or kept, keeps nothing from ending.
"""

import asyncio
import logging
from collections import deque
from contextlib import suppress

from eas_local.core.errors import EasError, EngineDown
from eas_local.core.instance import Instance, Run, RunState
from eas_local.core.streams import LogLine
from eas_local.daemon.ports import Engine, RunLogs

log = logging.getLogger(__name__)

KEPT_LINES = 5000
PATIENCE = 5.0


async def keep(engine: Engine, run_logs: RunLogs, instance: Instance, run: Run, patience: float = PATIENCE) -> None:
    """May be cut off and done again, as long as the container is there. Raises EngineDown."""
    if run.state is RunState.RUNNING:
        await engine.signal(run.id, "SIGKILL")
    try:
        lines = await _read(engine, run, patience)
        run_logs.keep(instance.service, instance.name, run.container, run.attempt, lines)
    except EngineDown:
        raise
    except EasError as error:
        log.warning("service=%s instance=%s %s", instance.service, instance.name, error)


async def _read(engine: Engine, run: Run, patience: float) -> list[LogLine]:
    """The last lines; those of the first seconds where it goes on for longer."""
    last: deque[LogLine] = deque(maxlen=KEPT_LINES)
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            async for line in engine.logs(run.id, follow=run.state is RunState.RUNNING, tail=KEPT_LINES):
                last.append(line)
    return list(last)
