"""`python -m tests.bench`: how fast it is, beside what else does the same, in one run. Judges nothing.

All of its parts, or those that are named. How to read what it prints: docs/benchmarks.md.
"""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Collection
from dataclasses import replace
from functools import partial
from pathlib import Path
from subprocess import SubprocessError

from eas_local.proxy.listen import lift_file_limit
from tests.bench import changes, hop, idle, processors, routes, services, starts, streams, way
from tests.bench.contestants import ALL
from tests.bench.plan import QUICK, Plan
from tests.bench.report import Table, write

PARTS = {
    "starts": starts.tables,
    "hop": hop.tables,
    "streams": streams.tables,
    "idle": idle.tables,
    "routes": routes.tables,
    "way": way.tables,
    "services": services.tables,
    "changes": changes.tables,
    "processors": processors.tables,
}
RESULT = Path("artifacts/bench.json")


def main(asked: Namespace) -> None:
    lift_file_limit()
    plan = replace(QUICK if asked.quick else Plan(), names=tuple(asked.contestants), cells=asked.cells)
    done: dict[str, list[Table]] = {}
    for part in asked.parts:
        done[part] = []
        for table in PARTS[part](plan):
            done[part].append(table)
            print(table, flush=True)
            write(RESULT, done)
    print(f"also in {RESULT}")


def parsed(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(prog="tests.bench", description="Measurements; nothing fails on a number.")
    parser.add_argument("parts", nargs="*", default=list(PARTS), type=partial(_one_of, PARTS), help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="one short round, to see that everything runs")
    parser.add_argument("--cells", default="", metavar="WORDS", help='of a hop, those with these words: "64 B, 16"')
    names = {"nargs": "+", "default": ALL, "type": partial(_one_of, ALL), "metavar": "NAME", "help": ", ".join(ALL)}
    parser.add_argument("--contestants", **names)
    return parser.parse_args(arguments)


def _one_of(known: Collection[str], name: str) -> str:
    if name not in known:
        raise ArgumentTypeError(f"{name} is none of {', '.join(known)}")
    return name


if __name__ == "__main__":
    try:
        main(parsed(sys.argv[1:]))
    except (AssertionError, OSError, SubprocessError) as error:
        sys.exit(f"the measurement broke off: {error}")
