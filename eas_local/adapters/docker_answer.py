"""An answer of the engine that goes on: a log that is followed, events as they happen, what a command writes."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from docker.errors import APIError, DockerException
from docker.types import CancellableStream

_GONE = {404, 409}  # removed, or being removed


class Answer:
    """One answer whose body is read bit by bit; `close` may be called from another thread and ends a blocked read.

    It is asked for by a GET, or by a POST where there is something to `send`. To connect may take as long as any call, to
    hear the next thing `silence` seconds, or as long as it likes.
    """

    def __init__(
        self,
        api: Any,
        path: str,
        params: Mapping[str, Any] | None = None,
        send: Mapping[str, Any] | None = None,
        silence: float | None = None,
    ) -> None:
        url = f"{api.base_url}/v{api.api_version}{path}"
        self._response = api.request(
            "GET" if send is None else "POST",
            url,
            params=params,
            json=send,
            stream=True,
            timeout=(api.timeout, silence),
        )
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
