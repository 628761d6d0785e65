"""What comes of one call of `process`: the body and the status of its answer, whatever it returned or raised."""

import operator
from typing import Any, Callable, Tuple

from . import log

Process = Callable[[bytes], Any]

_EXAMPLE = '(b"ok", 200)'


class NoAnswer(TypeError):
    """What process returned is none."""


def of(process: Process, data: bytes) -> Tuple[bytes, int]:
    """# Parity: an exception is 400 with its text (wire-contract 5.1)."""
    try:
        return judged(process(data))
    except NoAnswer as error:
        log.error(str(error))
        return str(error).encode(), 400
    except SystemExit as error:
        sentence = "process called sys.exit({!r}), which ends nothing here but this call; return an answer instead"
        log.error(sentence.format(error.code))
        return sentence.format(error.code).encode(), 400
    except BaseException as error:  # noqa: BLE001 - it is an answer, and no worker is lost to it
        log.exception()
        return _bytes(said(error)), 400


def judged(returned: Any) -> Tuple[bytes, int]:
    """# Parity: bytes as they are, all else as its text; 0 and 200 are success, another number is the status, and one that
    is none of HTTP becomes 400 (wire-contract 5.1, eas-semantics 6.2)."""
    body, status = _pair(returned)
    if body is None or isinstance(body, dict):
        what = "process returned a body of {}; answered its str(); return bytes, such as json.dumps(...).encode()"
        log.warn(what.format(type(body).__name__))
    return _bytes(body), status


def strictly_judged(returned: Any) -> Tuple[bytes, int]:
    """# Parity: between processes the body must be bytes already (wire-contract 5.1)."""
    body, status = _pair(returned)
    if not isinstance(body, bytes):
        what = "process returned a body of {}; with worker_processes it must be bytes, such as {}"
        raise NoAnswer(what.format(type(body).__name__, _EXAMPLE))
    return body, status


def said(error: BaseException) -> str:
    try:
        return str(error) or type(error).__name__
    except Exception:  # noqa: BLE001 - a text is the least that can be told of it
        return type(error).__name__


def _pair(returned: Any) -> Tuple[Any, int]:
    if not isinstance(returned, (tuple, list)) or len(returned) != 2:
        raise NoAnswer(
            "process returned {}; it must return the body and the status, such as {}".format(_shown(returned), _EXAMPLE)
        )
    body, status = returned
    try:
        number = operator.index(status)
    except TypeError:
        what = "process returned the status {}; it must be a number, as in {}"
        raise NoAnswer(what.format(_shown(status), _EXAMPLE)) from None
    return body, _status(number)


def _status(number: int) -> int:
    if number == 0:
        return 200
    if 200 <= number < 600:
        return number
    log.warn("process returned status {}, which is no status of an HTTP answer; answered 400".format(number))
    return 400


def _shown(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return "{} of {} values".format(type(value).__name__, len(value))
    if value is None or isinstance(value, (str, int, float)):
        return repr(value)[:80]
    return "a value of type {}".format(type(value).__name__)


def _bytes(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    if isinstance(body, (bytearray, memoryview)):
        return bytes(body)
    return str(body).encode("utf-8", "replace")
