"""The table of our own answers is complete and cannot be taken for anybody else's."""

import pytest

from eas_local.core import replies
from eas_local.core.replies import Reply

TABLE = {name: value for name, value in vars(replies).items() if isinstance(value, Reply)}


@pytest.mark.parametrize("name", TABLE)
def test_every_reply_has_a_reason_phrase(name):
    assert TABLE[name].status in replies.REASONS


@pytest.mark.parametrize("name", TABLE)
def test_every_body_is_plain_text_or_empty(name):
    assert not TABLE[name].body.startswith((b"{", b"["))
    assert TABLE[name].content_type.startswith("text/plain")


@pytest.mark.parametrize(
    ("reply", "status", "body"),
    [
        (replies.NOT_FOUND, 404, b""),
        (replies.NO_HEALTHY_UPSTREAM, 503, b"no healthy upstream"),
        (replies.GATE_SHUT, 503, b"no healthy upstream"),
        (
            replies.UPSTREAM_CLOSED,
            503,
            b"upstream connect error or disconnect/reset before headers. reset reason: connection termination",
        ),
        (replies.TOO_MANY_REQUESTS, 429, b"Too Many Requests"),
    ],
)
def test_texts_that_the_reference_publishes_are_kept_to_the_letter(reply, status, body):
    assert (reply.status, reply.body) == (status, body)


@pytest.mark.parametrize("reply", [replies.QUEUE_FULL, replies.TIMED_OUT])
def test_a_full_queue_and_a_late_answer_end_the_connection(reply):
    assert reply.close


@pytest.mark.parametrize("reply", [replies.GATE_SHUT, replies.DRAINING, replies.WRONG_INSTANCE])
def test_what_another_instance_may_take_says_so(reply):
    assert reply.refused


def test_a_full_queue_is_not_for_another_instance():
    assert replies.QUEUE_FULL.refused is None
