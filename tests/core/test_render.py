"""Settings of containers, from what is wanted."""

import pytest

from eas_local.core import render
from eas_local.core.desired import Change
from eas_local.core.instance import RunState
from eas_local.core.pod import Bind
from eas_local.core.processor import Language, Processor
from eas_local.core.release import Release
from eas_local.core.render import Prepared
from eas_local.core.service import Check, CheckKind, EmptyDir, Initialized, Limits, Resources, TcpSocket
from eas_local.core.wire import NOT_STARTED
from tests.builders import a_container, a_desired, a_run, a_service, an_instance

INITIALIZED = Check(CheckKind.READINESS, Initialized(28090))


def rendered(want, prepared=None, attempt=0, **changes):
    return render.container(want, an_instance(want, **changes), "worker0", attempt, prepared or Prepared("img@1"))


def test_the_platforms_variables_are_there_and_the_users_win():
    want = a_desired(a_service(containers=(a_container(env=(("POD_NAME", "mine"), ("A", "1"))),)))
    env = dict(rendered(want).env)
    assert env["POD_NAME"] == "mine"
    assert env["NAMESPACE"] == "eas-local"
    assert env["LISTENING_PORT"] == env["PAI_SERVING_PORT"] == "8000"
    assert env["A"] == "1"


def test_a_host_is_told_of_its_queue_and_of_what_was_prepared_but_of_no_port_to_listen_on():
    host = a_container(port=28080, checks=(INITIALIZED,), env=(("EAS_HOST_PYTHON", "mine"),))
    want = a_desired(a_service(containers=(host,), limits=Limits(max_queue_size=7)))
    prepared = Prepared("img", variables=(("EAS_HOST_MODEL", "/m"), ("EAS_HOST_PYTHON", "/ENV/bin/python")))

    env = dict(rendered(want, prepared).env)

    assert env["EAS_HOST_MODEL"] == "/m"
    assert env["EAS_HOST_PYTHON"] == "mine"
    assert env["EAS_HOST_MAX_QUEUE_SIZE"] == "7"
    assert not {"LISTENING_PORT", "PAI_SERVING_PORT"} & env.keys()


def test_requirements_come_first_on_the_images_own_paths():
    prepared = Prepared("img", {"PATH": "/opt/bin:/bin", "PYTHONPATH": "/app"}, requirements="/cache/k")
    spec = rendered(a_desired(), prepared)
    env = dict(spec.env)
    assert env["PATH"] == "/eas/requirements/bin:/opt/bin:/bin"
    assert env["PYTHONPATH"] == "/eas/requirements:/app"
    assert Bind("/cache/k", "/eas/requirements", read_only=True) in spec.binds


def test_limits_are_in_bytes():
    want = a_desired(a_service(resources=Resources(cpu=2, memory_mib=512, shm_gib=1)))
    assert rendered(want).memory_bytes == 512 * 1024**2
    assert render.sandbox(want, rendered(want).identity, "s", render.sidecar_config(want)).shm_bytes == 1024**3


def test_memory_mounted_on_dev_shm_is_the_pods_shared_memory():
    volumes = (EmptyDir("/dev/shm", memory=True, size_gib=2), EmptyDir("/cache"))
    want = a_desired(a_service(volumes=volumes))
    sandbox = render.sandbox(want, rendered(want).identity, "s", render.sidecar_config(want))
    assert sandbox.shm_bytes == 2 * 1024**3
    assert [item.target for item in sandbox.scratch] == ["/cache"]


def test_a_restart_remembers_how_the_run_before_ended():
    run = a_run(state=RunState.EXITED, exit_code=3, started_at=110, finished_at=120)
    assert rendered(a_desired(), attempt=1, runs=(run,)).last == run.ended
    assert rendered(a_desired(), attempt=0, runs=(run,)).last is None


def test_one_that_went_on_in_a_sandbox_of_before_has_no_end():
    assert rendered(a_desired(), attempt=1, runs=(a_run(),)).last is None


def test_no_token_means_an_open_service():
    assert render.sidecar_config(a_desired(token="")).tokens == ()


def test_only_what_is_built_into_an_instance_changes_its_fingerprint():
    want = a_desired()
    same = a_desired(a_service(replicas=5, limits=Limits(worker_threads=2)), token="other", change=Change.SCALE)
    other = a_desired(a_service(containers=(a_container(image="img:2"),)))
    assert want.fingerprint == same.fingerprint != other.fingerprint


def test_a_processor_is_built_into_an_instance_with_its_workers():
    processors = [Processor(Language.CPP, "a.so", "./code", worker_threads=n) for n in (None, 2)]
    few, many = (a_desired(a_service(processor=processor)) for processor in processors)
    assert few.fingerprint != many.fingerprint


@pytest.mark.parametrize(
    ("runs", "watched"),
    [
        ((), NOT_STARTED),
        ((a_run(state=RunState.CREATED),), NOT_STARTED),
        ((a_run(),), 0),
        ((a_run(state=RunState.EXITED), a_run(id="r1", attempt=1, state=RunState.CREATED)), 0),
        ((a_run(state=RunState.EXITED), a_run(id="r1", attempt=1)), 1),
    ],
)
def test_checks_of_the_file_are_about_a_run_that_has_been_started(runs, watched):
    check = Check(CheckKind.LIVENESS, TcpSocket(8000))
    want = a_desired(a_service(containers=(a_container(checks=(check,)), a_container(name="worker1"))))

    first, other = render.sidecar_config(want, an_instance(want, runs=runs)).targets

    assert (first.attempt, other.attempt) == (watched, 0)


def test_a_processors_host_is_waited_for_before_its_run_has_begun():
    want = a_desired(a_service(containers=(a_container(checks=(INITIALIZED,)),)))

    (target,) = render.sidecar_config(want, an_instance(want, runs=())).targets

    assert target.attempt == 0


def test_the_sidecars_digest_leaves_out_number_and_secret():
    want = a_desired()
    instance = an_instance(want)
    assert render.sidecar_config(want, instance, secret="x").digest == render.sidecar_config(want, instance).digest


@pytest.mark.parametrize(
    ("own", "of_the_endpoint", "accepted"),
    [("new", "old", ("new", "old")), ("same", "same", ("same",)), ("new", "", ()), ("", "old", ())],
)
def test_a_sidecar_takes_the_token_of_the_endpoint_that_its_service_may_share(own, of_the_endpoint, accepted):
    want = a_desired(token=own, release=Release("entry", of_the_endpoint))
    assert render.sidecar_config(want).tokens == accepted
