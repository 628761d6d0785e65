"""Which of many objects an answer shows: filters, order and pages, as the list operations of the OpenAPI have them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    items: Sequence[Any]
    number: int
    pages: int
    total: int


def page(items: Sequence[Any], number: int, size: int) -> Page:
    first = (number - 1) * size
    return Page(items[first : first + size], number, -(-len(items) // size), len(items))


def equal(objects: Sequence[Json], **wanted: str) -> list[Json]:
    """Those whose fields have these values, in any case of letters; an empty value is no wish."""
    wishes = {field: value.lower() for field, value in wanted.items() if value}
    return [one for one in objects if all(str(one[field]).lower() == value for field, value in wishes.items())]


def holding(objects: Sequence[Json], text: str, *fields: str) -> list[Json]:
    """Those with this text in one of these fields."""
    return [one for one in objects if any(text in one[field] for field in fields)]


def labelled(objects: Sequence[Json], labels: dict[str, str]) -> list[Json]:
    pairs = [{"LabelKey": key, "LabelValue": value} for key, value in labels.items()]
    return [one for one in objects if all(pair in one["Labels"] for pair in pairs)]


def ordered(objects: Sequence[Json], field: str, order: str) -> list[Json]:
    """By a field; among equals those that came first are the lesser ones."""
    ascending = sorted(objects, key=lambda one: str(one.get(field, "")))
    return ascending if order.lower() == "asc" else ascending[::-1]
