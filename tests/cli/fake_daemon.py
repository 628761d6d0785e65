"""A daemon for the CLI's tests: the control API on a unix socket, with answers prepared by the test. Serves as gateway too."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

REQUEST_ID = "1651567F-8F8D-4A2B-933D-F8D3E2DD0000"

Json = dict[str, Any]
Answer = tuple[int, Any]
_NO_ANSWER: Answer = (0, None)


def on_the_wall(text: str, fraction: str = "") -> str:
    """The UTC time of the API for what this machine's clock shows."""
    moment = datetime.fromisoformat(text).astimezone().astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def a_service(name: str = "demo", **fields: Any) -> Json:
    return {
        "ServiceName": name,
        "Region": "cn-local",
        "Status": "Running",
        "CreateTime": on_the_wall("2019-02-21 16:35:41"),
        "UpdateTime": on_the_wall("2019-02-21 16:35:41"),
        "AccessToken": "c2VjcmV0",
        "TotalInstance": 1,
        "RunningInstance": 1,
        "PendingInstance": 0,
        "Cpu": 1,
        "Gpu": 0,
        "Memory": 1000,
        "Image": "demo:1",
        "Weight": 0,
        "LatestVersion": 1,
        "CurrentVersion": 1,
        "Reason": "RUNNING",
        "Message": "Service start successfully",
        "InternetEndpoint": f"http://127.0.0.1:8600/api/predict/{name}",
        "IntranetEndpoint": f"http://127.0.0.1:8600/api/predict/{name}",
        "SafetyLock": "none",
        "Labels": [],
        "ServiceConfig": '{"metadata":{"name":"demo","cpu":1}}',
        **fields,
    }


def an_instance(name: str = "demo-5ff76448fd-h9dsn", **fields: Any) -> Json:
    return {
        "InstanceName": name,
        "InnerIP": "172.17.0.2",
        "HostIP": "127.0.0.1",
        "StartTime": on_the_wall("2019-02-21 16:35:58"),
        "RestartCount": 0,
        "Status": "Running",
        "ReadyProcesses": 2,
        "TotalProcesses": 2,
        "Reason": "",
        "LastState": [],
        **fields,
    }


def a_line(text: str, instance: str = "demo-5ff76448fd-h9dsn", at: str = "2019-07-09 17:56:22") -> Json:
    return {"instance": instance, "container": "worker0", "at": on_the_wall(at, ".123456789"), "text": text}


def an_event(reason: str, message: str, instance: str = "", at: str = "2019-07-09 17:56:22", **fields: Any) -> Json:
    resource = "Pod" if instance else "Service"
    told = {"Time": on_the_wall(at), "Type": "Normal", "Reason": reason, "Message": message}
    return {**told, "Resource": resource, "InstanceName": instance, **fields}


def a_report(*causes: str, advice: str = "", summary: str = "ready 1/1", lines: Sequence[Json] = ()) -> Json:
    """What is wrong with one instance; nothing without causes. `lines` are its container's last."""
    error = {
        "InstanceName": "demo-x",
        "Error": "Instance <demo-x> is not ready.",
        "Causes": list(causes),
        "Reasons": ["WrongPort"] * len(causes),
        "Advices": [advice] if advice else [],
    }
    container = {
        "InstanceName": "demo-x",
        "Name": "worker0",
        "State": "runs for 2 s",
        "Probes": [],
        "Logs": list(lines),
    }
    return {
        "ServiceName": "demo",
        "Status": "Waiting",
        "Summary": summary,
        "DiagnosisList": [error] if causes else [],
        "Notes": [],
        "Containers": [container] if causes or lines else [],
    }


def a_look(
    status: str,
    message: str = "",
    reason: str = "",
    total: int = 1,
    running: int = 0,
    *,
    paused: bool = False,
) -> Json:
    return {
        "Status": status,
        "Reason": reason or status.upper(),
        "Message": message or f"Service is {status.lower()}",
        "TotalInstance": total,
        "RunningInstance": running,
        "PendingInstance": total - running,
        "Paused": paused,
    }


