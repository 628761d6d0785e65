"""What becomes of the fields of a document: the ledger, asked about one file, and as a page of the documentation."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from eas_local.core.findings import children, dotted, enclosing
from eas_local.core.ledger import ROWS, Level, Row

Path = tuple[str | int, ...]
_NOTHING = {"", "0", "0.0", "false", "none"}
_UNKNOWN = "not in the reference; kept, without effect"

_BY_FIELD = {row.field: tuple(other for other in ROWS if other.field == row.field) for row in ROWS}
_AROUND = {around for field in _BY_FIELD for around in enclosing(field)}


@dataclass(frozen=True, slots=True)
class Note:
    """What this release does with one field of one file."""

    field: str
    level: Level
    sentence: str

    def __str__(self) -> str:
        return f"{self.field}: {self.level}: {self.sentence}"


def explain(document: dict[str, Any]) -> tuple[Note, ...]:
    """A note for every field of a canonical document that is in the ledger, in the order of the document. What would have no
    effect anyway, and is empty or off, is not worth one."""
    return tuple(_notes(document, (), document))


def unknown(field: str) -> Note:
    return Note(field, Level.UNKNOWN, _UNKNOWN)


def refusals(notes: Iterable[Note]) -> tuple[Note, ...]:
    """What keeps a service from being created."""
    return tuple(note for note in notes if note.level is Level.REFUSED)


def page() -> str:
    """The ledger in Markdown."""
    head = (
        "# What happens to each field of service.json\n\n"
        "Generated from the ledger (`eas_local/core/ledger.py`). A row covers everything inside its field; unknown fields are\n"
        "kept and reported. A field that is empty or off never keeps a service from being created.\n\n"
        "| field | level | what happens | proved by |\n| --- | --- | --- | --- |\n"
    )
    return head + "".join(map(_line, ROWS))


def _notes(value: Any, path: Path, document: dict[str, Any]) -> Iterator[Note]:
    pattern = _pattern(path)
    row = next((row for row in _BY_FIELD.get(pattern, ()) if row.case is None or row.case.holds(value, document)), None)
    if row and (row.level is Level.ENFORCED or not _is_nothing(value)):
        yield Note(dotted(path), row.level, row.sentence)
    elif pattern in _AROUND:
        for key, item in children(value):
            yield from _notes(item, (*path, key), document)


def _pattern(path: Path) -> str:
    return dotted("[]" if isinstance(step, int) else step for step in path).replace(".[]", "[]")


def _is_nothing(value: Any) -> bool:
    """Empty, zero or false, however it is written, and all the way down."""
    if isinstance(value, dict | list):
        return all(_is_nothing(item) for _, item in children(value))
    return str(value).strip().lower() in _NOTHING


def _line(row: Row) -> str:
    case = f" ({row.case.words})" if row.case else ""
    scenario = f"`{row.scenario}`" if row.scenario else ""
    return f"| `{row.field}`{case} | {row.level} | {row.sentence} | {scenario} |\n"
