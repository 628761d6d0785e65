"""An answer of the engine that goes on: a log that is followed, events as they happen."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from docker.errors import APIError, DockerException
from docker.types import CancellableStream

_GONE = {404, 409}  # removed, or being removed


class Answer:
    """One GET whose body is read bit by bit; `close` may be called from another thread and ends a blocked read."""

    def __init__(self, api: Any, path: str, params: Mapping[str, Any]) -> None:
        url = f"{api.base_url}/v{api.api_version}{path}"
        # To connect may take as long as any call, to hear the next thing as long as it likes.
        self._response = api.get(url, params=params, stream=True, timeout=(api.timeout, None))
        self.raw = self._response.raw
        self.found = self._response.status_code not in _GONE
        if self.found and not self._response.ok:
            self._refused()

    def close(self) -> None:
        with suppress(AttributeError, OSError, DockerException):  # it was at its end already
            CancellableStream(iter(()), self._response).close()
        self._response.close()

    def _refused(self) -> None:
        text = self._response.text
        self.close()
        raise APIError(text, response=self._response, explanation=text)