@dataclass
class FakeDaemon:
    """`looks` are shown one after another to whoever polls a status: None is a wait in which nothing changed, "gone" a 404, "killed" the end of the daemon.
    `idle`: a change asks for what is there already.

    `refusal` is the answer to every change, `changes` what was asked in those that carry a wish; `created` what create was sent; `stopping` what shutdown was sent; `asked` what was
    asked of logs and events.
    """

    socket: Path
    services: dict[str, Json] = field(default_factory=dict)
    instances: list[Json] = field(default_factory=list)
    looks: list[Json | str | None] = field(default_factory=list)
    logs: list[Json] = field(default_factory=list)
    previous_logs: list[Json] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)
    asked: list[Json] = field(default_factory=list)
    notes: list[Json] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    refusal: tuple[int, Json] | None = None
    dies: bool = False
    engine: Json = field(default_factory=lambda: {"ok": True, "message": ""})
    created: list[Json] = field(default_factory=list)
    stopping: list[Json] = field(default_factory=list)
    released: list[Json] = field(default_factory=list)
    changes: list[Json] = field(default_factory=list)
    versions: list[Json] = field(default_factory=list)
    idle: bool = False
    steps: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    details: Json = field(default_factory=lambda: {"Mounts": [], "Probes": []})
    diagnosis: Json = field(default_factory=a_report)
    seq: int = 7
    shown: Json = field(default_factory=lambda: a_look("Running", "Service start successfully", running=1))

    def answer(self, method: str, path: str, asked: Json, body: Json) -> Answer:
        if self.dies and method != "GET":
            return _NO_ANSWER
        if self.refusal and method != "GET":
            return self.refusal
        for verb, pattern, reply in ROUTES:
            if verb == method and (found := re.fullmatch(pattern, path)):
                name = found.groupdict().get("name")
                return _missing(name) if name and name not in self.services else reply(self, found, asked, body)
        return 404, {"Code": "NotFound", "Message": path, "RequestId": REQUEST_ID}

    def health(self, *_: object) -> Answer:
        return 200, {"version": "0", "pid": 1, "home": "", "engine": self.engine, "gateway": "http://127.0.0.1:8600"}

    def gpus(self, *_: object) -> Answer:
        return 200, [{"uuid": "GPU-1", "index": 0, "name": "T4", "memory_mib": 1, "free_mib": 1, "owner": ""}]

    def shutdown(self, _found: re.Match[str], _asked: Json, body: Json) -> Answer:
        self.stopping.append(body)
        return 200, {"RequestId": REQUEST_ID}

    def create(self, _found: re.Match[str], _asked: Json, body: Json) -> Answer:
        self.created.append(body)
        name = json.loads(body["text"])["metadata"]["name"]
        self.services[name] = a_service(name, Status="Creating")
        keys = ("ServiceName", "Region", "Status", "InternetEndpoint", "IntranetEndpoint", "AccessToken")
        made = {key: self.services[name][key] for key in keys}
        return 200, {
            **made,
            "ServiceId": "eas-m-1",
            "RequestId": REQUEST_ID,
            "Notes": self.notes,
            "Warnings": self.warnings,
        }

    def list_services(self, _found: re.Match[str], asked: Json, _body: Json) -> Answer:
        return 200, _page("Services", list(self.services.values()), asked)

    def list_instances(self, _found: re.Match[str], asked: Json, _body: Json) -> Answer:
        return 200, _page("Instances", self.instances, asked)

    def describe(self, found: re.Match[str], *_: object) -> Answer:
        return 200, self.services[found["name"]]

    def change(self, found: re.Match[str], *_: object) -> Answer:
        doing = {"stop": "stopping", "start": "starting", "restart": "restarting"}[found["verb"]]
        return 200, _done(f"Service [{found['name']}] in region [cn-local] is {doing}")

    def release(self, found: re.Match[str], _asked: Json, body: Json) -> Answer:
        self.released.append(body)
        return 200, _done(f"Releasing service [{found['name']}] in region [cn-local]")

    def set(self, found: re.Match[str], asked: Json, body: Json) -> Answer:
        """Any change whose wish is in what was sent."""
        self.changes.append({**asked, **body})
        remarks = {"Notes": self.notes, "Warnings": self.warnings, "Changed": not self.idle}
        return 200, {**_done(f"{found['name']} is changed"), **remarks}

    def plan(self, _found: re.Match[str], _asked: Json, body: Json) -> Answer:
        self.changes.append(body)
        return 200, {"Changes": self.differences, "Steps": self.steps, "RequestId": REQUEST_ID}

    def list_versions(self, _found: re.Match[str], asked: Json, _body: Json) -> Answer:
        return 200, _page("Versions", self.versions, asked)

    def describe_details(self, *_: object) -> Answer:
        return 200, {**self.details, "RequestId": REQUEST_ID}

    def delete(self, found: re.Match[str], *_: object) -> Answer:
        return 200, _done(f"Service [{found['name']}] in region [cn-local] is terminating")

    def status(self, found: re.Match[str], asked: Json, _body: Json) -> Answer:
        look = self.looks.pop(0) if self.looks and int(asked["after"]) in {self.seq, -1} else None
        if look == "gone":
            return _missing(found["name"])
        if look == "killed":
            return _NO_ANSWER
        if isinstance(look, dict):
            self.seq, self.shown = self.seq + 1, look
        return 200, {"seq": self.seq, **self.shown}

    def read_logs(self, _found: re.Match[str], asked: Json, _body: Json) -> Answer:
        self.asked.append(asked)
        return 200, iter(self.previous_logs if asked["previous"] == "true" else self.logs)

    def diagnose(self, _found: re.Match[str], asked: Json, _body: Json) -> Answer:
        self.asked.append(asked)
        return 200, self.diagnosis

    def read_events(self, _found: re.Match[str], asked: Json, _body: Json) -> Answer:
        self.asked.append(asked)
        return 200, iter(self.events)

    @contextmanager
    def serving(self) -> Iterator["FakeDaemon"]:
        with _Server(str(self.socket), _handler(self)) as server:
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()


