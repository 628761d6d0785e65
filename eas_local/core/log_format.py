"""How a program's access log is written: one choice for gateway and sidecars."""

from enum import StrEnum


class LogFormat(StrEnum):
    """A line to read, or one to be parsed: a JSON object with a key for each field."""

    TEXT = "text"
    JSON = "json"
