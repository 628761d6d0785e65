"""Header fields: what a message says about itself, as it came and as it passes on.

Fields that speak about one connection are dropped and said anew, and so are fields of our own (`x-eas-*`), which nobody
outside may set. Where there are none of those, the lines pass as the bytes that came.
"""

from collections.abc import Collection, Iterator, Sequence

MAX_HEAD = 64 * 1024

OURS = b"x-eas-"
HOP_BY_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade",
     b"http2-settings")
)  # fmt: skip
_END_TO_END = {b"content-length", b"host"}
# Whatever `Connection` says: a body without its length would be read as the next request on the same connection.


class Malformed(ValueError):
    """What came is no HTTP, or two programs could read it in two ways."""


class Fields:
    """`pairs` in the order they came; `values` by lower-case name, repeated ones joined; `size` as they pass on.

    Shared by all messages with the same head: never changed once it is built.
    """

    __slots__ = ("_plain", "pairs", "size", "values")

    def __init__(self, pairs: Sequence[tuple[bytes, bytes]] = ()) -> None:
        self.pairs = pairs
        self.values: dict[bytes, bytes] = {}
        values, size, plain = self.values, 0, True
        for name, value in pairs:
            key = name.lower()
            size += len(name) + len(value) + 4
            values[key] = b"%b, %b" % (values[key], value) if key in values else value
            plain = plain and key not in HOP_BY_HOP and not key.startswith(OURS)
        self.size = size
        self._plain = plain

    def get(self, key: bytes) -> bytes:
        """The value, without the white space around it; empty where there is none."""
        return self.values.get(key, b"").strip()

    def onward(self, dropped: Collection[bytes] = (), *, ours: bool = False) -> bytes:
        """The lines for the next hop: all but those about this connection, `dropped` ones, and (unless `ours`) our own."""
        if self._plain and self.values.keys().isdisjoint(dropped):
            return b"".join([b"%b: %b\r\n" % pair for pair in self.pairs])
        return b"".join(self._passing(dropped, ours))

    def keep_alive(self, *, http10: bool) -> bool:
        """Whether their sender would have another message follow on the connection."""
        connection = self.values.get(b"connection")
        if connection is None:
            return not http10
        return b"keep-alive" in tokens(connection) if http10 else b"close" not in tokens(connection)

    def _passing(self, dropped: Collection[bytes], ours: bool) -> Iterator[bytes]:
        connection = self.values.get(b"connection")
        hop = HOP_BY_HOP if connection is None else HOP_BY_HOP.union(tokens(connection)) - _END_TO_END
        for pair in self.pairs:
            key = pair[0].lower()
            if key not in hop and key not in dropped and (ours or not key.startswith(OURS)):
                yield b"%b: %b\r\n" % pair


def tokens(value: bytes) -> list[bytes]:
    """The lower-case members of a comma separated value."""
    return [part.strip() for part in value.lower().split(b",")]
