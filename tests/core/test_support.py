from pathlib import Path
from typing import get_args

import pytest

from eas_local.core import support
from eas_local.core.aliases import ALIASES
from eas_local.core.field_types import Shape
from eas_local.core.findings import enclosing
from eas_local.core.ledger import ROWS, Level
from eas_local.core.shape import DocumentShape

PAGE = Path(__file__).parents[2] / "docs" / "service-json.md"
REFERENCE = (Path(__file__).parent / "data" / "reference_keys.txt").read_text().split()
CONTAINERS = {"metadata": {"name": "demo"}, "containers": [{"image": "a"}]}


def keys(kind, prefix=""):
    """Every key of the shape that holds a value of its own, lists as []."""
    for name, field in kind.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        nested = shapes_in(field.annotation)
        if not nested:
            yield path
        for inner, many in nested:
            yield from keys(inner, f"{path}[]." if many else f"{path}.")


def shapes_in(annotation, many=False):
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return [(annotation, many)]
    many = many or getattr(annotation, "__origin__", None) is tuple
    return [found for part in get_args(annotation) for found in shapes_in(part, many)]


def covered(field):
    return any(row.field in (field, *(part.removesuffix("[]") for part in enclosing(field))) for row in ROWS)


def noted(document, field):
    (note,) = [note for note in support.explain(CONTAINERS | document) if note.field == field]
    return note.level


@pytest.mark.parametrize("field", sorted({*keys(DocumentShape)}))
def test_every_key_of_the_shape_is_in_the_ledger(field):
    assert covered(field)


@pytest.mark.parametrize("field", REFERENCE)
def test_every_key_of_the_reference_is_in_the_ledger_and_in_the_shape(field):
    assert covered(field)
    assert any(key == field or key.startswith((f"{field}.", f"{field}[")) for key in keys(DocumentShape))


@pytest.mark.parametrize("canonical", sorted({canonical for _, canonical in ALIASES}))
def test_what_an_alias_leads_to_is_in_the_ledger(canonical):
    assert covered(canonical) or any(row.field.startswith(f"{canonical}.") for row in ROWS)


def test_every_row_has_a_reason_and_every_enforced_one_a_scenario():
    for row in ROWS:
        assert len(row.sentence) > 10, row
        assert row.scenario.startswith("test_") == (row.level is Level.ENFORCED), row


def test_the_last_row_of_a_field_needs_no_case():
    last = {row.field: row for row in ROWS}

    assert [row for row in last.values() if row.case] == []


@pytest.mark.parametrize(
    ("document", "field", "level"),
    [
        ({"processor": "pmml"}, "processor", Level.ACCEPTED),
        ({"processor": "pmml", "containers": []}, "processor", Level.REFUSED),
        ({"model_path": "oss://b/m"}, "model_path", Level.ACCEPTED),
        ({"model_path": "oss://b/m", "containers": []}, "model_path", Level.ENFORCED),
        ({"metadata": {"gpu_memory": 10}}, "metadata.gpu_memory", Level.REFUSED),
        ({"metadata": {"gpu_memory": 10, "gpu": "1"}}, "metadata.gpu_memory", Level.ACCEPTED),
        ({"metadata": {"type": "Standard"}}, "metadata.type", Level.ENFORCED),
        ({"metadata": {"type": "Async"}}, "metadata.type", Level.REFUSED),
        ({"metadata": {"enable_grpc": "true"}}, "metadata.enable_grpc", Level.REFUSED),
        ({"metadata": {"workload_type": "elasticjob"}}, "metadata.workload_type", Level.REFUSED),
        ({"metadata": {"rpc": {"proxy_path": "/"}}}, "metadata.rpc.proxy_path", Level.ENFORCED),
        ({"metadata": {"rpc": {"proxy_path": "/v1"}}}, "metadata.rpc.proxy_path", Level.REFUSED),
        ({"metadata": {"rpc": {"decompressor": "gzip"}}}, "metadata.rpc.decompressor", Level.REFUSED),
        ({"metadata": {"rpc": {"keepalive": 5}}}, "metadata.rpc.keepalive", Level.ENFORCED),
        ({"confidential": {"trustee_endpoint": "x"}}, "confidential", Level.REFUSED),
        ({"storage": [{"git": {"repo": "https://x"}}]}, "storage[0].git", Level.REFUSED),
        ({"storage": [{"oss": {"path": "oss://b"}}]}, "storage[0].oss", Level.ENFORCED),
        ({"containers": [{"startup_check": {"exec": {"command": ["a"]}}}]}, "containers[0].startup_check", Level.ENFORCED),
        ({"containers": [{"startup_check": {"tcp_socket": {}}}]}, "containers[0].startup_check", Level.ENFORCED),
        ({"cloud": {"computing": {"instance_type": "ecs.c7a.large"}}}, "cloud.computing", Level.ACCEPTED),
        ({"features": {"eas.aliyun.com/x": "1"}}, "features", Level.ACCEPTED),
    ],
)  # fmt: skip
def test_the_level_of_a_field_depends_on_what_the_file_says(document, field, level):
    assert noted(document, field) is level


@pytest.mark.parametrize(
    "off",
    [
        {"processor": "", "containers": []},
        {"confidential": {"trustee_endpoint": "", "keys": []}},
        {"warm_up_data_path": ""},
        {"metadata": {"gpu_memory": "0"}},
        {"metadata": {"enable_grpc": "False", "rdma": 0, "qos": "", "rpc": {"batching": False}}},
    ],
)
def test_what_is_empty_or_off_is_not_worth_a_note(off):
    assert [note for note in support.explain(off) if note.level is not Level.ENFORCED] == []


def test_notes_are_about_the_fields_that_occur_in_the_order_of_the_document():
    notes = support.explain({"token": "x", "metadata": {"name": "demo", "rdma": 1}, "containers": [{"image": "a"}]})

    assert [note.field for note in notes] == ["token", "metadata.name", "metadata.rdma", "containers[0].image"]
    assert str(notes[2]) == "metadata.rdma: accepted without effect: there is no RDMA network on one machine"


def test_refusals_are_what_keeps_a_service_from_being_created():
    notes = support.explain(CONTAINERS | {"metadata": {"enable_grpc": True, "rdma": 1}})

    assert [note.field for note in support.refusals(notes)] == ["metadata.enable_grpc"]


def test_the_page_is_the_ledger():
    assert PAGE.read_text() == support.page(), "write docs/service-json.md anew from support.page()"
