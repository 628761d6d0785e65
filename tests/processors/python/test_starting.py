"""From the start of the program to its first request, and what ends it before."""

import ast
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.processors.python.program import ALLSPARK, EVALUATING, STARTED, running, serving
from tests.scenarios.calling import dial


def test_it_is_initialized_once_and_says_the_lines_of_the_reference(tmp_path):
    with running(tmp_path, EVALUATING + "\nEvaluating(worker_threads=3).run()") as program:
        said = [line.partition("] ")[2] for line in program.says(STARTED)]

        assert said == [
            "[INFO] Processor api version: v2",
            "[INFO] rpc binds to predefined port 8080",
            "[INFO] Start 3 worker thread",
            "[INFO] Service start successfully",
        ]
        assert program.post(b"SEEN, 200").text == "['initialize']"


LOADING = EVALUATING.replace('SEEN.append("initialize")', "print('loading'); open('gate').read()")


def test_who_asks_early_is_answered_when_initialize_has_returned(tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    with running(tmp_path, LOADING + "\nEvaluating().run()") as program:
        program.says("loading")
        with dial(program.ready_port) as asking, dial(program.port) as early:
            asking.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            early.sendall(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nb'ok', 200")
            asking.settimeout(0.05)
            with pytest.raises(TimeoutError):
                asking.recv(1)
            gate.write_text("go")
            asking.settimeout(5)

            assert asking.recv(4096).endswith(b'{"worker_threads": 5}')
            assert early.recv(4096).endswith(b"\r\n\r\nok")


PLAIN = "import allspark\nclass MyProcessor(allspark.BaseProcessor):\n    "
INITIALIZE = "def initialize(self): pass\n    "
PROCESS = "def process(self, data): return data, 200\n"
RUN = "\nMyProcessor().run()\n"


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        ("import no_such_module", 1, "ModuleNotFoundError: No module named 'no_such_module'"),
        ("import sys; sys.exit(3)", 3, ""),
        (PLAIN + INITIALIZE + RUN, 1, 'class MyProcessor has no process; write "def process(self, data): ..." in it'),
        (PLAIN + PROCESS + RUN, 1, 'class MyProcessor has no initialize; write "def initialize(self): ..." in it'),
        (
            PLAIN + INITIALIZE + "def process(self): pass" + RUN,
            1,
            'process of class MyProcessor has other parameters than it is called with; write "def process(self, data): ..."',
        ),
        (
            PLAIN + INITIALIZE + "def process(self, data, more): pass" + RUN,
            1,
            "process of class MyProcessor has other parameters than it is called with; write",
        ),
        (
            PLAIN + "def initialize(self, x): pass\n    " + PROCESS + RUN,
            1,
            'initialize of class MyProcessor has other parameters than it is called with; write "def initialize(self): ..."',
        ),
        (
            PLAIN + "def initialize(self): open('/no/model')\n    " + PROCESS + RUN,
            1,
            "FileNotFoundError: [Errno 2] No such file",
        ),
        (
            PLAIN + "def initialize(self): raise SystemExit(2)\n    " + PROCESS + RUN,
            1,
            "initialize called sys.exit(2); let it return when everything is loaded",
        ),
        (
            PLAIN + INITIALIZE + PROCESS + "MyProcessor(worker_threads=0).run()",
            1,
            "worker_threads of class MyProcessor is 0; it must be at least 1",
        ),
    ],
)
def test_what_cannot_start_ends_with_a_sentence(tmp_path, code: str, status: int, told: str):
    with running(tmp_path, code) as program:
        code, last = program.ended()

    assert code == status
    assert told in last


@pytest.mark.parametrize(
    "constructor",
    [
        "self.early = 1; super().__init__(*args, **kwargs)",
        "super(Mine, self).__init__(*args, **kwargs)",
        "self.worker_threads = 2",
    ],
)
def test_a_class_may_have_a_constructor_of_its_own(tmp_path, constructor: str):
    own = f"\nclass Mine(Evaluating):\n    def __init__(self, *args, **kwargs):\n        {constructor}\n"

    with serving(tmp_path, f"{own}\nMine(worker_threads=2).run()") as program:
        assert program.post(b"(self.worker_threads, self.io_threads, self.worker_processes), 200").text == "(2, 4, 1)"
        assert program.readiness().json == {"worker_threads": 2}
        assert program.post(b"(self.context is not None and self.queued is not None), 200").text == "True"


