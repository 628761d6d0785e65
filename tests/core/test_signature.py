"""Requests as the vendor's SDK and its older utilities sent them, recorded on 20 November 2026."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from eas_local.core.signature import SignedRequest, fault

ACS3_DATE = 1795177724  # 2026-11-20T12:28:44Z
ROA_DATE = 1795172560  # Fri, 20 Nov 2026 11:02:40 GMT
NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def acs3_headers(action: str, nonce: str, signature: str, more: Mapping[str, str]) -> dict[str, str]:
    headers = {
        "accept": "application/json",
        "host": "127.0.0.1:8600",
        "user-agent": "AlibabaCloud (Linux; x86_64) Python/3.11.7 Core/0.4.3 TeaDSL/2",
        "x-acs-action": action,
        "x-acs-content-sha256": NOTHING,
        "x-acs-credentials-provider": "static_ak",
        "x-acs-date": "2026-11-20T12:28:44Z",
        "x-acs-signature-nonce": nonce,
        "x-acs-version": "2021-07-01",
        **more,
    }
    names = ";".join(sorted(headers))
    authorization = f"ACS3-HMAC-SHA256 Credential=testid,SignedHeaders={names},Signature={signature}"
    return {**headers, "authorization": authorization, "accept-encoding": "identity"}


CREATE = SignedRequest(
    "POST",
    "/api/v2/services",
    "Labels=%7B%22team%22%3A%22a+b%22%7D&WorkspaceId=1",
    acs3_headers(
        "CreateService",
        "b54b64ad6a15b90a460d46230c3b6b6e",
        "3c4d8c8da84d18c0d891e2843b74bf681513a8c39378d8dad0d501f897fc0e8f",
        {
            "content-type": "application/json; charset=utf-8",
            "x-acs-content-sha256": "05fd46cd4504eeb144ef2f2e828d5cad1906fb141de47c64c15a8de93abc933c",
        },
    ),
    '{"name": "foo", "x": "ü"}'.encode(),
)
LOG = SignedRequest(
    "GET",
    "/api/v2/services/cn-local/a%2Fb%20c/logs",
    "Keyword=a+b%2Fc~%2A%2B%26%3D%C3%A9&PageNum=1&Previous=False",
    acs3_headers(
        "DescribeServiceLog",
        "8bed1835a1c6f753377b360c28f65ea9",
        "1264dbf641072a4481e22719d25935549e60420d6c1e4794ec4ca83273bdb069",
        {},
    ),
)
STOP = SignedRequest(
    "PUT",
    "/api/v2/services/cn-local/foo/stop",
    "",
    acs3_headers(
        "StopService",
        "ec8a879146358093451ea9eff86296ed",
        "a7f276ec587c2e1ac39add2da79ea3c4d1d043f0c080cf5cbb814530a8ffe1ba",
        {},
    ),
)
OLDER = SignedRequest(
    "GET",
    "/api/v2/services/cn-local/foo/logs",
    "Keyword=a+b%2Fc&PageNum=1&Empty=",
    {
        "accept": "application/json",
        "authorization": "acs testid:Y19lpsnxjnhVDHmqzXMAcBAaTvk=",
        "date": "Fri, 20 Nov 2026 11:02:40 GMT",
        "host": "127.0.0.1:8600",
        "user-agent": "ua",
        "x-acs-action": "DescribeServiceLog",
        "x-acs-signature-method": "HMAC-SHA1",
        "x-acs-signature-nonce": "n0nce",
        "x-acs-signature-version": "1.0",
        "x-acs-version": "2021-07-01",
    },
)
RECORDED = [(CREATE, ACS3_DATE), (LOG, ACS3_DATE), (STOP, ACS3_DATE), (OLDER, ROA_DATE)]
NAMES = ["create", "log", "stop", "older"]


def with_headers(request: SignedRequest, **headers: str) -> SignedRequest:
    return replace(request, headers={**request.headers, **{key.replace("_", "-"): v for key, v in headers.items()}})


@pytest.mark.parametrize(("request_", "date"), RECORDED, ids=NAMES)
def test_what_the_sdk_signed_is_accepted(request_, date):
    assert fault(request_, "testid", "testsecret", now=date) is None


@pytest.mark.parametrize(("request_", "date"), RECORDED, ids=NAMES)
def test_another_secret_another_key_or_another_path_is_not(request_, date):
    elsewhere = replace(request_, path=request_.path + "/x")

    assert fault(request_, "testid", "guessed", now=date) == "its signature does not match"
    assert fault(request_, "other", "testsecret", now=date) == "its access key is another one"
    assert fault(elsewhere, "testid", "testsecret", now=date) == "its signature does not match"


@pytest.mark.parametrize(("request_", "date"), RECORDED, ids=NAMES)
def test_a_recorded_request_cannot_be_played_again_a_quarter_of_an_hour_later(request_, date):
    assert fault(request_, "testid", "testsecret", now=date + 900) is None
    assert fault(request_, "testid", "testsecret", now=date + 901) == "its date is more than 15 minutes off"


def test_another_body_is_noticed():
    swapped = replace(CREATE, body=b"{}")

    assert fault(swapped, "testid", "testsecret", now=ACS3_DATE) == "its body is not the one that was signed"


def test_a_signature_must_cover_host_date_and_body():
    bare = with_headers(STOP, authorization="ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=accept,Signature=00")

    assert fault(bare, "testid", "testsecret", ACS3_DATE) == "its signature leaves out the host, the date or the body"


@pytest.mark.parametrize("text", ["", "Bearer abc", "acs", "acs testid", "ACS3-HMAC-SHA256 ", "acs testid:", "acs :"])
def test_anything_else_is_no_signature(text):
    assert fault(with_headers(OLDER, authorization=text), "testid", "testsecret", ROA_DATE) is not None


@pytest.mark.parametrize("date", ["", "yesterday", "2026-11-20T12:28:44Z"])
def test_a_date_that_is_none_counts_as_far_off(date):
    assert (
        fault(with_headers(OLDER, date=date), "testid", "testsecret", ROA_DATE)
        == "its date is more than 15 minutes off"
    )
