import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from eas_local.adapters.launch import Program
from eas_local.cli.checks import (
    Finding,
    Verdict,
    address,
    disk,
    documents,
    home,
    machine,
    packages,
    program,
    python,
    runtime,
)
from eas_local.cli.engine_checks import gpus, images


@pytest.mark.usefixtures("daemon")
def test_a_running_daemon_is_asked_about_engine_and_gpus(terminal):
    said = terminal.run("doctor")

    assert said.code == 0
    assert "[OK] the daemon runs" in said.out
    assert "[WARN] the gateway does not run; eas-local up -d starts it" in said.out
    assert said.out.splitlines()[-2:] == ["[OK] engine: answers", "[OK] GPUs: T4"]


def test_an_engine_that_does_not_answer_fails_the_examination(terminal, daemon):
    daemon.engine = {"ok": False, "message": "it does not answer; start it"}

    said = terminal.run("doctor", "--output", "json")

    assert said.code == 1
    checks = json.loads(said.out)["Checks"]
    assert [check["message"] for check in checks if check["verdict"] == "FAIL"] == [
        "engine: it does not answer; start it"
    ]


def test_the_python_and_the_packages_of_these_tests_will_do():
    assert (python().verdict, packages().verdict) == (Verdict.OK, Verdict.OK)


def test_nothing_is_made_by_looking(settings):
    list(machine(settings))

    assert not settings.home.exists()


def test_a_home_below_something_that_is_no_folder_fails():
    assert home(Path("/dev/null/home")) == Finding(
        Verdict.FAIL, "home /dev/null/home cannot be written; set EAS_LOCAL_HOME to a folder of yours"
    )


def test_a_document_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "1.json").write_text("{")

    (found,) = documents(tmp_path)

    assert found.verdict is Verdict.FAIL
    assert found.message.startswith(f'service "demo": {tmp_path}/demo/1.json cannot be read (')
    assert found.message.endswith("; restore the file, or create the service again")
    assert list(documents(tmp_path / "absent")) == []


def test_a_runtime_folder_that_is_a_link_fails(tmp_path):
    (tmp_path / "run").symlink_to(tmp_path)

    assert runtime(tmp_path / "run").verdict is Verdict.FAIL
    assert runtime(tmp_path).verdict is Verdict.OK
    assert runtime(Path("/dev/null/run")).verdict is Verdict.FAIL


def test_there_is_disk_here(tmp_path):
    assert disk(tmp_path).verdict is not Verdict.FAIL


def test_a_program_whose_socket_nobody_answers_has_died(settings):
    settings.daemon_socket.touch()

    finding = program(settings, Program.DAEMON, ())

    assert (finding.verdict, finding.message.partition(" (")[0]) == (Verdict.WARN, "the daemon has died")


def test_an_address_is_ours_free_or_taken(settings):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = replace(settings, port=other.getsockname()[1])

        assert address(taken, (Program.GATEWAY,)).message.endswith("is ours")
        assert address(taken, ()).message == (
            f"address 127.0.0.1:{taken.port} is taken by another program; stop that, or set EAS_LOCAL_ADDRESS to another"
        )
    assert address(settings, ()).message.endswith("is free")


def test_an_address_of_no_machine_of_ours_fails(settings):
    assert address(replace(settings, host="192.0.2.1"), ()).verdict is Verdict.FAIL


@pytest.mark.parametrize(("tags", "verdict"), [(["eas-local/sandbox:1f"], Verdict.OK), (["debian:12"], Verdict.WARN)])
def test_the_sandboxs_image_is_there_or_takes_a_while(tags, verdict):
    assert images(tags).verdict is verdict


def test_gpus_are_named_and_none_is_no_fault():
    assert str(gpus(["T4", "T4"])) == "[OK] GPUs: T4, T4"
    assert str(gpus([])) == "[OK] GPUs: none"
