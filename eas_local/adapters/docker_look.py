"""A question to the engine about how things are, which it answers in milliseconds, or it hangs.

The SDK has one patience for all its calls, long enough for the slowest act; here somebody waits for what is seen.
"""

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from docker.errors import APIError

PATIENCE = 5.0


def look(api: Any, path: str, params: Mapping[str, Any] | None = None) -> Any:
    """The answer. Raises APIError."""
    url = f"{api.base_url}/v{api.api_version}{path}"
    with closing(api.get(url, params=params, timeout=PATIENCE)) as response:
        if not response.ok:
            raise APIError(response.text, response=response, explanation=response.text)
        return response.json()
