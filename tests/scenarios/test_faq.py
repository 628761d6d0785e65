"""The FAQ of EAS, provoked for real: for each entry that can happen on one machine its state, its cause and what to do.

Status Waiting
    too few resources, instances Pending            test_too_few_gpus_..., test_gpus.py; CPU and memory are caps here and keep
                                                    nobody Pending: test_more_cpus_than_the_machine_has_...
    [1/2] containers, health check not passed       test_a_health_check_that_fails_...
    another port in the code than in the service    test_another_port_in_the_code_..., test_a_server_for_localhost_only_...
Status Failed
    a named resource does not exist                 test_a_model_path_that_does_not_exist_...
    out of memory while starting                    test_more_memory_than_the_service_has_...
    a code error while starting                     test_a_code_error_...
    the image cannot be pulled                      test_faq_images.py: no such host, time-out, 401, no space left on device
    StorageFull: No space left on device            test_a_full_disk_in_the_container_...
    exec format error                               test_a_program_for_another_processor_...
    Invalid GPU count 6                             test_documents.py: test_a_wrong_number_of_gpus_is_refused_in_the_clouds_words
    starts again after it was stopped               test_a_service_that_was_stopped_by_hand_...; automatic scaling is not built yet
Calls
    503 no healthy upstream                         test_another_port_in_the_code_...,
                                                    test_traffic.py: test_a_service_without_a_ready_instance_is_answered_503
    404 for an unknown service                      test_traffic.py: test_an_unknown_service_is_answered_404_with_an_empty_body
    408 after keepalive                             test_limits.py: test_keepalive_counts_receiving_queueing_and_computing
    499 when the client leaves                      test_limits.py: test_a_client_that_leaves_is_a_499_...
    450 when the queue is full                      test_limits.py: test_workers_and_queue_are_filled_in_order_...
    upstream connect error ... connection termination   test_limits.py: test_a_container_that_hangs_up_before_its_answer_is_a_503
    curl with the token; direct connection          test_traffic.py, test_prediction_client.py
    streaming is the request's own choice           test_traffic.py: test_events_of_a_stream_arrive_one_by_one
    a token stays over restarts, updates, scaling   test_traffic.py: test_a_generated_token_stays_over_stop_and_start
    a smooth update                                 test_nothing_lost.py: test_a_new_version_takes_over
Cannot happen here: purchases and resource groups, RAM users, VPC and Internet access, HTTPS and domain names, OSS buckets of
another region, instance types, platform images from the Internet (a stand-in is made), SSH; built-in processors are not there yet.
"""

import struct

from tests.scenarios.conftest import Deploy
from tests.scenarios.control import CLUSTER, a_client, update
from tests.scenarios.diagnosing import crashed, diagnosis, found, told
from tests.scenarios.documents import a_container, a_document, a_script
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.eventually import eventually, throughout

# -- status Waiting


def test_another_port_in_the_code_than_in_the_service_is_told_with_both(deploy: Deploy):
    service = deploy(a_document("port", a_container(command="python /mnt/programs/server.py 7000", port=8089)))

    seen = found(service, "WrongPort", status="Waiting")

    assert seen.error == f"Instance <{service.pod}> is not ready."
    assert seen.cause == "worker0 listens on 0.0.0.0:7000; EAS expects 0.0.0.0:8089"
    assert "set containers[0].port to 7000" in seen.advice
    (instance,) = service.instances()
    assert (instance["Status"], instance["ReadyProcesses"], instance["TotalProcesses"]) == ("Running", 1, 2)
    assert (service.call().status, service.call().body) == (503, b"no healthy upstream")
    assert seen.cause in eventually(lambda: told(service).get("WrongPort"), within=5, what="the event")
    assert seen.cause in service.emulator.run("desc", service.name).out
    sdk = a_client(service.emulator)
    assert sdk.describe_service_diagnosis(CLUSTER, service.name).body.diagnosis_list[0].causes == [seen.cause]
    one = sdk.describe_service_instance_diagnosis(CLUSTER, service.name, service.pod).body.diagnosis
    assert (one.error, one.causes, one.advices) == (seen.error, [seen.cause], [seen.advice])

    update(service, {"containers": [a_container(command="python /mnt/programs/server.py 7000", port=7000)]})

    service.becomes("Running")
    assert diagnosis(service, status=0)["Summary"] == "ready 1/1"


def test_a_server_for_localhost_only_is_told_where_it_should_listen(deploy: Deploy):
    service = deploy(a_document("local", a_container(command="python -m http.server 8000 --bind 127.0.0.1")))

    seen = found(service, "ListensOnLoopback", status="Waiting")

    assert seen.cause == "worker0 listens on 127.0.0.1:8000; EAS expects 0.0.0.0:8000"
    assert "listen on 0.0.0.0" in seen.advice


def test_a_health_check_that_fails_is_told_with_its_history(deploy: Deploy):
    check = {"http_get": {"path": "/eval", "port": 8000}, "period_seconds": 1, "failure_threshold": 2}
    service = deploy(a_document("unwell", a_container(readiness_check=check)))

    seen = found(service, "Unhealthy", status="Waiting")

    assert "does not pass its readiness probe (--" in seen.cause
    assert "HTTP probe failed with statuscode: 500" in seen.cause
    assert "let GET /eval on port 8000 answer with 2xx or 3xx" in seen.advice
    (container,) = seen.report["Containers"]
    assert container["Probes"][0].startswith("readiness: --")


