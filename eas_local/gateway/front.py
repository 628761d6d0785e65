"""The public address: which request is whose."""

from eas_local.core import discovery, replies
from eas_local.core.replies import Reply
from eas_local.core.routes import PREFIX
from eas_local.gateway.passage import Passage
from eas_local.gateway.predict import Predict
from eas_local.gateway.services import Services
from eas_local.proxy.endpoints import Call, Endpoints, json_reply
from eas_local.proxy.metrics import CONTENT_TYPE, Family, exposition
from eas_local.proxy.pool import Pool
from eas_local.proxy.request import Request

_PREDICT = PREFIX.encode()
_API = b"/api/v2"
_BEHIND_API = (b"", b"/", b"?")


class Front:
    """A site's handler."""

    def __init__(self, services: Services, predict: Predict, daemon: Pool) -> None:
        self._services = services
        self._predict = predict
        self._daemon = daemon
        self._own = Endpoints(self._answer)

    def __call__(self, request: Request) -> None:
        path = request.head.path
        if path.startswith(_PREDICT):
            self._predict(request)
        elif path.startswith(_API) and path[len(_API) : len(_API) + 1] in _BEHIND_API:
            Passage(request, self._daemon).begin()
        else:
            self._own(request)

    async def _answer(self, call: Call) -> Reply:
        if call.method != "GET":
            return replies.NOT_FOUND
        if call.path == "/metrics":
            return Reply(200, self._metrics().encode(), CONTENT_TYPE)
        service = discovery.service_of(call.path)
        entry = self._services.find(service) if service else None
        return json_reply(discovery.upstreams(entry)) if entry else replies.NOT_FOUND

    def _metrics(self) -> str:
        codes = sorted(self._predict.codes.items())
        requests = [({"service": service, "code": str(code)}, float(n)) for (service, code), n in codes]
        in_flight = [({"service": service}, float(n)) for service, n in sorted(self._services.in_flight().items())]
        return exposition(
            (
                Family("eas_gateway_requests_total", "counter", "Requests by service and status.", requests),
                Family("eas_gateway_requests_in_flight", "gauge", "Requests being answered.", in_flight),
            )
        )
