"""The level below BaseProcessor: code that reads and answers with threads of its own."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.processors.python.program import STARTED, running

HEAD = "import allspark, threading\ncontext = allspark.Context(4)\nqueued = context.queued_service()\n"


@pytest.fixture
def looping(tmp_path):
    def run(loop: str, **options):
        return running(tmp_path, HEAD + loop, **options)

    return run


def test_threads_read_and_write(looping):
    loop = r"""
def work():
    while True:
        data = queued.read()
        if data:
            queued.write(data.upper())
        else:
            queued.error(402, b"too little")
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads: thread.start()
"""
    with looping(loop) as program:
        program.says(STARTED)
        with ThreadPoolExecutor(6) as callers:
            replies = list(callers.map(program.post, [b"hello"] * 30))

        assert {(reply.status, reply.body) for reply in replies} == {(200, b"HELLO")}
        assert (program.post(b"").status, program.post(b"").body) == (402, b"too little")
        assert program.readiness().json == {"worker_threads": 64}


def test_what_was_read_with_an_id_is_answered_by_anybody(looping):
    loop = """
first, its_id = queued.read_with_id()
second, other_id = queued.read_with_id()
answering = threading.Thread(target=queued.write_with_id, args=(b"second", other_id))
answering.start()
answering.join()
queued.error_with_id(500, "first", its_id)
threading.Event().wait()
"""
    with looping(loop) as program, ThreadPoolExecutor(2) as callers:
        program.says(STARTED)
        replies = sorted((reply.status, reply.body) for reply in callers.map(program.post, [b"a", b"b"]))

    assert replies == [(200, b"second"), (500, b"first")]


def test_several_are_read_and_answered_together(looping):
    loop = """
print(queued.read_upto(5, 1))
batch = []
while len(batch) < 2:
    batch += queued.read_upto(2 - len(batch), 5000)
queued.write_many([data.upper() for data in batch])
threading.Event().wait()
"""
    with looping(loop) as program:
        program.says("[]")
        with ThreadPoolExecutor(2) as callers:
            assert {reply.body for reply in callers.map(program.post, [b"a", b"b"])} == {b"A", b"B"}


def test_a_path_may_have_a_handler_of_its_own(looping):
    loop = """
queued.inject("/own", lambda data: (data * 2, 201), "token")
queued.inject("/wrong", lambda data: 1 / 0, "token")
queued.read()
queued.write(b"other")
queued.read()
"""
    with looping(loop) as program:
        program.says(STARTED)
        own, wrong, other = (program.post(b"ab", path) for path in ("/own", "/wrong", "/other"))

    assert [(reply.status, reply.body) for reply in (own, wrong, other)] == [
        (201, b"abab"),
        (400, b"division by zero"),
        (200, b"other"),
    ]


def test_stop_ends_who_waits(looping):
    loop = r"""
def work():
    try:
        queued.read()
    except allspark.Stopped:
        print("stopped\n", end="", flush=True)  # in one piece, beside the others
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads: thread.start()
context.stop()
"""
    with looping(loop) as program:
        assert program.ended() == (0, "stopped")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            "queued.write(b'')",
            "RuntimeError: this thread has read no request that is not answered yet; call read() first",
        ),
        ("context.channel('http://a')", "not public; call http://a over HTTP instead"),
        ("allspark.cflags()", "not public; a processor in C or C++ needs none"),
        ("allspark.ldflags()", "not public; a processor in C or C++ needs none"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(looping, call: str, told: str):
    with looping(call) as program:
        code, last = program.ended()

    assert (code, told in last) == (1, True)
