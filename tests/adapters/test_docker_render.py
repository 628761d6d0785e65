"""The engine's create calls."""

from eas_local.adapters import docker_render as render
from eas_local.core.instance import LastState
from eas_local.core.pod import Bind, ContainerSpec, PodIdentity, SandboxSpec, Scratch

IDENTITY = PodIdentity("demo-r1-abcde", "demo", 0, "r1", 1, 100.5)


def a_run(**changes: object) -> render.Config:
    values = {"identity": IDENTITY, "sandbox": "s1", "name": "worker0", "attempt": 2, "image": "img"} | changes
    return render.run("me", ContainerSpec(**values), cpus=2)


def a_sandbox(*, published: bool = False, **changes: object) -> render.Config:
    return render.sandbox("me", SandboxSpec(IDENTITY, "img", **changes), published=published)


def test_a_run_lives_in_its_sandboxs_network_and_shared_memory():
    host = a_run()["HostConfig"]

    assert (host["NetworkMode"], host["IpcMode"], host["Init"]) == ("container:s1", "container:s1", True)
    assert host["RestartPolicy"] == {"Name": "no"}


def test_a_command_replaces_entry_point_and_command_of_the_image():
    assert a_run(argv=("python", "app.py"))["Entrypoint"] == ["python"]
    assert a_run(argv=("python", "app.py"))["Cmd"] == ["app.py"]
    assert a_run(argv=("serve",))["Cmd"] == []
    assert not {"Entrypoint", "Cmd"} & set(a_run())


def test_more_processors_than_the_engine_has_are_as_many_as_it_has():
    assert a_run(cpu=8)["HostConfig"]["NanoCpus"] == 2_000_000_000
    assert a_run(cpu=0.5)["HostConfig"]["NanoCpus"] == 500_000_000
    assert "NanoCpus" not in a_run()["HostConfig"]


def test_a_memory_limit_leaves_no_swap():
    host = a_run(memory_bytes=1 << 30)["HostConfig"]

    assert host["Memory"] == host["MemorySwap"] == 1 << 30


def test_particular_gpus_are_asked_for():
    assert a_run(gpus=("GPU-1", "GPU-2"))["HostConfig"]["DeviceRequests"] == [
        {"DeviceIDs": ["GPU-1", "GPU-2"], "Capabilities": [["gpu"]]}
    ]


def test_folders_are_mounted_never_bound_because_that_would_create_them():
    host = a_run(binds=(Bind("/data", "/mnt/data", read_only=True),))["HostConfig"]

    assert host["Mounts"] == [{"Type": "bind", "Source": "/data", "Target": "/mnt/data", "ReadOnly": True}]
    assert "Binds" not in host


def test_scratch_in_memory_is_a_volume_that_outlives_a_container():
    (mount,) = a_sandbox(scratch=(Scratch("v", "/tmp/s", memory=True, size_bytes=64),))["HostConfig"]["Mounts"]

    assert (mount["Type"], mount["Source"], mount["Target"]) == ("volume", "v", "/tmp/s")
    assert mount["VolumeOptions"]["DriverConfig"]["Options"] == {"type": "tmpfs", "device": "tmpfs", "o": "size=64"}


def test_ports_are_published_on_loopback_only_and_only_where_the_address_cannot_be_reached():
    ports = a_sandbox(published=True)["HostConfig"]["PortBindings"]

    assert ports == {f"{port}/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}] for port in (8080, 9090)}
    assert "PortBindings" not in a_sandbox()["HostConfig"]


def test_labels_tell_what_runs_and_keep_no_secret():
    labels = a_run(env=(("PASSWORD", "hush"),), last=LastState(1, "Error", 1.0, 2.0))["Labels"]

    assert {name.removeprefix("eas.local."): value for name, value in labels.items()} == {
        "owner": "me",
        "service": "demo",
        "instance": "demo-r1-abcde",
        "ordinal": "0",
        "fingerprint": "r1",
        "version": "1",
        "created": "100.5",
        "gpus": "",
        "role": "worker",
        "container": "worker0",
        "attempt": "2",
        "streak": "0",
        "joined": "0",
        "last": '{"exit_code": 1, "reason": "Error", "started_at": 1.0, "finished_at": 2.0}',
    }
