"""What a soak was like, as two tables."""

from collections.abc import Iterator

from tests.soak.world import World


def report(world: World) -> str:
    return "\n".join((*_requests(world), "", *_programs(world), "", *_happened(world)))


def _requests(world: World) -> Iterator[str]:
    yield f"{'service':8} {'asked for':16} {'requests':>8}   answers"
    for (service, what), outcomes in sorted(world.seen.items()):
        said = ", ".join(f"{outcome}: {count}" for outcome, count in sorted(outcomes.items()))
        yield f"{service:8} {what:16} {outcomes.total():8}   {said}"


def _programs(world: World) -> Iterator[str]:
    yield f"{'program':12} {'starts':>6} {'MiB warm':>9} {'end':>6} {'peak':>6} {'files idle':>11} {'end':>6}"
    for one in world.programs:
        warm = f"{one.warm:.1f}" if one in world.lasting else "-"
        memory = f"{warm:>9} {one.calm:6.1f} {one.peak:6.1f}"
        yield f"{one.name:12} {one.starts:6} {memory} {one.idle_files:11} {one.files:6}"


def _happened(world: World) -> Iterator[str]:
    yield ", ".join(f"{what.replace('_', ' ')}: {count}" for what, count in sorted(world.done.items()))
