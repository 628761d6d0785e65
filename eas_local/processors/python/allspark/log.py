"""The host's lines in the log, in the shape of the reference: time, level, text."""

import functools
import sys
import time
import traceback


def info(text: str) -> None:
    _line("INFO", text)


@functools.lru_cache(maxsize=64)
def warn(text: str) -> None:
    """Said once, however often it happens."""
    _line("WARN", text)


def error(text: str) -> None:
    _line("ERROR", text)


def exception() -> None:
    """The traceback of what is being handled; on stdout, so that it stands before the lines that come after it."""
    _write(traceback.format_exc())


def last_words(text: str) -> None:
    """The sentence that says why the program ends; nothing may come after it."""
    sys.stderr.flush()
    error(text)


def _line(level: str, text: str) -> None:
    # Parity: "[2019-07-09 17:56:22] [INFO] Start 5 worker thread" (eas-semantics 5, the log of `eascmd test`).
    _write("[{}] [{}] {}\n".format(time.strftime("%Y-%m-%d %H:%M:%S"), level, text))


def _write(text: str) -> None:
    """Whatever is in it: what a client sends may come back in an exception, and have no bytes in the log's encoding."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), end="", flush=True)
