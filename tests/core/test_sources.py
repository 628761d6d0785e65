"""Addresses that a processor's things come from."""

import pytest

from eas_local.core.pod import Bind
from eas_local.core.processor import Language, Processor
from eas_local.core.sources import Found, binds, canonical, file_name, local_paths, parts, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("./model", "./model"),
        ("/abs/echo.tar.gz", "/abs/echo.tar.gz"),
        ("file:///abs/model", "/abs/model"),
        ("oss://b.oss-cn-hangzhou.aliyuncs.com//x/", "oss://b/x"),
        ("OSS://b/x", "oss://b/x"),
        ("HTTP://Host/x?y=1#z", "http://Host/x?y=1"),
        (" https://h:8443/x ", "https://h:8443/x"),
    ],
)
def test_an_address_has_one_spelling_and_a_path_stays_as_written(text, expected):
    assert canonical(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("s3://bucket/x", "nowhere to fetch from"),
        ("oss:///x", "names no bucket"),
        ("oss://b/../x", "leads out of the bucket"),
        ("http:///x", "names no host"),
        ("http://h:many/x", "is no address"),
        ("", "must be a path"),
        ("a\0b", "must be a path"),
    ],
)
def test_what_cannot_be_fetched_is_refused_in_a_sentence(text, reason):
    with pytest.raises(ValueError, match=reason):
        canonical(text)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("http://h/a/model.pmml?x=/y", "model.pmml"),
        ("http://h/a/", "a"),
        ("http://h", "download"),
        ("http://h/..%2f..%2fevil", "evil"),
        ("http://h/%2e%2e", "download"),
        ("http://h/" + "x" * 500 + ".zip", "x" * 76 + ".zip"),
    ],
)
def test_a_file_from_the_network_has_a_harmless_name(address, name):
    assert file_name(address) == name


def test_signatures_and_passwords_are_shown_to_nobody():
    assert shown("https://user:secret@h:1/x.zip?Signature=secret") == "https://h:1/x.zip?..."
    assert shown("./model?x") == "./model?x"


def a_processor(**fields) -> Processor:
    return Processor(Language.PYTHON, "app.py", fields.pop("package", "./app"), **fields)


def test_only_what_the_file_names_is_fetched_and_a_recorded_request_is_never_unpacked():
    found = parts(a_processor(model="oss://b/m", warm_up="http://h/warm"))
    assert [(str(part), part.unpacked) for part in found] == [
        ("processor_path ./app", True),
        ("model_path oss://b/m", True),
        ("warm_up_data_path http://h/warm", False),
    ]
    assert len(parts(a_processor())) == 1


def test_paths_of_this_machine_are_told_from_addresses():
    assert local_paths(a_processor(model="/etc", warm_up="http://h/warm")) == {"./app", "/etc"}
    assert local_paths(None) == frozenset()


def test_a_model_is_seen_where_processors_look_and_a_single_file_under_its_name():
    found = binds(Found("/p"), Found("/m/model.pmml", "model.pmml"), Found("/w/warm.bin", "warm.bin"), "/s")
    assert found == tuple(
        Bind(source, target, read_only=True)
        for source, target in (
            ("/p", "/eas/processor/package"),
            ("/s", "/eas/processor/settings"),
            ("/m/model.pmml", "/eas/workspace/model/model.pmml"),
            ("/m/model.pmml", "/home/admin/docker_ml/workspace/model/model.pmml"),
            ("/w/warm.bin", "/eas/processor/warm_up"),
        )
    )
