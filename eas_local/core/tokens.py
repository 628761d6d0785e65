"""Whether a request knows one of a service's tokens, in any of the three forms the official clients send."""

import base64
import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

DEFAULT_CONTENT_TYPE = b"application/octet-stream"


@dataclass(frozen=True, slots=True)
class Signable:
    """The parts of a request that an `EAS` signature covers, as they came; empty where they did not."""

    content_md5: bytes
    content_type: bytes
    date: bytes
    target: bytes


def allows(tokens: Sequence[bytes], authorization: bytes, signable: Callable[[], Signable]) -> bool:
    """No tokens: open to everybody. `signable` is asked only for a signature.

    # Parity: the raw token, `Bearer <token>`, or `EAS <signature>` (wire-contract 1.2).
    """
    if not tokens:
        return True
    scheme, _, credentials = authorization.partition(b" ")
    match scheme.lower():
        case b"bearer":
            return _any_equal(tokens, credentials.strip())
        case b"eas":
            signatures = [_sign(token, message) for token in tokens for message in _messages(signable())]
            return _any_equal(signatures, credentials.strip())
        case _:
            return _any_equal(tokens, authorization)


def _any_equal(accepted: Sequence[bytes], presented: bytes) -> bool:
    """In the same time whichever it is, or none."""
    return any([hmac.compare_digest(one, presented) for one in accepted])  # noqa: C419 - a list: all are compared


def _sign(token: bytes, message: bytes) -> bytes:
    return base64.b64encode(hmac.digest(token, message, "sha1"))


def _messages(signable: Signable) -> Iterator[bytes]:
    """# Parity: what clients really sign: POST whatever the method, Go its default content type whatever it sends, Java
    the target with its query, the others without; MD5 and date as sent, never checked (wire-contract 1.2)."""
    path = signable.target.partition(b"?")[0]
    for content_type in dict.fromkeys((signable.content_type, DEFAULT_CONTENT_TYPE)):
        for target in dict.fromkeys((path, signable.target)):
            yield b"\n".join((b"POST", signable.content_md5, content_type, signable.date, target)).strip()
