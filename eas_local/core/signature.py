"""Who signed a control request: Alibaba Cloud's two signatures, checked over plain values.

`ACS3-HMAC-SHA256` covers the body by its hash, the older `acs` (HMAC-SHA1) does not. Whether a signature is asked for at
all is the guard's to say.
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha1, sha256
from urllib.parse import parse_qsl, quote

ACS3 = "ACS3-HMAC-SHA256"
# Parity: a request whose date is more than 15 minutes off is refused (Alibaba Cloud's signature documents).
TOLERANCE = 15 * 60


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it came: path and query still encoded, header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""

    def header(self, name: str) -> str:
        return self.headers.get(name, "").strip()


def fault(request: SignedRequest, key_id: str, secret: str, now: float) -> str | None:
    """Why a request was not signed with this access key, in a few words; None when it was."""
    authorization = request.header("authorization")
    if authorization.startswith(f"{ACS3} "):
        return _fault_of_acs3(request, authorization, key_id, secret, now)
    if authorization.startswith("acs "):
        return _fault_of_roa(request, authorization, key_id, secret, now)
    return "it is not signed"


def _fault_of_acs3(request: SignedRequest, authorization: str, key_id: str, secret: str, now: float) -> str | None:
    parts = dict(part.strip().partition("=")[::2] for part in authorization.removeprefix(ACS3).split(","))
    signed = parts.get("SignedHeaders", "").split(";")
    if parts.get("Credential") != key_id:
        return "its access key is another one"
    if not {"host", "x-acs-content-sha256", "x-acs-date"} <= set(signed):
        return "its signature leaves out the host, the date or the body"
    if request.header("x-acs-content-sha256") != sha256(request.body).hexdigest():
        return "its body is not the one that was signed"
    if _stale(_iso(request.header("x-acs-date")), now):
        return "its date is more than 15 minutes off"
    expected = hmac.digest(secret.encode(), _acs3_text(request, signed).encode(), sha256).hex()
    return _unless_equal(parts.get("Signature", ""), expected)


def _acs3_text(request: SignedRequest, signed: list[str]) -> str:
    canonical = "\n".join(
        [
            request.method,
            request.path,
            _acs3_query(request.query),
            *(f"{name}:{request.header(name)}" for name in signed),
            "",
            ";".join(signed),
            request.header("x-acs-content-sha256"),
        ]
    )
    return f"{ACS3}\n{sha256(canonical.encode()).hexdigest()}"


def _acs3_query(query: str) -> str:
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{quote(key, safe='~')}={quote(value, safe='~')}" for key, value in pairs)


def _fault_of_roa(request: SignedRequest, authorization: str, key_id: str, secret: str, now: float) -> str | None:
    given_id, _, signature = authorization.removeprefix("acs ").strip().partition(":")
    if given_id != key_id:
        return "its access key is another one"
    if _stale(_http_date(request.header("date")), now):
        return "its date is more than 15 minutes off"
    expected = b64encode(hmac.digest(secret.encode(), _roa_text(request).encode(), sha1)).decode()
    return _unless_equal(signature, expected)


def _roa_text(request: SignedRequest) -> str:
    acs = sorted(name for name in request.headers if name.startswith("x-acs-"))
    return "\n".join(
        [
            request.method,
            *(request.header(name) for name in ("accept", "content-md5", "content-type", "date")),
            *(f"{name}:{request.header(name)}" for name in acs),
            _roa_resource(request),
        ]
    )


def _roa_resource(request: SignedRequest) -> str:
    pairs = sorted(parse_qsl(request.query, keep_blank_values=True))
    query = "&".join(f"{key}={value}" if value else key for key, value in pairs)
    return f"{request.path}?{query}" if query else request.path


def _unless_equal(given: str, expected: str) -> str | None:
    same = hmac.compare_digest(given.encode(), expected.encode())
    return None if same else "its signature does not match"


def _stale(date: datetime | None, now: float) -> bool:
    return date is None or abs(date.timestamp() - now) > TOLERANCE


def _iso(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
