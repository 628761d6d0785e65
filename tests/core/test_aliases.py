import pytest

from eas_local.core.aliases import ALIASES, normalise


def nested(dotted, value):
    for step in reversed(dotted.split(".")):
        value = {step: value}
    return value


@pytest.mark.parametrize(
    "spelling",
    [
        {"metadata": {"rpc": {"keepalive": 5}}},
        {"metadata": {"rpc.keepalive": 5}},
        {"metadata.rpc.keepalive": 5},
        {"metadata.rpc": {"keepalive": 5}},
        {"rpc": {"keepalive": 5}},
        {"rpc.keepalive": 5},
    ],
)
def test_every_spelling_of_a_key_means_the_same(spelling):
    assert normalise(spelling).document == {"metadata": {"rpc": {"keepalive": 5}}}


@pytest.mark.parametrize(("alias", "canonical"), ALIASES)
@pytest.mark.parametrize("spell", [nested, lambda dotted, value: {dotted: value}])
def test_every_older_name_becomes_todays(alias, canonical, spell):
    read = normalise(spell(alias, {"of": "any"}))

    assert read.document == nested(canonical, {"of": "any"})
    assert read.problems == ()


def test_items_of_lists_have_older_names_too():
    document = {
        "containers": [{"health_check": {"tcp_socket.port": 80}}],
        "storage": [{"oss.read_only": True}, {"dataset": {"readOnly": True}}, {"cpfs.file_system_id": "cpfs-1"}],
    }

    assert normalise(document).document == {
        "containers": [{"readiness_check": {"tcp_socket": {"port": 80}}}],
        "storage": [{"oss": {"readOnly": True}}, {"dataset": {"read_only": True}}, {"cpfs": {"server": "cpfs-1"}}],
    }


def test_batching_of_the_old_group_leaves_the_switch_of_the_same_name_alone():
    read = normalise({"rpc": {"batching": {"max_batch_size": 8}}, "metadata.rpc.batching": True})

    assert read.document == {"metadata": {"rpc": {"batching": True, "max_batch_size": 8}}}


@pytest.mark.parametrize(
    "literal",
    [
        {"features": {"eas.aliyun.com/extra-ephemeral-storage": "40GB"}},
        {"labels": {"team.name": "x"}},
        {"model_config": {"a.b": 1}},
        {"containers": [{"env": [{"name": "a.b", "value": "c.d"}]}]},
        {"a..b": 1, ".": 2, "": 3},
    ],
)
def test_a_dot_that_belongs_to_a_name_stays(literal):
    assert normalise(literal).document == literal


def test_a_dotted_key_leads_into_a_literal_object_and_no_further():
    assert normalise({"features.eas.aliyun.com/x": 1}).document == {"features": {"eas.aliyun.com/x": 1}}


@pytest.mark.parametrize(
    "twice",
    [
        {"name": "demo", "metadata": {"name": "demo"}},
        {"metadata": {"name": "demo"}, "metadata.name": "demo"},
    ],
)
def test_one_value_spelt_twice_is_fine(twice):
    assert normalise(twice).problems == ()


def test_a_number_as_text_is_the_same_value():
    assert normalise({"rpc.keepalive": "5000", "metadata.rpc.keepalive": 5000}).problems == ()


def test_two_values_for_one_field_are_a_problem_that_names_both():
    (problem,) = normalise({"name": "one", "metadata": {"name": "two"}}).problems

    assert str(problem) == (
        'metadata.name: is given twice in different spellings, as "two" and as "one"; keep one of them'
    )


def test_two_tokens_are_a_problem_that_shows_neither():
    (problem,) = normalise({"token": "s3cret", "credential": {"token": "other"}}).problems

    assert str(problem) == "token: is given twice in different spellings, with different values; keep one of them"


def test_null_is_as_good_as_not_given():
    assert normalise({"token": None, "metadata": {"name": "demo", "cpu": None}}).document == {
        "metadata": {"name": "demo"}
    }


def test_what_is_canonical_already_stays_as_it_is_and_the_input_is_left_alone():
    document = {"labels": {"a": "b"}, "labels.c": "d", "name": "demo"}
    once = normalise(document).document

    assert normalise(once).document == once
    assert document == {"labels": {"a": "b"}, "labels.c": "d", "name": "demo"}
