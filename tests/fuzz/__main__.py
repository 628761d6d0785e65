"""`python -m tests.fuzz [--seconds N] [--seed N]`: every target for so long, one after the other. Fails at a finding.

With a seed the inputs are the same ones each time, so that a change is judged by what it did.

A finding is an input: it lies in artifacts/fuzz, is shown by `python -m tests.fuzz.show`, and belongs into the corpus once
it is mended, where the tests run it for ever. What else was learnt is kept in .cache/fuzz for the next time.
"""

import argparse
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.fuzz.targets import SEEDS, TARGETS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LEARNT = ROOT / ".cache" / "fuzz"
FOUND = ROOT / "artifacts" / "fuzz"
GRACE = 60

_INPUTS = re.compile(r"stat::number_of_executed_units: (\d+)")
_COVERAGE = re.compile(r"cov: (\d+) ft: (\d+)")


@dataclass(frozen=True, slots=True)
class Run:
    """Of one target. `said` is all that the fuzzer printed, `finding` the input that it stopped at."""

    target: str
    seconds: float
    said: str
    finding: str = ""

    def __str__(self) -> str:
        (inputs,) = _INPUTS.findall(self.said)[-1:] or "?"
        edges, features = (_COVERAGE.findall(self.said) or ["??"])[-1]
        return (
            f"{self.target:14} {inputs:>8} {self.seconds:8.0f} {edges:>8} {features:>9}   {self.finding or 'nothing'}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.fuzz", description="Fuzzes the proxy.")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--seed", type=int, default=0, help="of the inputs; others every time where it is 0")
    parser.add_argument("--target", choices=TARGETS, action="append", help="this one, not all of them")
    arguments = parser.parse_args()
    runs = [fuzzed(target, arguments.seconds, arguments.seed) for target in arguments.target or TARGETS]
    print(f"\n{'target':14} {'inputs':>8} {'seconds':>8} {'edges':>8} {'features':>9}   found")
    print(*runs, sep="\n")
    return int(any(run.finding for run in runs))


def fuzzed(target: str, seconds: int, seed: int) -> Run:
    learnt, found = LEARNT / target, FOUND / target
    for folder in (learnt, found):
        folder.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        f"-artifact_prefix={found}/",
        f"-dict={HERE / 'words.dict'}",
        f"-timeout={10 * (seconds + GRACE)}",
        "-rss_limit_mb=2048",
        "-max_len=2048",
        "-print_final_stats=1",
    ]
    seeds = [str(HERE / "corpus" / name) for name in SEEDS.get(target, (target,))]
    command = [sys.executable, "-m", "tests.fuzz.one", target, *options, str(learnt), *seeds]
    began = time.monotonic()
    code, said = _run(command, seconds + GRACE)
    run = Run(target, time.monotonic() - began, said)
    if code == 0:
        return run
    print(said[-6000:])
    where = re.search(r"Test unit written to (\S+)", said)
    return replace(run, finding=where[1] if where else f"exit code {code}")


def _run(command: Sequence[str], within: int) -> tuple[int, str]:
    """The exit code and what it said. One that hangs is made to write down what it hangs at.

    The fuzzer's own timer is not used: now and then its signal ends the fuzzer itself.
    """
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        try:
            said, _ = process.communicate(timeout=within)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)
            said, _ = process.communicate()
        return process.returncode, said


if __name__ == "__main__":
    sys.exit(main())
