"""The vendor's prediction client calls a service, unmodified.

It needs an old protobuf, so it lives in an environment of its own, made once and kept.
"""

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.scenarios import metrics
from tests.scenarios.documents import Json, a_document
from tests.scenarios.emulator import HERE, Emulator, Service
from tests.scenarios.eventually import eventually

ENVIRONMENT = HERE.parents[1] / ".cache" / "eas_prediction"
PACKAGES = ("eas-prediction==0.36", "protobuf<3.21")


def made_environment() -> Path:
    """The interpreter of that environment."""
    python = ENVIRONMENT / "bin" / "python"
    if not (ENVIRONMENT / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], check=True, timeout=60)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True, timeout=300)
        (ENVIRONMENT / "complete").touch()
    return python


@pytest.fixture(scope="session")
def python() -> Path:
    return made_environment()


@pytest.fixture(scope="module")
def echo(shared: Emulator) -> Service:
    return shared.create(a_document("echo"))


def said(python: Path, service: Service, *, token: str | None = None, access: str = "gateway") -> str:
    """What the client prints about a call with the body "hello"."""
    endpoint = f"http://127.0.0.1:{service.emulator.port}"
    program = HERE / "programs" / "predict.py"
    words = [python, program, endpoint, service.name, service.token if token is None else token, "hello", access]
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=30).stdout


def test_its_signature_is_accepted_and_the_answer_arrives(python: Path, echo: Service):
    answer = json.loads(said(python, echo))

    assert (answer["method"], answer["path"], answer["body"]) == ("POST", "/", "hello")
    assert answer["headers"]["authorization"].startswith("EAS ")


def test_its_signature_with_another_token_is_refused(python: Path, echo: Service):
    assert said(python, echo, token="another").startswith("401 ")


def test_it_finds_the_instances_and_calls_them_directly(python: Path, echo: Service):
    assert json.loads(said(python, echo, access="direct"))["pod"] == echo.pod


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        ({"metadata": {"rpc": {"worker_threads": 1, "max_queue_size": 0}}}, "450 b'Queue Full'\n"),
        (
            {"networking": {"gateway_policy": {"concurrency_limit": {"enable": True, "limit": 1}}}},
            "429 b'Too Many Requests'\n",
        ),
    ],
    ids=["450", "429"],
)
def test_it_shows_a_limit_at_once_and_does_not_try_again(python: Path, shared: Emulator, limit: Json, shown: str):
    service = shared.create(a_document("limited", **limit))
    with closing(service.begin("/sleep?s=30")):
        eventually(lambda: metrics.of_gateway(service, "requests_in_flight") == 1, within=5, what="a busy worker")

        assert said(python, service) == shown
        assert metrics.of_gateway(service, "requests_total") == 1

    service.delete()
