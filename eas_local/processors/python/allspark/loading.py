"""What comes before the first request: `initialize`, and the recorded request."""

from typing import TYPE_CHECKING

from . import log
from .server import Call
from .settings import Settings

if TYPE_CHECKING:
    from .processor import BaseProcessor

TIMES = 5
_SHOWN = 200


def load(processor: "BaseProcessor", call: Call, told: Settings) -> str:
    """Why the recorded request failed, empty where it did not. What `initialize` raises ends the program."""
    try:
        processor.initialize()
    except SystemExit as error:
        log.last_words("initialize called sys.exit({!r}); let it return when everything is loaded".format(error.code))
        raise SystemExit(1) from None
    return _replay(call, told.warm_up) if told.warm_up else ""


def _replay(call: Call, path: str) -> str:
    with open(path, "rb") as file:
        recorded = file.read()
    for _ in range(TIMES):
        body, status = call(recorded)
        if status != 200:
            text = body[:_SHOWN].decode("utf-8", "replace")
            failure = "the recorded request (warm_up_data_path) was answered {}: {}".format(status, text)
            log.error(failure)
            return failure
    return ""
