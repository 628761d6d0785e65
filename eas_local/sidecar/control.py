"""The control port: the daemon reads the state and writes the configuration; anybody may read the metrics."""

import hmac
from collections.abc import Callable

from eas_local.core import replies
from eas_local.core.errands import ErrandReport
from eas_local.core.replies import Reply
from eas_local.core.wire import SidecarConfig
from eas_local.proxy.endpoints import Call, json_reply
from eas_local.proxy.metrics import CONTENT_TYPE, Family, exposition
from eas_local.sidecar.desk import Desk, Verdict
from eas_local.sidecar.traffic import Traffic

LONGEST_WAIT = 60.0


class Control:
    """`apply` brings a configuration into force that the desk has accepted; `settle` takes a report on an errand."""

    def __init__(
        self,
        desk: Desk,
        traffic: Traffic,
        apply: Callable[[SidecarConfig], None],
        settle: Callable[[ErrandReport], None],
    ) -> None:
        self._desk = desk
        self._traffic = traffic
        self._apply = apply
        self._settle = settle

    async def __call__(self, call: Call) -> Reply:
        if (call.method, call.path) == ("GET", "/metrics"):
            return Reply(200, self._metrics().encode(), CONTENT_TYPE)
        return await self._answer(call) if self._knows_secret(call) else replies.UNAUTHORIZED

    async def _answer(self, call: Call) -> Reply:
        match call.method, call.path:
            case "GET", "/v1/state":
                return await self._state(call)
            case "GET", "/v1/config":
                return json_reply(self._desk.config.to_json())
            case "PUT", "/v1/config":
                return self._configure(call)
            case "POST", "/v1/reports":
                return self._report(call)
            case _:
                return replies.NOT_FOUND

    def _knows_secret(self, call: Call) -> bool:
        expected = f"Bearer {self._desk.config.secret}"
        return hmac.compare_digest(call.headers.get("authorization", "").encode(), expected.encode())

    async def _state(self, call: Call) -> Reply:
        wait = min(float(call.query.get("wait", "30")), LONGEST_WAIT)
        state = await self._desk.changed(call.query.get("after", ""), wait)
        return json_reply(state.to_json())

    def _configure(self, call: Call) -> Reply:
        try:
            config = SidecarConfig.from_json(call.body)
        except ValueError as error:
            return Reply(400, str(error).encode())
        match self._desk.offer(config):
            case Verdict.FOREIGN:
                return Reply(400, b"not a configuration for this pod and protocol")
            case Verdict.OLDER:
                return json_reply(self._desk.state().to_json(), 409)
            case Verdict.ACCEPTED:
                self._apply(config)
                return json_reply(self._desk.state().to_json())

    def _report(self, call: Call) -> Reply:
        try:
            self._settle(ErrandReport.from_json(call.body))
        except ValueError as error:
            return Reply(400, str(error).encode())
        return Reply(200)

    def _metrics(self) -> str:
        config, state = self._desk.config, self._desk.state()
        of = {"service": config.service, "instance": config.pod}
        return exposition(
            (
                *self._traffic.counts.families(of),
                Family("eas_requests_in_flight", "gauge", "Requests that have a worker.", [(of, state.in_flight)]),
                Family("eas_requests_waiting", "gauge", "Requests that wait for one.", [(of, state.waiting)]),
                Family("eas_instance_ready", "gauge", "Whether the instance takes requests.", [(of, state.ready)]),
            )
        )