def test_the_model_is_told_as_text_that_may_be_decoded(tmp_path):
    with serving(tmp_path, variables={"EAS_HOST_MODEL": "/eas/workspace/model/a.bin"}) as program:
        assert program.post(b"self.get_model_path(), 200").text == "/eas/workspace/model/a.bin"
        assert program.post(b"self.get_model_path().decode(), 200").text == "/eas/workspace/model/a.bin"


# -- a recorded request


def test_a_recorded_request_is_computed_five_times_before_it_is_ready(tmp_path):
    (tmp_path / "recorded").write_bytes(b"SEEN.append('recorded'), 200")

    with serving(tmp_path, variables={"EAS_HOST_WARM_UP": str(tmp_path / "recorded")}) as program:
        assert program.post(b"SEEN, 200").text == str(["initialize", *["recorded"] * 5])


@pytest.mark.parametrize("constructor", ["", "worker_processes=2"])
@pytest.mark.parametrize(
    ("recorded", "told"),
    [(b"1 / 0", "400: division by zero"), (b"'no', 500", "500: no"), (b"None", "400: process returned")],
)
def test_a_recorded_request_that_fails_keeps_it_unready_and_says_why(
    tmp_path, constructor: str, recorded: bytes, told: str
):
    (tmp_path / "recorded").write_bytes(recorded)
    variables = {"EAS_HOST_WARM_UP": str(tmp_path / "recorded")}

    with running(tmp_path, f"{EVALUATING}\nEvaluating({constructor}).run()", variables=variables) as program:
        program.says("[ERROR] the recorded request (warm_up_data_path) was answered " + told)
        reply = program.readiness()
        program.process.kill()
        _, last = program.ended()

    assert reply.status == 503
    assert told in reply.json["failure"]
    assert "[INFO]" not in last


# -- on somebody's own machine


def test_it_listens_where_its_endpoint_says(tmp_path):
    with serving(tmp_path, "Evaluating(endpoint='127.0.0.1:{port}').run()", hosted=False) as program:
        assert program.post(b"b'mine', 200").body == b"mine"


def test_an_endpoint_does_not_count_in_the_cloud(tmp_path):
    code = (
        "import allspark\nfor _ in range(2):\n    print(allspark.BaseProcessor(endpoint='0.0.0.0:1').queued.front.port)"
    )

    with running(tmp_path, code, hosted=False, variables={"NAMESPACE": "a", "POD_NAME": "b"}) as program:
        assert program.ended() == (0, "8080")


def test_a_wrong_endpoint_is_told(tmp_path):
    with running(tmp_path, EVALUATING + "\nEvaluating(endpoint='nowhere')", hosted=False) as program:
        assert program.ended() == (1, 'ValueError: endpoint "nowhere" is no address; write one such as 0.0.0.0:8080')


@pytest.mark.parametrize("constructor", ["", "worker_processes=2, "])
def test_a_port_that_is_taken_is_told_in_a_sentence(tmp_path, constructor: str):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code = f"{EVALUATING}\nEvaluating({constructor}endpoint='{address}').run()"

        with running(tmp_path, code, hosted=False) as program:
            said, _ = program.process.communicate(timeout=5)

    (line,) = said.splitlines()
    assert line.endswith(
        f"[ERROR] {address} cannot be listened on: Address already in use; "
        'name another one, such as endpoint="127.0.0.1:8081", in the constructor'
    )


def test_its_model_is_in_the_current_folder(tmp_path):
    code = "import allspark\nprint(allspark.BaseProcessor().get_model_path())"

    with running(tmp_path, code, hosted=False) as program:
        assert program.ended() == (0, str(tmp_path / "model"))


@pytest.mark.parametrize("constructor", ["", "worker_processes=2, "])
def test_an_interrupt_ends_it_without_a_traceback(tmp_path, constructor: str):
    with serving(tmp_path, f"Evaluating({constructor}endpoint='127.0.0.1:{{port}}').run()", hosted=False) as program:
        program.process.send_signal(signal.SIGINT)

        assert program.ended() == (130, "")


def test_it_runs_on_every_python_of_this_machine(tmp_path):
    found = [path for minor in range(6, 20) if (path := shutil.which(f"python3.{minor}"))]

    for python in found:
        if subprocess.run([python, "-V"], capture_output=True, check=False).returncode == 0:
            with serving(tmp_path, python=python) as program:
                assert program.post(b"b'hello', 200").body == b"hello"


@pytest.mark.parametrize("file", sorted(Path(ALLSPARK, "allspark").glob("*.py")), ids=lambda file: file.name)
def test_no_file_has_grammar_that_an_old_python_lacks(file: Path):
    ast.parse(file.read_text(), feature_version=(3, 6))
