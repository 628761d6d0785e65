"""What the documentation names is there, and what is there is documented."""

import ast
import re
import tomllib
from pathlib import Path, PurePosixPath

import pytest

from eas_local.adapters import settings
from eas_local.cli.main import COMMANDS
from eas_local.core import mounts, replies, support
from eas_local.core.ledger import ROWS, Level
from eas_local.gateway import tally
from eas_local.proxy.access import Line
from eas_local.sidecar import control, counts
from tests.docs.pages import DATA_PLANE, README, ROOT, blocks, links, pages


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path):
    assert [link for link in links(page) if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str):
    assert f"`eas-local {command}" in README.read_text()


def test_every_variable_is_documented():
    read = set(re.findall(r'"(EAS_LOCAL_\w+)"', Path(settings.__file__).read_text()))

    assert sorted(read - set(re.findall(r"`(EAS_LOCAL_\w+)`", README.read_text()))) == []


def test_the_configuration_that_is_shown_is_one():
    (shown,) = blocks(README, "toml")

    table = tomllib.loads(shown)

    mapping = mounts.parse(table["mounts"], PurePosixPath("/here"))
    assert str(mounts.locate("oss://my-bucket/models/a", mapping, PurePosixPath("/home")).path) == "/here/models/a"
    assert table["images"]


def test_the_page_of_fields_is_the_ledger():
    assert (ROOT / "docs" / "service-json.md").read_text() == support.page()


def test_every_scenario_that_the_ledger_names_exists():
    trees = [ast.parse(file.read_text()) for file in ROOT.glob("tests/scenarios/test_*.py")]
    written = {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}

    named = {row.scenario for row in ROWS if row.level is Level.ENFORCED}

    assert sorted(named - written) == []


def test_every_status_of_ours_is_explained():
    ours = {reply.status for reply in vars(replies).values() if isinstance(reply, replies.Reply)}
    explained = {int(status) for status in re.findall(r"^\| (\d{3}) \|", DATA_PLANE.read_text(), re.MULTILINE)}

    assert explained == ours | {replies.CLIENT_LEFT}


def test_every_metric_is_explained():
    sidecars = "".join(Path(module.__file__).read_text() for module in (counts, control))
    counted = {*re.findall(r'"(eas_\w+)"', sidecars), *(family.name for family in tally.families({}))}

    assert sorted(counted - set(re.findall(r"`(eas_[a-z_]+)`", DATA_PLANE.read_text()))) == []


def test_every_field_of_the_log_is_explained():
    text = DATA_PLANE.read_text()

    assert [field for field in Line._fields if f"`{field}`" not in text] == []


@pytest.mark.parametrize("folder", sorted(path.parent.name for path in ROOT.glob("sample_services/*/service.json")))
def test_every_sample_is_linked(folder: str):
    assert f"sample_services/{folder}" in links(README)
