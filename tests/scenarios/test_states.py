"""What a service says of itself when things go wrong, and how it comes right again."""

import re

from tests.scenarios.calling import call
from tests.scenarios.documents import a_container, a_document, a_script
from tests.scenarios.emulator import Emulator
from tests.scenarios.eventually import eventually, throughout

ONCE = """
[ -e /flag/came ] && exec python /mnt/programs/server.py
touch /flag/came; echo it is broken; exit 1
"""
FLAG = {"mount_path": "/flag", "empty_dir": {}}


def test_a_wrong_port_keeps_a_service_waiting_and_says_why(emulator: Emulator):
    wrong = a_container(command="python /mnt/programs/server.py 7000")

    ended = emulator.run("create", emulator.write(a_document("wrong", wrong)), "--timeout", "5", status=1)

    assert "Waiting" in ended.err
    assert "8000" in ended.err
    assert "7000" in ended.err
    (instance,) = emulator.run("w", "wrong", "--output", "json").json["Instances"]
    assert (instance["Status"], instance["ReadyProcesses"], instance["TotalProcesses"]) == ("Running", 1, 2)


def test_a_server_on_localhost_only_keeps_a_service_waiting_and_says_why(emulator: Emulator):
    local = a_container(command="python -m http.server 8000 --bind 127.0.0.1")

    ended = emulator.run("create", emulator.write(a_document("local", local)), "--timeout", "5", status=1)

    assert "127.0.0.1" in ended.err
    assert "0.0.0.0" in ended.err


def test_an_exit_before_ready_fails_the_service_at_once_and_success_brings_it_back(emulator: Emulator):
    document = a_document("once", a_script(ONCE), storage=[FLAG])

    failed = emulator.run("create", emulator.write(document), status=1)

    sentence = r"Instance <once-[0-9a-f]{10}-\w{5}> not healthy: Instance crashed, please inspect instance log\."
    assert re.search(sentence, failed.err)
    assert "it is broken" in failed.err
    again = eventually(
        lambda: emulator.run("desc", "once", "--output", "json").json["Status"] == "Running", 20, "the recovery"
    )
    assert again


def test_a_crash_after_running_leaves_the_service_running(emulator: Emulator):
    service = emulator.create(a_document("steady"))

    service.call("/eval", method="POST", body=b"os._exit(3)")

    throughout(lambda: _is_running(service.status), lasting=2)
    eventually(lambda: service.call().status == 200, within=20, what="an answer after the restart")


def _is_running(status: str) -> None:
    assert status == "Running"


def test_restarts_are_counted_and_the_last_end_is_told(emulator: Emulator):
    emulator.run("create", emulator.write(a_document("crashing", a_script("echo no model; exit 7"))), status=1)

    eventually(lambda: _restarts(emulator) >= 2, within=20, what="a second restart")
    (instance,) = emulator.run("w", "crashing", "--output", "json").json["Instances"]
    (last,) = instance["LastState"]
    table = emulator.run("w", "crashing").out

    assert (last["exitCode"], last["reason"]) == (7, "Error")
    assert last["startedAt"] <= last["finishedAt"]
    assert '"exitCode":7' in table
    assert "RESTARTS" in table
    assert emulator.run("logs", "crashing", "--previous").out.rstrip().endswith("no model")


def _restarts(emulator: Emulator) -> int:
    (instance,) = emulator.run("w", "crashing", "--output", "json").json["Instances"]
    return int(instance["RestartCount"])


def test_a_command_that_is_not_in_the_image_is_said_in_words(emulator: Emulator):
    missing = a_container(command="/no/such/program --port 8000")

    ended = emulator.run("create", emulator.write(a_document("absent", missing)), "--timeout", "20", status=1)

    assert "/no/such/program" in ended.err


def test_the_history_of_a_service_is_kept(emulator: Emulator):
    service = emulator.create(a_document("told"))
    emulator.run("stop", service.name)

    states = [event["Reason"] for event in _events(emulator)]

    assert [state for state in ("Waiting", "Running", "Stopped") if state not in states] == []


def _events(emulator: Emulator) -> list[dict[str, str]]:
    return list(call(emulator.port, "/api/v2/services/cn-local/told/events").json["Events"])
