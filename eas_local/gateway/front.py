"""The public address: which request is whose."""

from eas_local.core import discovery, replies
from eas_local.core.replies import Reply
from eas_local.core.routes import PREFIX
from eas_local.gateway import tally
from eas_local.gateway.passage import Passage, no_daemon
from eas_local.gateway.predict import Predict
from eas_local.gateway.services import Services
from eas_local.proxy.deadlines import Deadlines
from eas_local.proxy.endpoints import Call, Endpoints, json_reply
from eas_local.proxy.metrics import CONTENT_TYPE, exposition
from eas_local.proxy.pool import Pool
from eas_local.proxy.request import Request
from eas_local.proxy.server import IDLE

_API = b"/api/v2"
_BEHIND_API = (b"", b"/", b"?")
_METRICS = b"/metrics"


class Front:
    """A site's handler. `parent`: the process that knows what all workers have counted, where there are several."""

    def __init__(self, services: Services, predict: Predict, daemon: Pool, parent: Pool | None = None) -> None:
        self._services = services
        self._predict = predict
        self._daemon = daemon
        self._parent = parent
        self._deadlines = Deadlines(IDLE)
        self._own = Endpoints(self._answer)

    def __call__(self, request: Request) -> None:
        path = request.head.path
        if path.startswith(PREFIX):
            self._predict(request)
        elif path.startswith(_API) and path[len(_API) : len(_API) + 1] in _BEHIND_API:
            Passage(request, self._daemon, no_daemon, self._deadlines).begin()
        elif self._parent and path.partition(b"?")[0] == _METRICS:
            Passage(request, self._parent, lambda: replies.NO_HEALTHY_UPSTREAM, self._deadlines).begin()
        else:
            self._own(request)

    async def _answer(self, call: Call) -> Reply:
        if call.method != "GET":
            return replies.NOT_FOUND
        if call.path == "/metrics":
            return metrics(self._services.tallies())
        name = discovery.service_of(call.path)
        service = self._services.find(name.encode()) if name else None
        if service is None:
            return replies.NOT_FOUND
        return json_reply(discovery.upstreams(service.entry, internal=call.query.get("internal") == "true"))


def metrics(tallies: tally.Tallies) -> Reply:
    return Reply(200, exposition(tally.families(tallies)).encode(), CONTENT_TYPE)
