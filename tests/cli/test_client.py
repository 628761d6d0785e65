import socket
import threading

import pytest

from eas_local.client import Client, ClientError, DaemonDown, LogLine
from tests.cli.fake_daemon import FakeDaemon, a_line, a_look, a_service


@pytest.fixture
def client(daemon: FakeDaemon) -> Client:
    daemon.services = {"demo": a_service()}
    return Client(daemon.socket)


def test_a_refusal_keeps_status_code_message_and_problems(client, daemon):
    problems = [{"field": "metadata.cpu", "message": "is negative"}]
    daemon.refusal = (400, {"Code": "InvalidParameter", "Message": "metadata.cpu: is negative", "Problems": problems})

    with pytest.raises(ClientError) as caught:
        client.create("{}", "/")

    assert (caught.value.status, caught.value.code, str(caught.value)) == (
        400,
        "InvalidParameter",
        "metadata.cpu: is negative",
    )
    assert [str(problem) for problem in caught.value.problems] == ["metadata.cpu: is negative"]


def test_a_name_with_every_character_arrives_as_it_is(client):
    with pytest.raises(ClientError, match='service "a%2Fb%20%3F" does not exist'):
        client.describe("a/b ?")


def test_a_look_answers_when_something_changed(client, daemon):
    daemon.looks = [a_look("Waiting")]

    first = client.look("demo")

    assert (first.state, first.total, first.pending) == ("Waiting", 1, 1)
    daemon.looks = [a_look("Running", running=1)]
    assert client.look("demo", after=first.seq, wait=5).state == "Running"


def test_log_lines_come_one_by_one(client, daemon):
    daemon.logs = [a_line("one"), a_line("two")]

    lines = client.logs("demo")

    assert next(lines) == LogLine("demo-5ff76448fd-h9dsn", "worker0", daemon.logs[0]["at"], "one")
    lines.close()


def test_nobody_on_the_socket_is_told_apart_from_a_refusal(settings):
    with pytest.raises(DaemonDown, match="nothing answers"):
        Client(settings.daemon_socket).health()


def test_a_socket_file_left_by_a_killed_daemon_is_nobody(settings):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(settings.daemon_socket))

    with pytest.raises(DaemonDown, match="nothing answers"):
        Client(settings.daemon_socket).health()


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", b"no http\r\n\r\n"])
def test_an_answer_that_breaks_off_is_one_sentence(settings, said):
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(settings.daemon_socket))
        door.listen()
        threading.Thread(target=_answer_once, args=(door, said)).start()

        with pytest.raises(DaemonDown, match="broke off"):
            Client(settings.daemon_socket).health()


def test_an_error_that_is_no_json_is_shown_as_it_is(settings):
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(settings.daemon_socket))
        door.listen()
        said = b"HTTP/1.1 500 Oh\r\nContent-Length: 4\r\n\r\noops"
        threading.Thread(target=_answer_once, args=(door, said)).start()

        with pytest.raises(ClientError, match="the emulator answered 500: oops"):
            Client(settings.daemon_socket).health()


def _answer_once(door: socket.socket, said: bytes) -> None:
    connection, _ = door.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(said)
