"""Every input that was ever worth keeping holds what must hold of all of them."""

from pathlib import Path

import pytest

from tests.fuzz.targets import SEEDS, TARGETS

CORPUS = Path(__file__).parent / "corpus"
ROWS = [
    (target, path)
    for target in TARGETS
    for name in SEEDS.get(target, (target,))
    for path in sorted((CORPUS / name).iterdir())
]


@pytest.mark.parametrize(("target", "path"), ROWS, ids=[f"{target}-{path.name}" for target, path in ROWS])
def test_the_proxy_does_nothing_it_must_not_do(target, path):
    TARGETS[target](path.read_bytes())