def test_too_few_gpus_are_told_with_the_amounts(deploy: Deploy):
    service = deploy(a_document("gpus", metadata={"gpu": 16}))

    seen = found(service, "Unschedulable", status="Waiting")

    assert service.instances()[0]["Status"] == "Pending"
    assert seen.error == "Instances are Pending: resources are insufficient."
    assert "the service needs 16 GPUs" in seen.cause
    assert "metadata.gpu" in seen.advice


def test_more_cpus_than_the_machine_has_are_noted_and_the_service_runs(deploy: Deploy):
    service = deploy(a_document("cpus", metadata={"cpu": 1000}))

    service.becomes("Running")

    (note,) = diagnosis(service, status=0)["Notes"]
    assert "metadata.cpu is 1000 and the engine has" in note


def test_a_service_that_is_merely_starting_has_nothing_wrong(deploy: Deploy):
    service = deploy(a_document("slow", a_script("sleep 600")))
    service.becomes("Waiting")

    report = diagnosis(service, status=0)

    assert report["Summary"].startswith("Waiting for ")
    assert "ready 0/1" in report["Summary"]


# -- status Failed


def test_a_model_path_that_does_not_exist_is_named_with_its_folder(shared: Emulator, deploy: Deploy):
    missing = shared.mount("oss://models/", shared.work / "no-models")
    service = deploy(a_document("model", storage=[{"mount_path": "/m", "oss": {"path": "oss://models/bert/"}}]))

    seen = found(service, "SourceMissing", status="Failed")

    assert seen.error == "A folder to mount does not exist."
    assert str(missing / "bert") in seen.cause
    assert seen.advice


def test_more_memory_than_the_service_has_is_told_with_the_limit(deploy: Deploy):
    hungry = a_script("exec python -c 'bytearray(1 << 30)'")
    service = deploy(a_document("hungry", hungry, metadata={"memory": 64}))

    seen = found(service, "OOMKilled", status="Failed")

    assert seen.error == crashed(service)
    assert seen.cause == "worker0 was killed because it needed more than its 64 MiB of memory (exit code 137)"
    assert seen.advice == "raise metadata.memory above 64"


def test_a_code_error_ends_create_with_exit_code_last_lines_and_advice(shared: Emulator):
    document = a_document("code", a_script("echo loading; echo no model called bert; exit 3"))

    said = shared.run("create", shared.write(document), status=1).err
    shared.run("delete", "code", "--yes")

    assert 'service "code" failed: Instance <code-' in said
    assert "     Error: worker0 ended with exit code 3: no model called bert" in said
    assert "     -> eas-local logs code shows all it wrote" in said
    assert said.splitlines()[-1].endswith("/worker0] no model called bert")


def test_a_code_error_is_seen_in_the_last_state(deploy: Deploy):
    service = deploy(a_document("state", a_script("echo no model; exit 3")))

    seen = found(service, "Error", status="Failed")

    assert seen.error == crashed(service)
    last = eventually(lambda: service.instances()[0]["LastState"], within=10, what="the last state")
    assert (last[0]["exitCode"], last[0]["reason"]) == (3, "Error")


def test_a_full_disk_in_the_container_is_told_with_what_to_do(deploy: Deploy):
    small = {"mount_path": "/small", "empty_dir": {"medium": "memory", "size_limit": 0.001}}
    filling = a_script("exec python -c \"open('/small/model', 'wb').write(bytes(1 << 22))\"")
    service = deploy(a_document("filling", filling, storage=[small]))

    seen = found(service, "StorageFull", status="Failed")

    assert seen.error == crashed(service)
    assert "No space left on device, exit code 1" in seen.cause
    assert "raise size_limit (0.001) of the empty_dir at /small" in seen.advice
    assert "mounted storage" in seen.advice


def test_a_program_for_another_processor_is_told_with_both(shared: Emulator, deploy: Deploy):
    folder = shared.mount("oss://foreign/", shared.folder("foreign"))
    program = folder / "program"
    program.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHI", 2, 22, 1) + bytes(40))  # for s390x
    program.chmod(0o755)
    mounted = {"mount_path": "/foreign", "oss": {"path": "oss://foreign/"}}

    direct = deploy(a_document("direct", a_container(command="/foreign/program"), storage=[mounted]))
    by_shell = deploy(a_document("shell", a_script("exec /foreign/program"), storage=[mounted]))

    seen = found(direct, "ExecFormatError", status="Failed")
    assert seen.error == crashed(direct)
    assert 'cannot execute "/foreign/program": it is built for s390x, and this machine is' in seen.cause
    assert "built for this machine's processor" in seen.advice
    assert '"/foreign/program": exec format error' in found(by_shell, "ExecFormatError").cause


def test_a_command_that_is_not_in_the_image_is_named(deploy: Deploy):
    service = deploy(a_document("absent", a_container(command="/no/such/program --port 8000")))

    seen = found(service, "CommandNotFound", status="Failed")

    assert 'cannot execute "/no/such/program": the image has no such program' in seen.cause
    assert "correct command or script in containers[0]" in seen.advice


def test_a_port_of_the_engine_is_told_to_be_reserved(deploy: Deploy):
    service = deploy(a_document("reserved", a_container(port=8080)))

    seen = found(service, "ReservedPort")

    assert "cannot listen on port 8080: it belongs to the engine" in seen.cause
    assert "containers[0].port" in seen.advice


# -- stopped


def test_a_service_that_was_stopped_by_hand_is_not_started_by_requests(shared: Emulator):
    service = shared.create(a_document("stopped"))
    shared.run("stop", service.name)

    throughout(lambda: _stays_stopped(service), lasting=1)

    assert diagnosis(service, status=0)["Summary"] == "Service is stopped"


def _stays_stopped(service: Service) -> None:
    assert service.call().status == 503
    assert service.status == "Stopped"
