"""What a measurement ends in: tables for a person, the same as JSON for programs."""

import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

Number = float | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of numbers, each under the name of a column; None where there is nothing to tell."""

    title: str
    columns: Sequence[str]
    rows: Mapping[str, Sequence[Number]]

    def __str__(self) -> str:
        first = max(len(self.title), *map(len, self.rows))
        widths = [max(len(column), 9) for column in self.columns]
        head = _line(self.title, first, self.columns, widths)
        body = [_line(name, first, [_shown(number) for number in row], widths) for name, row in self.rows.items()]
        return "\n".join([head, *body, ""])


def write(path: Path, parts: Mapping[str, Sequence[Table]]) -> None:
    path.parent.mkdir(exist_ok=True)
    machine = {"cores": os.cpu_count(), "machine": platform.machine(), "kernel": platform.release()}
    tables = {part: [asdict(table) for table in found] for part, found in parts.items()}
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    path.write_text(json.dumps({"at": at, "machine": machine, "parts": tables}, indent=2) + "\n")


def _line(name: str, first: int, cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join([name.ljust(first), *(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))])


def _shown(number: Number) -> str:
    """Three digits, and all of those before the point."""
    if number is None:
        return "-"
    places = 0 if abs(number) >= 99.5 else 1 if abs(number) >= 9.95 else 2 if abs(number) >= 0.995 else 3
    return f"{number:,.{places}f}"
