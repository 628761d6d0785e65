"""The ledger promises that its enforced fields are proved by scenarios; these are the scenarios."""

import ast
from pathlib import Path

from eas_local.core.ledger import ROWS, Level

SCENARIOS = Path(__file__).parent


def test_every_scenario_that_the_ledger_names_exists():
    trees = [ast.parse(file.read_text()) for file in SCENARIOS.glob("test_*.py")]
    written = {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}

    named = {row.scenario for row in ROWS if row.level is Level.ENFORCED}

    assert sorted(named - written) == []
