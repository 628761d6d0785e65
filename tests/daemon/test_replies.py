import json
from collections.abc import Iterator

import pytest

from eas_local.core.errors import EasError, InvalidDocument, NotFound, Problem
from eas_local.daemon import replies


def tree(kind: type[EasError]) -> Iterator[type[EasError]]:
    yield kind
    for child in kind.__subclasses__():
        if child.__module__ == EasError.__module__:
            yield from tree(child)


def test_every_error_of_the_tree_has_its_own_row():
    assert set(replies.TABLE) == set(tree(EasError))


@pytest.mark.parametrize(("status", "code"), replies.TABLE.values())
def test_every_row_is_an_error_with_a_word_for_it(status, code):
    assert 400 <= status < 600
    assert code
    assert " " not in code


def test_an_error_becomes_code_message_and_request_id():
    reply = replies.of_error(NotFound("no such service"))
    body = json.loads(reply.body)

    assert reply.status_code == 404
    assert (body["Code"], body["Message"]) == ("InvalidService.NotFound", "no such service")
    assert len(body["RequestId"]) == 36
    assert body["RequestId"] == body["RequestId"].upper()


def test_an_invalid_document_brings_all_its_problems():
    error = InvalidDocument([Problem("metadata.gpu", "is 6"), Problem("", "is odd")])
    body = json.loads(replies.of_error(error).body)

    assert body["Message"] == "metadata.gpu: is 6\nis odd"
    assert body["Problems"] == [{"field": "metadata.gpu", "message": "is 6"}, {"field": "", "message": "is odd"}]


def test_an_error_of_an_adapter_s_own_is_answered_as_what_it_is_a_kind_of():
    class Missing(NotFound):
        pass

    assert replies.of_error(Missing("gone")).status_code == 404
