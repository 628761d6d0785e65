"""`python -m tests.fuzz.show TARGET FILE`: runs one input, tells it as a story, and shows what is wrong with it."""

import sys
from pathlib import Path

from tests.fuzz.script import events
from tests.fuzz.targets import TARGETS, asked_by


def main() -> None:
    target, file = sys.argv[1:]
    data = Path(file).read_bytes()
    script = data
    if target == "answers":
        asked, ends = asked_by(data)
        print(f"the client asks {asked!r}; the upstream, which {'ends' if ends else 'stays'} at last, answers:")
        script = data[1:]
    for event in events(script):
        print(event.act.name, event.data or "")
    TARGETS[target](data)
    print("nothing is wrong with it")


if __name__ == "__main__":
    main()
