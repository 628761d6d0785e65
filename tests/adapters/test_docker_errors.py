"""What the engine says, and what a person reads instead. The texts are as engines have said them."""

import pytest
import requests
from docker.errors import APIError, DockerException

from eas_local.adapters.docker_errors import EngineSilent, absence, refusal, translated
from eas_local.core.errors import DiskFull, EngineDown, ImageUnavailable, SourceMissing, StartRefused, Temporary

OCI = "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "


def an_answer(text: str, status: int = 500) -> APIError:
    response = requests.Response()
    response.status_code = status
    return APIError("refused", response=response, explanation=text)


@pytest.mark.parametrize(
    ("text", "kind", "sentence"),
    [
        ("No such image: no/such:1", ImageUnavailable, '"no/such:1" is not on this machine'),
        ('could not select device driver "" with capabilities: [[gpu]]', StartRefused, "nvidia-container-toolkit"),
        ("cannot join network of a non running container: 65b6", Temporary, "its sandbox does not run any more"),
        (f"{OCI}context deadline exceeded: unknown", Temporary, "too busy"),
        ("No such container: demo-r1-abcde", Temporary, "its sandbox does not run any more"),
        (f"{OCI}error during container init: open /proc/812/ns/ipc: no such file or directory", Temporary, "sandbox"),
        (
            'invalid mount config for type "bind": bind source path does not exist: /data/model',
            SourceMissing,
            '"/data/model" is not there',
        ),
        (f'{OCI}exec: "nosuch": executable file not found in $PATH: unknown', StartRefused, 'no program "nosuch"'),
        (f'{OCI}exec: "/app/run": stat /app/run: no such file or directory: unknown', StartRefused, '"/app/run"'),
        (f'{OCI}exec: "/etc/passwd": permission denied: unknown', StartRefused, "may not be executed"),
        (f"{OCI}exec /app/run: exec format error: unknown", StartRefused, "not built for this machine's processor"),
        (f"{OCI}something nobody has seen before", StartRefused, "something nobody has seen before"),
        ("Minimum memory limit allowed is 6MB", StartRefused, 'at least 6MB of memory; raise "memory"'),
        ("write /var/lib/docker/tmp/x: no space left on device", DiskFull, "disk is full"),
        ("the engine had a bad day", Temporary, "the engine had a bad day; it is tried again"),
    ],
)
def test_a_refusal_says_what_failed_on_which_thing_and_what_to_do(text, kind, sentence):
    error = refusal(an_answer(text), 'container "worker0" of instance a')

    assert type(error) is kind
    assert str(error).startswith('container "worker0" of instance a: ')
    assert sentence in str(error)


def test_what_the_engine_calls_a_bad_request_will_not_get_better():
    assert isinstance(refusal(an_answer("Duplicate mount point: /data", 400), "container"), StartRefused)


@pytest.mark.parametrize(
    ("cause", "advice"),
    [
        (FileNotFoundError(2, "No such file or directory"), "start Docker"),
        (ConnectionRefusedError(111, "Connection refused"), "start Docker"),
        (PermissionError(13, "Permission denied"), "usermod -aG docker"),
        (TimeoutError("Read timed out. (read timeout=60)"), "restart Docker"),
        (ConnectionResetError(104, "Connection reset by peer"), "start Docker again"),
    ],
)
def test_an_engine_that_does_not_answer_is_explained_by_the_cause_beneath(cause, advice):
    hidden = requests.ConnectionError(requests.packages.urllib3.exceptions.ProtocolError("Connection aborted.", cause))

    assert advice in str(absence(hidden, "container"))


def test_one_that_is_there_and_does_not_answer_is_told_apart_and_what_it_was_asked_is_named():
    with pytest.raises(EngineSilent, match="container a: the Docker engine does not answer"), translated("container a"):
        raise requests.ReadTimeout("Read timed out. (read timeout=5)")
    with pytest.raises(EngineDown) as gone, translated("container a"):
        raise requests.ConnectionError(ConnectionRefusedError(111, "Connection refused"))
    assert not isinstance(gone.value, EngineSilent)


def test_everything_else_the_sdk_raises_means_that_the_engine_is_down():
    with pytest.raises(EngineDown), translated("anything"):
        raise DockerException("Error while fetching server API version")
