"""No request to a processor is lost while the service changes or programs around it are killed."""

import pytest

from tests.scenarios.control import update
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.engine import Belongings, inside
from tests.scenarios.eventually import eventually
from tests.scenarios.load import EVENT_PAUSE, EVENTS, nothing_lost, under_load
from tests.scenarios.processors import a_processor, post, put

LOADED = f"""
import json, time
import allspark

TICKS = b"".join(b"data: %d\\n\\n" % event for event in range({EVENTS}))
VERSION = 1


class MyProcessor(allspark.BaseProcessor):
    def initialize(self):
        pass

    def process(self, data):
        if not data:
            time.sleep({EVENTS * EVENT_PAUSE})
            return TICKS, 200
        if not data.strip(b"x"):
            time.sleep(2)
            return b'"slept"', 200
        return json.dumps({{"body": data.decode(), "version": VERSION}}), 200


MyProcessor(worker_threads=10).run()
"""
"""Answers the calls of the load as the scenarios' server does: a processor sees their bodies alone."""


@pytest.fixture
def service(emulator: Emulator) -> Service:
    return emulator.create(a_processor(emulator, "loaded", LOADED))


def version(service: Service) -> int:
    return int(post(service, b"which").json["version"])


def test_a_new_version_of_the_code_takes_over(service: Service):
    before = service.pod
    put(service.emulator, service.name, "app.py", LOADED.replace("VERSION = 1", "VERSION = 2"))

    with nothing_lost(service):
        service.emulator.run("restart", service.name)
        eventually(lambda: service.pods and before not in service.pods, within=60, what="the end of the old instance")

    assert version(service) == 2


def test_limits_change_while_it_serves(service: Service):
    before = service.pod

    with nothing_lost(service) as load:
        for rpc in ({"max_queue_size": 10}, {"rate_limit": 100_000}, {"keepalive": 4000}):
            update(service, {"metadata": {"rpc": rpc}})
            load.goes_on()

    assert service.pod == before


def test_the_daemon_is_killed_and_the_sidecar_too(service: Service, belongings: Belongings):
    before = belongings.ids()

    with nothing_lost(service) as load:
        service.emulator.kill("daemon")
        load.goes_on()
        assert service.status == "Running"
    kill = "import os, pathlib, signal; [os.kill(int(p.name), 9) for p in pathlib.Path('/proc').glob('[0-9]*') "
    kill += "if b'eas_local.sidecar' in (p / 'cmdline').read_bytes() and int(p.name) != os.getpid()]"
    with under_load(service) as load:
        load.goes_on()
        inside(belongings.sandbox(service.pod), "python3", "-c", kill)
        load.goes_on()

    assert len(load.failures) <= load.size, str(load)
    assert version(service) == 1
    assert belongings.ids() == before
    assert service.instances()[0]["RestartCount"] == 0
