"""eascmd's tables as text. Pure: what stands in the cells is the commands' business."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest


@dataclass(frozen=True, slots=True)
class Column:
    """Titles are centred; cells stand left, numbers `right`."""

    title: str
    right: bool = False


Cell = list[str]
_LEAST = 20


def grid(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    """A table under titles, which it shows even where there are no rows."""
    cells = [[_cell(text) for text in row] for row in rows]
    widths = _widths([[[column.title] for column in columns], *cells])
    titles = _line([_centred(column.title, width) for column, width in zip(columns, widths, strict=True)])
    border = _border(widths)
    body = _body(cells, widths, [column.right for column in columns])
    return "\n".join([border, titles, border, *([*body, border] if rows else ())])


def narrowed(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> list[tuple[str, ...]]:
    """The rows, the last cell of each cut so that the table fits into `width`, but to no fewer than `_LEAST` characters."""
    titles = [column.title for column in columns]
    *others, _ = _widths([[_cell(text) for text in row] for row in (titles, *rows)])
    room = max(width - sum(others) - len(_line([""] * len(columns))), _LEAST)
    return [(*row[:-1], "\n".join(_cut(line, room) for line in _cell(row[-1]))) for row in rows]


def pairs(rows: Sequence[tuple[str, str]]) -> str:
    """Names, right-aligned, beside their values; a value may have several lines."""
    # Parity: the tables of `create` and `desc` (eascmd command page).
    cells = [[_cell(name), _cell(value)] for name, value in rows]
    widths = _widths(cells)
    border = _border(widths)
    return "\n".join([border, *_body(cells, widths, (True, False)), border])


def moment(text: str) -> str:
    """The API's UTC time as eascmd shows times, by this machine's clock; anything else as it is."""
    # Parity: 2019-02-21 16:35:41 (eascmd command page).
    try:
        return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return text


def _cut(line: str, room: int) -> str:
    return line if len(line) <= room else f"{line[: room - 3]}..."


def _cell(text: str) -> Cell:
    return text.split("\n")


def _widths(rows: Sequence[Sequence[Cell]]) -> list[int]:
    return [max(len(line) for cell in column for line in cell) for column in zip(*rows, strict=True)]


def _body(rows: Sequence[Sequence[Cell]], widths: Sequence[int], right: Sequence[bool]) -> Iterator[str]:
    for row in rows:
        for lines in zip_longest(*row, fillvalue=""):
            yield _line([_aligned(*piece) for piece in zip(lines, widths, right, strict=True)])


def _aligned(text: str, width: int, right: bool) -> str:
    return text.rjust(width) if right else text.ljust(width)


def _centred(text: str, width: int) -> str:
    left = (width - len(text)) // 2
    return (" " * left + text).ljust(width)


def _border(widths: Sequence[int]) -> str:
    return "+" + "+".join("-" * (width + 2) for width in widths) + "+"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
