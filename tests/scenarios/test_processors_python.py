"""Python processors as their authors know them: how they are started and called, what they may return, where things are."""

import pytest

from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.processors import EVALUATING, RUN, a_processor, at_once, meet, post, put

WORKSPACE = "/home/admin/docker_ml/workspace"
MODEL = "/eas/workspace/model"


@pytest.fixture(scope="module")
def plain(shared: Emulator) -> Service:
    return shared.create(a_processor(shared, "plain"))


# -- how it is started, and how many calls run at once


@pytest.mark.parametrize(
    ("name", "started", "threads"),
    [
        ("keyword", "MyProcessor(worker_threads=10).run()", 10),
        ("endpoint", 'MyProcessor(worker_threads=3, endpoint="0.0.0.0:8079").run()', 3),
        ("positional", "runner = MyProcessor(2, 4, 1)\nrunner.run()", 2),
        ("default", "MyProcessor().run()", 5),
    ],
)
def test_a_processor_has_the_threads_that_its_constructor_says(shared: Emulator, name: str, started: str, threads: int):
    service = shared.create(a_processor(shared, name, f"{EVALUATING}\n{started}\n"))

    assert post(service, b"'the service'").json == "the service"
    assert post(service, b"'a path'", path="/test").json == "a path"
    assert meet(service, threads) == {200}
    assert 400 in meet(service, threads + 1)
    assert service.ask("MEMORY") == ["initialized"]
    service.delete()


def test_worker_threads_of_the_file_outdo_the_constructors(shared: Emulator):
    code = EVALUATING + "\nMyProcessor(worker_threads=10).run()\n"

    service = shared.create(a_processor(shared, "narrowed", code, metadata={"rpc": {"worker_threads": 2}}))

    assert meet(service, 2) == {200}
    assert 400 in meet(service, 3)


def test_worker_processes_are_as_many_children_each_initialized_once(shared: Emulator):
    code = EVALUATING + "\nMyProcessor(worker_processes=2).run()\n"

    service = shared.create(a_processor(shared, "children", code))

    both = at_once(service, 2, b"time.sleep(0.5) or [os.getpid(), MEMORY]")
    assert len({reply.json[0] for reply in both}) == 2
    assert [reply.json[1] for reply in both] == [["initialized"]] * 2


# -- what it is given, and what it returns

RETURNING = """
import allspark, sys

class MyProcessor(allspark.BaseProcessor):
    def initialize(self):
        pass

    def process(self, data):
        return eval(data or "(repr(data), 200)")
"""


@pytest.fixture(scope="module")
def returning(shared: Emulator) -> Service:
    return shared.create(a_processor(shared, "returning", RETURNING + RUN))


@pytest.mark.parametrize(
    ("returned", "status", "body"),
    [
        ('b"bytes", 200', 200, b"bytes"),
        ('b"zero is fine, too", 0', 200, b"zero is fine, too"),
        ('"text", 200', 200, b"text"),
        ('{"any": 1}, 200', 200, b"{'any': 1}"),
        ('b"", 200', 200, b""),
        ('b"too little", 402', 402, b"too little"),
        ('b"broken", 500', 500, b"broken"),
        ("1 / 0", 400, b"division by zero"),
    ],
)
def test_what_process_returns_is_the_answer(returning: Service, returned: str, status: int, body: bytes):
    reply = post(returning, returned.encode())

    assert (reply.status, reply.body) == (status, body)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert "x-eas-request-id" not in reply.headers


@pytest.mark.parametrize("returned", ["None", "b'no status'", "(b'one', 200, 'more')", "(b'', 'ok')"])
def test_what_process_may_not_return_is_told_to_caller_and_author(returning: Service, returned: str):
    reply = post(returning, returned.encode())

    assert reply.status == 400
    assert "process" in reply.text
    assert any("process" in line for line in returning.logs())


def test_any_method_reaches_process_and_none_needs_a_body(returning: Service):
    for method in ("GET", "POST", "PUT", "DELETE"):
        assert returning.call("/any", method=method).body == b"b''"


def test_a_body_in_chunks_reaches_process_whole(returning: Service):
    parts = (b"b'", b"x" * 200_000, b"', 200")

    assert returning.call(method="POST", body=iter(parts)).body == b"x" * 200_000


# -- where its things are


def test_code_settings_and_model_lie_where_processors_look_for_them(shared: Emulator):
    shared.folder("weights").joinpath("weights.txt").write_text("0.5")
    document = a_processor(shared, "placed", model_path="./weights", model_config="as it was written")
    put(shared, "placed", "words/greeting.txt", "hello")

    service = shared.create(document)

    assert service.ask("[os.getcwd(), open('words/greeting.txt').read()]") == [f"{WORKSPACE}/predictor", "hello"]
    assert service.ask("self.get_model_path()") == MODEL
    models = [service.ask(f"open('{place}/weights.txt').read()") for place in (MODEL, "../model")]
    assert models == ["0.5", "0.5"]
    assert service.ask("os.environ['SERVICE_CONFIG']") == f"{WORKSPACE}/config/config.json"
    assert service.ask("json.load(open('../config/config.json'))") == document
    assert service.ask("allspark.default_properties().get('model.model_config', '')") == "as it was written"


def test_a_model_that_is_one_file_is_the_models_path(shared: Emulator):
    (shared.work / "weight.bin").write_bytes(b"0.5")

    service = shared.create(a_processor(shared, "single", model_path="./weight.bin"))

    assert service.ask("self.get_model_path()") == f"{MODEL}/weight.bin"
    assert service.ask("open(self.get_model_path().decode()).read()") == "0.5"


def test_code_may_write_beside_itself_and_finds_it_fresh_after_a_restart(shared: Emulator):
    service = shared.create(a_processor(shared, "writing"))
    assert service.ask("open('note.txt', 'w').write('mine')") == 4

    shared.run("restart", service.name)

    assert service.ask("os.path.exists('note.txt')") is False
    assert not (shared.work / "writing" / "note.txt").exists()


def test_properties_are_read_and_written(plain: Service):
    assert plain.ask("allspark.default_properties().get('rpc.max_queue_size', 0)") == 64
    assert plain.ask("str(allspark.default_properties().get('no.such', b'other'))") == "b'other'"
    assert (
        plain.ask("[allspark.default_properties().put('mine', 'x'), allspark.default_properties().get('mine', '')][1]")
        == "x"
    )


def test_code_sets_its_own_keepalive_by_its_property(shared: Emulator):
    puts = "\nallspark.default_properties().put('rpc.keepalive', '10000')\n"

    service = shared.create(a_processor(shared, "patient", EVALUATING + puts + RUN, metadata={"rpc.keepalive": 500}))

    assert service.ask("time.sleep(1)") is None


# -- code with a loop of its own

LOOP = """
import allspark, threading

service = allspark.Context(4).queued_service("0.0.0.0:8080")

def work():
    while True:
        data = service.read()
        if data:
            service.write(data.upper())
        else:
            service.error(402, b"too little")

for _ in range(2):
    threading.Thread(target=work).start()
"""


def test_code_may_read_and_write_the_queue_itself(shared: Emulator):
    service = shared.create(a_processor(shared, "looping", LOOP))

    good, bad = post(service, b"hello"), post(service, b"")

    assert (good.status, good.body) == (200, b"HELLO")
    assert (bad.status, bad.body) == (402, b"too little")
