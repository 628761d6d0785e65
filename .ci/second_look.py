"""Runs the scenarios that have just failed once more, if they are few, and says which passed only then.

A machine that other people use, too, can hold up one wait of hundreds. What fails twice has failed, and so has a run with more
than a few such scenarios.
"""

import json
import subprocess
import sys
from pathlib import Path

FEW = 3
_FAILED = Path(".pytest_cache/v/cache/lastfailed")

failed = sorted(json.loads(_FAILED.read_text())) if _FAILED.exists() else []
if not 1 <= len(failed) <= FEW:
    print(f"second look: {len(failed)} failed, a second look is for 1 to {FEW}")
    sys.exit(1)
again = subprocess.run([".venv/bin/pytest", "-m", "docker", *failed], check=False)  # noqa: S603 - names of our own tests
if again.returncode == 0:
    print("second look: these passed only the second time: " + ", ".join(failed))
sys.exit(again.returncode)
