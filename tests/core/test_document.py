import json

import pytest

from eas_local.core import document
from eas_local.core.errors import InvalidDocument


def problem_of(text, *, lenient=False):
    with pytest.raises(InvalidDocument) as caught:
        document.parse(text, lenient=lenient)
    return str(caught.value)


def test_an_object_is_read_as_it_is_written():
    assert document.parse('{"a": [1, 2.5, "x", true, null]}').value == {"a": [1, 2.5, "x", True, None]}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a": }', "line 1, column 7: not valid JSON: expecting value"),
        ('{\n  "a": 1\n  "b": 2\n}', "line 3, column 3: not valid JSON: expecting ',' delimiter"),
        ('{"a": 1} x', "line 1, column 10: not valid JSON: extra data"),
        ('\ufeff{"a": }', "line 1, column 7: not valid JSON: expecting value"),
        ('{"a": "x', "line 1, column 7: not valid JSON: unterminated string starting at"),
        ('{"a":\n [1, NaN]}', "line 2, column 6: NaN is not a JSON number"),
        ('{"a": -Infinity}', "line 1, column 7: -Infinity is not a JSON number"),
        ('{"a": 1.2.3}', "line 1, column 10: not valid JSON: expecting ',' delimiter"),
        ('{"a": 1e999}', 'line 1, column 7: the number "1e999" is too large'),
        ('{"a": ' + "[" * 40, "line 1, column 38: more than 32 objects and lists inside each other"),
    ],
)
def test_what_cannot_be_read_is_refused_with_line_and_column(text, place):
    assert problem_of(text) == place


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the text is empty; a service.json is a JSON object"),
        ("[1]", "the text must be a JSON object, not [1]"),
        ('"\\ud800"', "a string holds \\ud800, which is half of a character"),
        ('{"a": "\\ud800"}', "a string holds \\ud800, which is half of a character"),
        (
            "x" * 50_000_000,
            "the text has 50,000,000 characters, a service.json at most 1,048,576; is this the right file?",
        ),
    ],
)
def test_what_is_no_service_json_is_refused_in_one_sentence(text, sentence):
    assert problem_of(text) == sentence


def test_brackets_and_nan_inside_strings_are_just_text():
    assert document.parse(json.dumps({"a": "[" * 99 + 'NaN"'})).value == {"a": "[" * 99 + 'NaN"'}


def test_a_key_that_occurs_twice_is_a_warning_and_the_last_counts():
    read = document.parse('{"a": 1, "b": {"c": 1, "c": 2}, "a": 3}')

    assert read.value == {"a": 3, "b": {"c": 2}}
    assert read.warnings == (
        'the key "c" occurs more than once in one object; the last one counts',
        'the key "a" occurs more than once in one object; the last one counts',
    )


LOOSE = """{ // a service
  "a": "http://x/*y*/#z,]",  # these marks are text
  /* of two
     lines */ "b": [1, 2, ],
}"""


def test_lenient_reading_allows_comments_and_trailing_commas():
    assert document.parse(LOOSE, lenient=True).value == {"a": "http://x/*y*/#z,]", "b": [1, 2]}


def test_lenient_reading_keeps_every_position():
    assert problem_of(LOOSE.replace("[1", "[?"), lenient=True).startswith("line 4, column 21: ")


def test_a_comment_that_never_ends_is_named_where_it_begins():
    assert problem_of('{"a": 1}\n /* and', lenient=True) == "line 2, column 2: this comment is never closed"


@pytest.mark.parametrize(
    ("text", "habit"),
    [('{"a": 1,}', "a trailing comma"), ("[1,]", "a trailing comma"), ('{ // x\n"a": 1}', "comments")],
)
def test_strict_reading_says_that_lenient_reading_would_do(text, habit):
    assert f" ({habit}: the cloud refuses" in problem_of(text)


def test_bytes_are_utf_8_with_or_without_a_byte_order_mark():
    assert document.decode(b'\xef\xbb\xbf{"a": "\xc3\xa9"}') == '{"a": "é"}'
    with pytest.raises(InvalidDocument, match=r"the text is not UTF-8 \(byte 3\); save the file as UTF-8"):
        document.decode(b'{"\xff"}')
    with pytest.raises(InvalidDocument, match="1,048,577 bytes"):
        document.decode(b" " * 1_048_577)


def test_a_merge_grows_objects_and_replaces_lists_and_plain_values():
    old = {"metadata": {"name": "demo", "cpu": 1, "rpc": {"keepalive": 5}}, "storage": [1, 2], "token": "x"}
    patch = {"metadata": {"cpu": 2, "rpc": {"rate_limit": 3}}, "storage": [3], "token": {"y": 1}}

    assert document.merge(old, patch) == {
        "metadata": {"name": "demo", "cpu": 2, "rpc": {"keepalive": 5, "rate_limit": 3}},
        "storage": [3],
        "token": {"y": 1},
    }
    assert old["metadata"]["cpu"] == 1
