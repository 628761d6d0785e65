import json
import socket

import pytest

from eas_local.adapters.launch import Program, log_of
from tests.cli.fake_daemon import FakeDaemon


@pytest.fixture
def gateway(settings):
    with FakeDaemon(settings.gateway_socket).serving() as gateway:
        yield gateway


@pytest.mark.usefixtures("daemon")
def test_up_in_the_background_says_where_it_serves(terminal):
    said = terminal.run("up", "-d")

    assert (said.code, said.out, said.err) == (0, "", "[OK] Serving at: [http://127.0.0.1:8600]\n")


def test_up_says_what_is_wrong_with_the_engine(terminal, daemon):
    daemon.engine = {"ok": False, "message": "the engine does not answer; start it"}

    said = terminal.run("up", "-d", "--output", "json")

    assert said.err.splitlines()[-1] == "[WARN] the engine does not answer; start it"
    assert json.loads(said.out)["engine"] == daemon.engine


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ((), (0, 0, 1, False)),
        (("--hold",), (30, 0, 1, False)),
        (("--hold", "5", "--gateway-timeout", "2.5", "--gateway-workers", "4"), (5, 2.5, 4, False)),
        (("--parity-timing",), (0, 0, 1, True)),
    ],
)
def test_up_starts_the_programs_with_what_it_was_asked_for(terminal, words, asked):
    started = []
    terminal.start = lambda settings, _say: started.append(settings)

    terminal.run("up", "-d", *words)

    assert [(s.hold, s.gateway_timeout, s.gateway_workers, s.parity_timing) for s in started] == [asked]


@pytest.mark.usefixtures("daemon")
def test_up_says_that_what_runs_keeps_its_settings(terminal):
    refused = terminal.run("up", "--hold")

    assert refused.code == 1
    assert refused.err == (
        "eas-local: the emulator runs already, by its own settings; for these: eas-local down, then eas-local up\n"
    )
    assert terminal.run("up", "-d").code == 0


@pytest.mark.parametrize(
    "words", [("--hold", "31"), ("--hold", "-1"), ("--gateway-timeout", "soon"), ("--gateway-workers", "0")]
)
def test_up_refuses_what_cannot_be(terminal, words):
    said = terminal.run("up", "-d", *words)

    assert said.code == 2
    assert said.err.startswith(f"eas-local: argument {words[0]}:")


def test_up_in_the_foreground_shows_what_happens_and_shuts_down_when_interrupted(terminal, daemon, gateway, settings):
    log = log_of(settings, Program.DAEMON)
    log.parent.mkdir(parents=True)
    log.write_text("yesterday\n")

    def start(*_):
        log.write_text("yesterday\ncreate demo/0: no instance of this revision\nhalf a li")

    terminal.start = start
    said = terminal.interrupted().run("up")

    assert said.code == 0
    assert said.err.splitlines() == [
        "[OK] Serving at: [http://127.0.0.1:8600]",
        "create demo/0: no instance of this revision",
        "",
        "[OK] Stopping the services",
        "[OK] eas-local is stopped",
    ]
    assert (daemon.stopping, gateway.stopping) == ([{"purge": False}], [{}])


def test_down_stops_the_services_and_then_both_programs(terminal, daemon, gateway):
    said = terminal.run("down")

    assert said.code == 0
    assert said.err.splitlines() == ["[OK] Stopping the services", "[OK] eas-local is stopped"]
    assert (daemon.stopping, gateway.stopping) == ([{"purge": False}], [{}])


def test_down_where_nothing_runs_starts_nothing(terminal, settings):
    said = terminal.run("down")

    assert (said.code, said.err) == (0, "[OK] eas-local does not run\n")
    assert not settings.home.exists()


def test_purge_of_an_empty_home_starts_nothing(terminal, settings):
    settings.home.mkdir()
    started = []
    terminal.start = lambda *_: started.append("daemon")

    assert (terminal.run("down", "--purge").code, started) == (0, [])


def test_down_after_a_killed_daemon_starts_one_to_end_its_services(terminal, settings):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(settings.daemon_socket))
    started = []
    terminal.start = lambda *_: started.append("daemon")

    terminal.run("down")

    assert started == ["daemon"]


def test_purge_leaves_nothing_of_what_starting_made(terminal, daemon, settings):
    log = log_of(settings, Program.DAEMON)
    log.parent.mkdir(parents=True)
    log.touch()
    half_written = settings.home / ".routes.json.x1y2"
    half_written.touch()

    terminal.run("down", "--purge")

    assert daemon.stopping == [{"purge": True}]
    assert not settings.home.exists()


@pytest.mark.usefixtures("daemon")
def test_purge_leaves_and_names_what_is_not_its_own(terminal, settings):
    (settings.home / "oss" / "bucket").mkdir(parents=True)
    (settings.home / "state.db-wal").touch()

    said = terminal.run("down", "--purge")

    assert [path.name for path in settings.home.iterdir()] == ["oss"]
    assert f"[OK] {settings.home} stays, for there is more in it: oss" in said.err.splitlines()
