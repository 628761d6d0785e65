"""GPUs on an engine that hands them out. A library of our own stands for the driver, a program for NVIDIA's runtime hook."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.test_nvml import TWO_GPUS, compiled
from tests.scenarios.conftest import an_emulator
from tests.scenarios.documents import a_document
from tests.scenarios.emulator import Emulator
from tests.scenarios.eventually import eventually
from tests.scenarios.second_engine import SecondEngine

DEVICES = "os.environ['NVIDIA_VISIBLE_DEVICES'].split(',')"


@pytest.fixture
def machine(second_engine: SecondEngine, tmp_path: Path) -> Iterator[Emulator]:
    """An emulator on a machine with two GPUs, the second of them with more free memory."""
    compiled(TWO_GPUS, tmp_path / "libnvidia-ml.so.1")
    with an_emulator(DOCKER_HOST=second_engine.address, LD_LIBRARY_PATH=str(tmp_path)) as made:
        yield made


def test_gpus_are_particular_devices_and_never_given_twice(machine: Emulator):
    first = machine.create(a_document("first", metadata={"gpu": 1}))
    second = machine.create(a_document("second", metadata={"gpu": 1}))
    none = machine.create(a_document("none"))

    assert first.ask(DEVICES) == ["GPU-1"]
    assert second.ask(DEVICES) == ["GPU-0"]
    assert none.ask("os.environ.get('NVIDIA_VISIBLE_DEVICES')") is None


def test_a_service_may_have_several_gpus(machine: Emulator):
    both = machine.create(a_document("both", metadata={"gpu": 2}))

    assert sorted(both.ask(DEVICES)) == ["GPU-0", "GPU-1"]


def test_too_few_gpus_keep_a_service_waiting_and_what_is_missing_is_named(machine: Emulator):
    holder = machine.create(a_document("holder", metadata={"gpu": 2}))

    waiting = machine.submit(a_document("waiting", metadata={"gpu": 1}))

    seen = waiting.becomes("Waiting", within=20)
    assert (seen["Reason"], seen["PendingInstance"]) == ("Unschedulable", 1)
    assert "needs 1 GPU, 0 of this machine's 2 are free" in seen["Message"]

    holder.delete()
    waiting.becomes("Running")
    assert waiting.ask(DEVICES) == ["GPU-1"]


def test_a_device_stays_with_its_instance_when_the_container_restarts(machine: Emulator):
    service = machine.create(a_document("faithful", metadata={"gpu": 1}))

    service.call("/eval", method="POST", body=b"os._exit(3)")

    eventually(lambda: service.instances()[0]["RestartCount"] == 1, within=20, what="a restart")
    eventually(lambda: service.call().status == 200, within=20, what="an answer after the restart")
    assert service.ask(DEVICES) == ["GPU-1"]


def test_a_machine_without_gpus_says_so(tmp_path: Path):
    compiled("int nvmlInitWithFlags(unsigned flags) { return 9; }", tmp_path / "libnvidia-ml.so.1")
    with an_emulator(LD_LIBRARY_PATH=str(tmp_path)) as bare:
        hopeless = bare.submit(a_document("hopeless", metadata={"gpu": 1}))

        seen = hopeless.becomes("Waiting", within=20)

        assert "needs 1 GPU, and this machine has none that can be used" in seen["Message"]
