"""The three forms of a token, against signatures made as the official clients make them."""

import hashlib
import hmac
from base64 import b64encode

import pytest

from eas_local.core.tokens import Signable, allows

TOKEN = b"NWMyN2UzNGYz=="
BODY = b'[{"x": 1}]'
MD5 = hashlib.md5(BODY).hexdigest().encode()
DATE = b"Tue, 20 Oct 2026 10:00:00 GMT"


def a_signable(**changed: bytes) -> Signable:
    values = {"content_md5": MD5, "content_type": b"application/json", "date": DATE, "target": b"/api/predict/demo/v1"}
    return Signable(**{**values, **changed})


def signed(*lines: bytes, token: bytes = TOKEN) -> bytes:
    """The official algorithm: HMAC-SHA1 over five lines, with the token as the key."""
    message = b"\n".join(lines).strip()
    return b"EAS " + b64encode(hmac.new(token, message, hashlib.sha1).digest())


def never() -> Signable:
    raise AssertionError("no signature was presented")


@pytest.mark.parametrize("authorization", [TOKEN, b"Bearer " + TOKEN, b"bearer " + TOKEN])
def test_the_token_itself_passes_raw_or_as_bearer(authorization):
    assert allows([TOKEN], authorization, never)


@pytest.mark.parametrize("authorization", [b"", b"wrong", b"Bearer ", b"Bearer wrong", b"Basic " + TOKEN, TOKEN[:-1]])
def test_anything_else_does_not(authorization):
    assert not allows([TOKEN], authorization, never)


@pytest.mark.parametrize("authorization", [b"", b"anything", b"EAS nonsense"])
def test_a_service_without_tokens_is_open_to_everybody(authorization):
    assert allows([], authorization, never)


@pytest.mark.parametrize("token", [b"blue", b"green"])
def test_each_of_several_tokens_passes(token):
    assert allows([b"blue", b"green"], token, never)


def test_a_signature_as_python_makes_it_passes():
    authorization = signed(b"POST", MD5, b"application/json", DATE, b"/api/predict/demo/v1")

    assert allows([TOKEN], authorization, a_signable)
    assert not allows([b"other"], authorization, a_signable)


def test_a_signature_made_with_the_second_token_passes():
    authorization = signed(b"POST", MD5, b"application/json", DATE, b"/api/predict/demo/v1", token=b"green")

    assert allows([b"blue", b"green"], authorization, a_signable)


def test_go_signs_its_default_content_type_whatever_it_sends():
    authorization = signed(b"POST", MD5, b"application/octet-stream", DATE, b"/api/predict/demo/v1")

    assert allows([TOKEN], authorization, a_signable)


@pytest.mark.parametrize("path", [b"/api/predict/demo/v1", b"/api/predict/demo/v1?a=1"])
def test_the_query_may_be_signed_or_not(path):
    authorization = signed(b"POST", MD5, b"application/json", DATE, path)

    assert allows([TOKEN], authorization, lambda: a_signable(target=b"/api/predict/demo/v1?a=1"))


def test_java_drops_leading_zeros_of_the_md5_and_still_passes():
    authorization = signed(b"POST", b"1234", b"application/json", DATE, b"/api/predict/demo/v1")

    assert allows([TOKEN], authorization, lambda: a_signable(content_md5=b"1234"))


@pytest.mark.parametrize(
    "changed", [{"content_md5": b"0" * 32}, {"date": b"Wed, 21 Oct 2026 10:00:00 GMT"}, {"target": b"/api/predict/x"}]
)
def test_a_signature_covers_md5_date_and_path(changed):
    authorization = signed(b"POST", MD5, b"application/json", DATE, b"/api/predict/demo/v1")

    assert not allows([TOKEN], authorization, lambda: a_signable(**changed))
