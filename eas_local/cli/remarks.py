"""What is said of a document beside whether it was accepted: of what has no effect here, and of what nobody knows."""

from collections.abc import Iterator

from eas_local.client import Json
from eas_local.core.ledger import Level

_NO_NEWS = {Level.ENFORCED, Level.SIMULATED, Level.ACCEPTED}


def remarks(answer: Json) -> Iterator[str]:
    """The lines about an answer's Notes and Warnings."""
    yield from (f"[WARN] {warning}" for warning in answer["Warnings"])
    idle = [note["field"] for note in answer["Notes"] if note["level"] == Level.ACCEPTED]
    if idle:
        yield f"[OK] Without effect here: {', '.join(idle)} (eas-local validate tells why)"
    for note in answer["Notes"]:
        if note["level"] not in _NO_NEWS:
            yield f"[WARN] {note['field']}: {note['level']}: {note['sentence']}"
