"""Every answer of ours on the data plane, in one table: what a client gets where it does not get the user's own answer.

The proxy adds the request id and the framing. Statuses follow the reference; texts are EAS's where they are published.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Refused(StrEnum):
    """Why an instance refused a request that another instance may take: the values of `x-eas-refused`."""

    GATE = "gate"
    DRAINING = "draining"
    INSTANCE = "instance"


@dataclass(frozen=True, slots=True)
class Reply:
    """`close`: the connection ends with it."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    refused: Refused | None = None
    close: bool = False


BAD_REQUEST = Reply(400, b"Bad Request", close=True)
UNAUTHORIZED = Reply(401, b"Unauthorized")
# Parity: status from the status table; the text of the body is not published (eas-semantics 3).
NOT_FOUND = Reply(404)
# Parity: no such service answers with an empty body; the Python SDK polls on that (wire-contract 1.3).
TIMED_OUT = Reply(408, b"Request Timeout", close=True)
# Parity: longer than metadata.rpc.keepalive, connection closed (eas-semantics 1.3).
CONTENT_TOO_LARGE = Reply(413, b"Content Too Large", close=True)
URI_TOO_LONG = Reply(414, b"URI Too Long", close=True)
WRONG_INSTANCE = Reply(421, refused=Refused.INSTANCE)
TOO_MANY_REQUESTS = Reply(429, b"Too Many Requests")
# Parity: above metadata.rpc.rate_limit, with this reason (eas-semantics 3).
HEAD_TOO_LARGE = Reply(431, b"Request Header Fields Too Large", close=True)
QUEUE_FULL = Reply(450, b"Queue Full", close=True)
# Parity: the instance's waiting queue is full, connection closed (eas-semantics 1.3); the body is not published.
INTERNAL = Reply(500, b"Internal Server Error", close=True)
NOT_IMPLEMENTED = Reply(501, b"Not Implemented", close=True)
BAD_GATEWAY = Reply(502, b"Bad Gateway")
# Parity: an invalid answer from upstream (eas-semantics 3); the body is not published.
NO_HEALTHY_UPSTREAM = Reply(503, b"no healthy upstream")
UPSTREAM_CLOSED = Reply(
    503, b"upstream connect error or disconnect/reset before headers. reset reason: connection termination"
)
UPSTREAM_REFUSED = Reply(
    503,
    b"upstream connect error or disconnect/reset before headers. reset reason: connection failure",
    refused=Refused.GATE,  # not a byte has reached the container: another instance may take the request
)
# Parity: Envoy's texts; the first two are in EAS's status table, the third is the one Envoy uses for a failed connect.
GATEWAY_TIMEOUT = Reply(504, b"upstream request timeout")
# Parity: the gateway's own time-out; status from the status table, the text is Envoy's usual one (eas-semantics 3).
VERSION_NOT_SUPPORTED = Reply(505, b"HTTP Version Not Supported", close=True)

GATE_SHUT = replace(NO_HEALTHY_UPSTREAM, refused=Refused.GATE)
DRAINING = replace(NO_HEALTHY_UPSTREAM, refused=Refused.DRAINING)

CLIENT_LEFT = 499
# Parity: only in log and metrics; the client never sees it (eas-semantics 3).

REASONS = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found",
    408: "Request Timeout", 409: "Conflict", 413: "Content Too Large", 414: "URI Too Long", 421: "Misdirected Request",
    429: "Too Many Requests", 431: "Request Header Fields Too Large", 450: "Queue Full", 500: "Internal Server Error",
    501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
}  # fmt: skip
