"""The process-wide table of properties: what the service's configuration says, and what the code puts there."""

import functools
import json
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Set, Tuple, TypeVar, Union

from . import settings

Value = Union[str, bytes, int, float]
V = TypeVar("V", bound=Value)
Listener = Callable[[str, str], Any]

_FALSE = ("", "0", "false", "False")


class Properties:
    """Values are text; `get` gives them in the type of its default."""

    def __init__(self, values: Optional[Mapping[str, str]] = None) -> None:
        self._values: Dict[str, str] = dict(values or {})
        self._listeners: Dict[str, List[Listener]] = {}
        self._put: Set[str] = set()

    # Parity: the type of the default decides, bytes unless told otherwise (wire-contract 5.1).
    def get(self, name: str, default: V = b"") -> V:  # type: ignore[assignment]
        text = self._values.get(name)
        value: V = default if text is None else _as_type(text, default)
        return value

    def put(self, name: str, value: Value) -> None:
        text = value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)
        self._values[name] = text
        self._put.add(name)
        for listener in self._listeners.get(name, ()):
            listener(name, text)

    def listen(self, name: str, callback: Optional[Listener] = None) -> Any:
        """`callback(name, value)` after each `put` of that name; without one it is a decorator."""
        if callback is None:
            return functools.partial(self.listen, name)
        self._listeners.setdefault(name, []).append(callback)
        return callback

    def put_number(self, name: str) -> Optional[int]:
        """What has been put there, None where nothing has, or no number of 0 or more."""
        text = self._values[name] if name in self._put else ""
        return int(text) if text.isdecimal() else None

    def as_dict(self) -> Dict[str, str]:
        return dict(self._values)

    def __repr__(self) -> str:
        return "Properties({!r})".format(self._values)


@functools.lru_cache(maxsize=None)
def default_properties() -> Properties:
    return Properties(seed(settings.load()))


def seed(told: settings.Settings) -> Dict[str, str]:
    """`rpc.*` and `model.*` as the service.json has them; what the container is told beside it wins."""
    document = _document(told.service_config)
    values = dict(_rpc(document.get("metadata")))
    values.update(_model(document))
    values["rpc.max_queue_size"] = told.max_queue_size
    if told.worker_threads is not None:
        values["rpc.worker_threads"] = str(told.worker_threads)
    if told.model_config is not None:
        values["model.model_config"] = told.model_config
    return values


def _as_type(text: str, default: Any) -> Any:
    if default is None or isinstance(default, bytes):
        return text.encode("utf-8", "surrogateescape")
    if isinstance(default, bool):
        return text not in _FALSE
    return type(default)(text)


def _document(text: Optional[str]) -> Dict[str, Any]:
    try:
        document = json.loads(text or "{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _rpc(metadata: Any) -> Iterator[Tuple[str, str]]:
    """Both spellings: `"rpc": {"keepalive": 1}` and `"rpc.keepalive": 1`."""
    if not isinstance(metadata, dict):
        return
    nested = metadata.get("rpc")
    for key, value in nested.items() if isinstance(nested, dict) else ():
        yield "rpc." + key, _said(value)
    for key, value in metadata.items():
        if key.startswith("rpc."):
            yield key, _said(value)


def _model(document: Dict[str, Any]) -> Iterator[Tuple[str, str]]:
    for key, value in document.items():
        if key == "model_config" or not isinstance(value, (dict, list)):
            yield "model." + key, _said(value)


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
