"""The control socket, for this user's programs only: routes in, health out, and the wish to end."""

import os
from collections.abc import Callable

from eas_local import __version__
from eas_local.core import replies
from eas_local.core.replies import Reply
from eas_local.core.routes import RouteTable
from eas_local.gateway.services import Services
from eas_local.proxy.endpoints import Call, json_reply


class Control:
    def __init__(self, services: Services, stop: Callable[[], None]) -> None:
        self._services = services
        self._stop = stop

    async def __call__(self, call: Call) -> Reply:
        match call.method, call.path:
            case "PUT", "/v1/routes":
                return self._put(call.body)
            case "GET", "/v1/routes":
                return json_reply(self._services.table.to_json())
            case "GET", "/v1/health":
                return json_reply({"pid": os.getpid(), "version": __version__})
            case "POST", "/v1/stop":
                self._stop()
                return json_reply({})
            case _:
                return replies.NOT_FOUND

    def _put(self, body: bytes) -> Reply:
        """What is in force afterwards; 409 where that is a newer table."""
        try:
            applied = self._services.put(RouteTable.from_json(body))
        except ValueError as error:
            return Reply(400, str(error).encode())
        table = self._services.table
        return json_reply({"epoch": table.epoch, "n": table.n}, 200 if applied else 409)