_ONE = "/api/v2/services/cn-local/(?P<name>[^/]+)"
_LOCAL = "/local/v1/services/(?P<name>[^/]+)"
ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    ("GET", "/local/v1/health", FakeDaemon.health),
    ("GET", "/local/v1/gpus", FakeDaemon.gpus),
    ("POST", "/local/v1/shutdown", FakeDaemon.shutdown),
    ("POST", "/v1/stop", FakeDaemon.shutdown),
    ("POST", "/local/v1/services", FakeDaemon.create),
    ("GET", f"{_LOCAL}/status", FakeDaemon.status),
    ("GET", f"{_LOCAL}/logs", FakeDaemon.read_logs),
    ("GET", f"{_LOCAL}/diagnosis", FakeDaemon.diagnose),
    ("GET", f"{_LOCAL}/events", FakeDaemon.read_events),
    ("GET", "/api/v2/services", FakeDaemon.list_services),
    ("GET", _ONE, FakeDaemon.describe),
    ("GET", f"{_ONE}/instances", FakeDaemon.list_instances),
    ("PUT", f"{_ONE}/(?P<verb>stop|start|restart)", FakeDaemon.change),
    ("PUT", f"{_ONE}/release", FakeDaemon.release),
    ("PUT", _LOCAL, FakeDaemon.set),
    ("PUT", f"{_ONE}/(scale|version|lock|label|instances/[^/]+)", FakeDaemon.set),
    ("DELETE", f"{_ONE}/(label|instances)", FakeDaemon.set),
    ("POST", "/local/v1/plan", FakeDaemon.plan),
    ("GET", f"{_ONE}/versions", FakeDaemon.list_versions),
    ("GET", f"{_LOCAL}/details", FakeDaemon.describe_details),
    ("DELETE", _ONE, FakeDaemon.delete),
]


class _Server(ThreadingUnixStreamServer):
    daemon_threads = True


def _page(key: str, found: list[Json], asked: Json) -> Json:
    size = int(asked["PageSize"])
    begin = (int(asked["PageNumber"]) - 1) * size
    return {key: found[begin : begin + size], "TotalCount": len(found), "RequestId": REQUEST_ID}


def _missing(name: str) -> Answer:
    return 404, {
        "Code": "InvalidService.NotFound",
        "Message": f'service "{name}" does not exist',
        "RequestId": REQUEST_ID,
    }


def _done(message: str) -> Json:
    return {"Message": message, "RequestId": REQUEST_ID}


def _handler(daemon: FakeDaemon) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            url = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(url.query).items()}
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            self.reply(*daemon.answer(self.command, url.path, query, body))

        do_GET = do_PUT = do_POST = do_DELETE = handle_one  # noqa: N815 - the names the server looks for

        def reply(self, status: int, answer: Any) -> None:
            if (status, answer) == _NO_ANSWER:
                self.close_connection = True
                return
            self.send_response(status)
            if isinstance(answer, Iterator):
                with suppress(BrokenPipeError):  # the reader may leave in the middle
                    self.stream(answer)
                return
            content = json.dumps(answer).encode()
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def stream(self, items: Iterator[Json]) -> None:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for item in items:
                self.chunk(json.dumps(item).encode() + b"\n")
            self.chunk(b"")

        def chunk(self, content: bytes) -> None:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(content), content))
            self.wfile.flush()

        def log_message(self, *_: object) -> None: ...

    return Handler
