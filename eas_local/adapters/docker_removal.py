"""The end of a container: killed at once, never stopped, and gone when the call returns."""

from contextlib import suppress
from typing import Any

from docker.errors import APIError, NotFound


def remove(api: Any, container: str) -> None:
    """Kill and remove it, with the volumes its image declares; nothing happens where it is gone."""
    try:
        api.remove_container(container, force=True, v=True)
    except NotFound:
        return
    except APIError as error:
        if error.status_code != 409:
            raise
        with suppress(NotFound):  # its removal is under way already
            api.wait(container, condition="removed")
