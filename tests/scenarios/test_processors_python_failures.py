"""Python processors that are wrong: each is told in words its author understands, and the next good version runs."""

import docker
import pytest

from tests.scenarios.conftest import Deploy
from tests.scenarios.diagnosing import crashed, found
from tests.scenarios.documents import Json
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.eventually import eventually
from tests.scenarios.processors import EVALUATING, RUN, a_processor, post, put
from tests.scenarios.test_limits import Line, end

GOOD = EVALUATING + RUN

# -- before it has run


def code(initialize: str = "pass", process: str = "def process(self, data): return b'', 200") -> str:
    methods = f"    def initialize(self): {initialize}\n    {process}"
    return f"import allspark\nclass MyProcessor(allspark.BaseProcessor):\n{methods}{RUN}"


@pytest.mark.parametrize(
    ("name", "wrong", "told"),
    [
        ("absent", "import no_such_module", "no_such_module"),
        ("unparsable", "import allspark\ndef process(self:", "line 2"),
        ("exits", "import sys; sys.exit(3)", "3"),
        ("processless", code(process=""), "process"),
        ("argumentless", code(process="def process(self): return b'', 200"), "process"),
        ("modelless", code(initialize="open('/no/model')"), "/no/model"),
    ],
)
def test_code_that_cannot_start_is_told_and_the_next_good_version_runs(
    shared: Emulator, deploy: Deploy, name: str, wrong: str, told: str
):
    service = deploy(a_processor(shared, name, wrong))

    seen = found(service, "Error")

    assert seen.error == crashed(service)
    assert told in seen.cause
    put(shared, name, "app.py", GOOD)
    shared.run("restart", service.name)
    assert service.ask("6 * 7") == 42


def test_code_that_comes_to_its_end_is_told_what_to_call(shared: Emulator, deploy: Deploy):
    seen = found(deploy(a_processor(shared, "ends", "import allspark")), "Completed")

    assert "exit code 0" in seen.cause
    assert "run()" in seen.advice


def test_an_entry_that_the_package_does_not_have_is_told_with_what_it_has(shared: Emulator, deploy: Deploy):
    service = deploy(a_processor(shared, "misnamed", GOOD) | {"processor_entry": "./main.py"})

    seen = found(service, "Error")

    assert "main.py" in seen.cause
    assert "app.py" in seen.cause


def test_a_successor_that_cannot_start_leaves_the_old_one_serving(shared: Emulator):
    service = shared.create(a_processor(shared, "successor"))
    before = service.pod
    put(shared, "successor", "app.py", "import sys; sys.exit('no weights')")

    said = shared.run("restart", service.name, status=1).err

    assert "exit code 1: no weights" in said
    assert service.ask("'the old one'") == "the old one"
    assert before in service.pods
    put(shared, "successor", "app.py", GOOD)
    shared.run("restart", service.name)
    assert before not in service.pods
    service.delete()


# -- while it serves


def test_a_call_that_never_ends_is_408_for_its_caller_and_450_for_others_when_all_workers_are_stuck(
    shared: Emulator, engine: docker.DockerClient
):
    rpc = {"worker_threads": 2, "max_queue_size": 1, "keepalive": 1000}
    service = shared.create(a_processor(shared, "stuck", metadata={"rpc": rpc}))
    line = Line(engine, service.pod)

    assert post(service, b"time.sleep(3600)").status == 408
    assert service.ask("'the other worker'") == "the other worker"
    assert post(service, b"time.sleep(3600)").status == 408

    waiting = service.begin("/", b"1")
    line.becomes(running=2, waiting=1)
    assert post(service, b"1").status == 450
    assert end(waiting) == 408
    assert service.status == "Running"

    shared.run("restart", service.name)
    assert service.ask("1") == 1
    service.delete()


@pytest.mark.parametrize(
    ("constructor", "call", "code", "said"),
    [
        ("worker_threads=5", "os._exit(7)", 7, "Service start successfully"),
        ("worker_threads=5", "os.kill(os.getpid(), 9)", 137, "Service start successfully"),
        ("worker_processes=2", "os._exit(7)", 7, "a worker process ended with exit code 7, and all end with it"),
        ("worker_processes=2", "os.kill(os.getpid(), 9)", 137, "a worker process was ended by SIGKILL"),
        ("worker_processes=2", "1 / 0", 1, "a worker process ended: ZeroDivisionError: division by zero"),
    ],
)
def test_a_processor_that_dies_in_a_call_is_started_again(
    shared: Emulator, constructor: str, call: str, code: int, said: str
):
    service = shared.create(a_processor(shared, "dying", f"{EVALUATING}\nMyProcessor({constructor}).run()\n"))

    reply = post(service, call.encode())

    assert (reply.status, b"upstream connect error" in reply.body) == (503, True)
    (instance,) = eventually(lambda: _restarted(service), within=20, what="the restart")
    assert instance["LastState"][0]["exitCode"] == code
    eventually(lambda: said in "".join(service.logs("--previous")[-1:]), within=10, what="its last line")
    eventually(lambda: post(service, b"1").status == 200, within=20, what="an answer of the next run")
    service.delete()


def _restarted(service: Service) -> list[Json]:
    return [instance for instance in service.instances() if instance["RestartCount"] == 1]


def test_sys_exit_in_a_call_ends_that_call_alone(shared: Emulator):
    service = shared.create(a_processor(shared, "leaving"))

    reply = post(service, b"sys.exit(3)")

    assert (reply.status, "sys.exit(3)" in reply.text) == (400, True)
    assert service.ask("MEMORY") == ["initialized"]
