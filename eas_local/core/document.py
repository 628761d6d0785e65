"""The text of a service.json made into an object, or refused with line and column.

Strict JSON by default, as the console takes it; `lenient` also allows comments and trailing commas, and positions stay
those of the text as written. What the keys mean is left to `aliases` and `spec`.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import isinf
from typing import Any, NoReturn

from eas_local.core.errors import InvalidDocument
from eas_local.core.findings import shown

LIMIT = 1024 * 1024
DEPTH = 32
_DIGITS = 400

_STRING = r'"(?:[^"\\]++|\\.)*+"?'
_TOKEN = re.compile(
    rf"{_STRING}|(?P<open>[\[{{])|(?P<close>[\]}}])|(?P<constant>-?(?:NaN|Infinity))|(?P<number>-?\d[\d.eE+-]*+)",
    re.DOTALL,
)
_COMMENT = re.compile(rf"({_STRING})|//[^\n]*|#[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_TRAILING_COMMA = re.compile(rf"({_STRING})|,(?=\s*+[\]}}])", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Document:
    """The object as it was written, and what is odd about the writing."""

    value: dict[str, Any]
    warnings: tuple[str, ...] = ()


def decode(data: bytes) -> str:
    """The text of a file's bytes, without a byte order mark."""
    _refuse_oversize(len(data), "bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(f"the text is not UTF-8 (byte {error.start + 1}); save the file as UTF-8")


def parse(text: str, *, lenient: bool = False) -> Document:
    """Raises InvalidDocument with the one problem that ended the reading."""
    _refuse_oversize(len(text), "characters")
    text = text.removeprefix("\ufeff")
    if lenient:
        text = _relax(text)
    _refuse_unusable(text)
    repeated: list[str] = []
    value = _load(text, repeated)
    _refuse_half_characters(value)
    if not isinstance(value, dict):
        _refuse(f"the text must be a JSON object, not {shown(value)}")
    return Document(value, tuple(_repetition(key) for key in dict.fromkeys(repeated)))


def merge(old: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """The old document with the patch laid over it: objects grow together, lists and plain values are replaced."""
    # Parity: an update without UpdateType=replace merges (OpenAPI, UpdateService).
    return {**old, **{key: _merged(old.get(key), value) for key, value in patch.items()}}


def _merged(old: Any, new: Any) -> Any:
    return merge(old, new) if isinstance(old, dict) and isinstance(new, dict) else new


def _load(text: str, repeated: list[str]) -> Any:
    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        tree = dict(pairs)
        if len(tree) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            repeated.extend(key for key, count in counts.items() if count > 1)
        return tree

    if not text.strip():
        _refuse("the text is empty; a service.json is a JSON object")
    try:
        return json.loads(text, object_pairs_hook=build)
    except json.JSONDecodeError as error:
        _refuse_at(text, error.pos, f"not valid JSON: {error.msg[0].lower()}{error.msg[1:]}{_hint(text, error.pos)}")


def _repetition(key: str) -> str:
    return f"the key {shown(key)} occurs more than once in one object; the last one counts"


def _hint(text: str, position: int) -> str:
    """Python names the token it stumbled over; two habits of other tools deserve their own words."""
    here = text[position : position + 1]
    if here in {"/", "#"}:
        return " (comments: the cloud refuses them as well, --lenient reads them)"
    if here == "," or (here in {"]", "}"} and text[:position].rstrip().endswith(",")):
        return " (a trailing comma: the cloud refuses it as well, --lenient reads it)"
    return ""


def _relax(text: str) -> str:
    """Comments and trailing commas become blanks, so every other character keeps its place."""

    def blank(match: re.Match[str]) -> str:
        if match[1]:
            return match[1]
        if match[0].startswith("/*") and (len(match[0]) < 4 or not match[0].endswith("*/")):
            _refuse_at(text, match.start(), "this comment is never closed")
        return re.sub(r"[^\n]", " ", match[0])

    return _TRAILING_COMMA.sub(lambda match: match[1] or " ", _COMMENT.sub(blank, text))


def _refuse_unusable(text: str) -> None:
    """What Python's reader would take, or stumble over in its own way: deep nesting, NaN, numbers beyond any machine."""
    depth = 0
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "open":
                depth += 1
                if depth > DEPTH:
                    _refuse_at(text, token.start(), f"more than {DEPTH} objects and lists inside each other")
            case "close":
                depth -= 1
            case "constant":
                _refuse_at(text, token.start(), f"{token[0]} is not a JSON number")
            case "number" if _too_large(token[0]):
                _refuse_at(text, token.start(), f"the number {shown(token[0])} is too large")


def _refuse_half_characters(value: Any) -> None:
    """JSON can spell half of a surrogate pair, which is no text that could be stored or sent."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        _refuse(f"a string holds \\u{ord(error.object[error.start]):04x}, which is half of a character")


def _too_large(number: str) -> bool:
    try:
        return len(number) > _DIGITS or isinf(float(number))
    except ValueError:
        return False


def _refuse_oversize(size: int, unit: str) -> None:
    if size > LIMIT:
        _refuse(f"the text has {size:,} {unit}, a service.json at most {LIMIT:,}; is this the right file?")


def _refuse_at(text: str, position: int, message: str) -> NoReturn:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    _refuse(f"line {line}, column {column}: {message}")


def _refuse(message: str) -> NoReturn:
    raise InvalidDocument.of("", message)
