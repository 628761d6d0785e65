"""`python -m tests.soak [--seconds N] [--seed S]`: the programs under random faults, and whether they come to rest again.

While it lasts, every client that behaves must get a complete and correct answer, or a status that it may get there. When
it is over, no connection is open, no slot in use, no file held, no memory lost, and no traceback in a log.
"""

import argparse
import asyncio
import random
import sys
from contextlib import suppress

from tests.soak.polite import polite
from tests.soak.programs import settled
from tests.soak.report import report
from tests.soak.rude import rude
from tests.soak.weather import WEATHER
from tests.soak.world import World, a_world, stop

POLITE, RUDE = 20, 24
WARM = 0.3
"""The part of the time after which the programs have all the memory they should ever need."""
GROWTH = {True: 6.0, False: 16.0}
"""MiB that one may have more at the end, where it gives back what it does not use and where it need not."""
CALM_WITHIN = 40
"""Seconds to come to rest: idle connections between the programs end after ten, lingering ones after two."""


async def soak(seconds: int, seed: int) -> int:
    async with a_world(seed) as world:
        await _live(world, seconds)
        await _come_to_rest(world)
        await _look_back(world)
        print(report(world))
        await stop(world)
        print(*(f"WRONG: {sentence}" for sentence in world.wrong[:50]), sep="\n")
        return int(bool(world.wrong))


async def _live(world: World, seconds: int) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(POLITE):
            group.create_task(polite(world, f"polite {number}"))
        for number in range(RUDE):
            group.create_task(rude(world, f"rude {number}"))
        for happening in WEATHER:
            group.create_task(happening(world))
        await asyncio.sleep(seconds * WARM)
        for program in world.lasting:
            program.warm = await program.memory()
        await asyncio.sleep(seconds * (1 - WARM))
        world.over.set()


async def _come_to_rest(world: World) -> None:
    with suppress(TimeoutError):
        await settled(world.quiet, CALM_WITHIN)
        return
    world.wrong += await world.going_on()


async def _look_back(world: World) -> None:
    for program in world.programs:
        program.calm = await program.memory()
        world.wrong += [f"{program.name} says: {line}" for line in program.complaints]
    for program in world.lasting:
        if program.calm > program.warm + GROWTH[program.trims]:
            world.wrong.append(f"{program.name} grew from {program.warm:.1f} to {program.calm:.1f} MiB")
    for container in world.containers:
        world.wrong += [f"a container was sent what is no request: {line}" for line in container.malformed]


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.soak", description="Soaks the sidecar and the gateway.")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}, {arguments.seconds} s")
    return asyncio.run(soak(arguments.seconds, arguments.seed))


if __name__ == "__main__":
    sys.exit(main())
