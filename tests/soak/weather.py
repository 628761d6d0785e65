"""What happens to the programs meanwhile: killed, reconfigured, given other routes."""

import time
from dataclasses import replace
from signal import SIGKILL

from tests.soak.world import CALM, FEW, LIMITS, MANY, TOKEN, World


async def kills(world: World) -> None:
    """Any instance but the first of a service, which then takes everything."""
    random = world.random("kills")
    while await world.pause(random.uniform(2, 5)):
        sidecar = random.choice(world.sidecars[MANY][1:])
        with world.trouble(MANY):
            await sidecar.program.end(SIGKILL)
            await world.pause(random.random())
            await world.restart(sidecar)
        world.done["sidecars killed"] += 1


async def drains(world: World) -> None:
    """An instance takes nobody new for a while."""
    random = world.random("drains")
    while await world.pause(random.uniform(1, 4)):
        sidecar = world.sidecars[MANY][0]
        with world.trouble(MANY):
            await sidecar.put(draining_since=time.time())
            await world.pause(random.random() / 2)
            await sidecar.put(draining_since=0)
            await sidecar.ready()
        world.done["drains"] += 1


async def configurations(world: World) -> None:
    """Limits, tokens and the container that takes the traffic change under running requests, and nobody notices."""
    random = world.random("configurations")
    while await world.pause(random.uniform(0.2, 1)):
        sidecar = random.choice(world.sidecars[FEW] + world.sidecars[CALM])
        limits = LIMITS[sidecar.config.service]
        if limits.worker_threads:
            limits = replace(limits, worker_threads=random.randint(1, 4), max_queue_size=random.randint(0, 8))
        tokens = random.choice(((TOKEN,), ("another", TOKEN)))
        await sidecar.put(limits=limits, tokens=tokens, targets=sidecar.config.targets[::-1])
        world.done["configurations"] += 1


async def routes(world: World) -> None:
    """Instances come and go in the table, the first of each service apart."""
    random = world.random("routes")
    while await world.pause(random.uniform(0.1, 0.6)):
        entries = []
        for service, (first, *others) in world.sidecars.items():
            policy = {"concurrency_limit": random.randint(3, 10)} if service == FEW and random.random() < 0.3 else {}
            entries.append(
                world.entry(service, [first, *random.sample(others, random.randint(0, len(others)))], **policy)
            )
        random.shuffle(entries)
        await world.gateway.publish(*entries)
        world.done["route tables"] += 1


WEATHER = (kills, drains, configurations, routes)
