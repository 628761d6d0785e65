"""What this release does with every field of service.json, as a table: the one place where that is said.

A row covers its field and everything inside it. Of several rows for one field the first whose case holds counts; the last
has no case. An ENFORCED row names the scenario that proves it. Reading the table is left to `support`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    ENFORCED = "enforced"
    SIMULATED = "simulated"
    ACCEPTED = "accepted without effect"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Case:
    """When a row holds: in words, and as a question to the field's value and the whole document."""

    words: str
    holds: Callable[[Any, dict[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Row:
    """`field` is canonical and dotted, `[]` stands for any item of a list."""

    field: str
    level: Level
    sentence: str
    scenario: str = ""
    case: Case | None = None


ANSWERS = "test_a_service_answers_under_its_predict_path"
RUNS = "test_a_command_runs_without_a_shell_and_a_script_with_one"
ENVIRONMENT = "test_the_environment_of_the_file_reaches_the_container"
REQUIREMENTS = "test_requirements_are_installed_before_the_start_and_again_without_network"
LIVENESS = "test_a_liveness_probe_that_fails_restarts_the_container_and_says_why"
READINESS = "test_a_readiness_probe_shuts_and_opens_the_gate_without_a_restart"
STARTUP = "test_a_startup_probe_that_never_passes_restarts_the_container_and_holds_back_the_others"
SPREAD = "test_requests_are_spread_over_all_instances"
RESOURCES = "test_cpu_memory_and_shared_memory_are_limited"
GPUS = "test_gpus_are_particular_devices_and_never_given_twice"
MOUNTS = "test_folders_stand_for_storage_and_keep_read_only"
SCRATCH = "test_scratch_folders_have_their_medium_and_size"
TOKENS = "test_only_the_token_of_the_file_opens_a_service"
LIMITS = "test_limits_of_the_file_answer_408_429_and_450"
UPDATES = "test_an_update_keeps_to_the_rolling_strategy"
STOPPING = "test_a_stopping_instance_drains_within_its_grace"
CRASHES = "test_a_crashed_instance_is_kept_when_the_file_asks_for_it"
REGISTRY = "test_a_private_image_is_pulled_with_the_files_credentials"
LABELS = "test_labels_are_stored_and_shown"
PROCESSORS = "test_every_key_of_a_processor_reaches_its_code"
DATA_IMAGE = "test_data_image_supplies_the_environment"
WARM_UP = "test_a_recorded_request_is_replayed_before_it_is_ready"
JAVA = "test_bytes_are_answered_and_what_the_file_says_reaches_class_and_jvm"
SOURCES = "test_an_archive_is_unpacked_from_beside_the_service_json_and_from_mapped_addresses"


def _whole_gpus(_: Any, document: dict[str, Any]) -> bool:
    return float(document["metadata"].get("gpu", 0)) >= 1


WITH_CONTAINERS = Case("beside `containers`", lambda _, document: bool(document.get("containers")))
WHOLE_GPUS = Case("`metadata.gpu` is 1 or more", _whole_gpus)
STANDARD = Case("`Standard`", lambda value, _: value == "Standard")
ROOT_PATH = Case("`/`", lambda value, _: value == "/")

_E, _A, _R = Level.ENFORCED, Level.ACCEPTED, Level.REFUSED
_CONTAINERS_SERVE = "the containers serve; no processor is loaded beside them"
_ONLY_BUILT_IN = "only built-in processors read it, and none is built yet"
_ADDRESS = "a local path, http(s):// or oss:// (eas-local.toml)"
_METHODS = "http_get and tcp_socket against the instance's own address, exec inside the container"
_ONE_MACHINE = "there is one machine here, and no choice of others"

ROWS = (
    # The service
    Row(
        "metadata.name", _E, "names the service in its path, in its instances' hostnames and in every command", ANSWERS
    ),
    Row("metadata.instance", _E, "so many instances run, and requests are spread over those that are ready", SPREAD),
    Row("metadata.workspace_id", _A, "stored and shown; there are no workspaces to keep apart"),
    Row("metadata.type", _E, "requests are answered at once, which is what every service here does", ANSWERS, STANDARD),
    Row("metadata.type", _R, "only Standard services are built; other types change how requests are taken"),
    Row("metadata.workload_type", _R, "jobs that run once and end are not built yet; services run until stopped"),
    Row("metadata.group", _A, "service groups are not built yet; the service answers under its own name"),
    Row("metadata.region", _A, "the region is always this machine's"),
    Row("metadata.accessibility", _A, "who may reach the service is decided by the address the gateway listens on"),
    Row("metadata.enable_webservice", _A, "every service can be opened in a browser; there is no console to link it"),
    Row("labels", _E, "stored, shown, and what lists can be filtered by", LABELS),
    Row("token", _E, "requests must carry it; an empty one opens the service to everybody", TOKENS),
    Row("generate_token", _A, "older than today's rule: a token is generated wherever the file has none"),
    # Containers
    Row("containers[].image", _E, "run as it is; images of the platform itself have stand-ins or are mapped", ANSWERS),
    Row("containers[].command", _E, "one command, split into words, without a shell", RUNS),
    Row("containers[].script", _E, "run by /bin/sh -c", RUNS),
    Row("containers[].args", _E, "words added to the command", RUNS),
    Row("containers[].port", _E, "where requests go; the first container is the public one", ANSWERS),
    Row("containers[].env", _E, "set in the container, over the platform's own variables", ENVIRONMENT),
    Row("containers[].prepare", _E, "installed by the image's own Python before the start, and cached", REQUIREMENTS),
    Row("containers[].liveness_check", _E, f"a container that fails it is started again; {_METHODS}", LIVENESS),
    Row("containers[].readiness_check", _E, f"no requests while it fails; {_METHODS}", READINESS),
    Row("containers[].startup_check", _E, f"the others wait for it; {_METHODS}", STARTUP),
    Row("containers[].resources", _A, "resources are an instance's: metadata.cpu, metadata.memory and metadata.gpu"),
    Row("dockerAuth", _E, "given to the registry when an image is pulled", REGISTRY),
    # Resources
    Row("metadata.cpu", _E, "a cap for each container, lowered to what the machine has", RESOURCES),
    Row("metadata.memory", _E, "a limit for each container; beyond it the container is killed", RESOURCES),
    Row("metadata.shm_size", _E, "the size of /dev/shm", RESOURCES),
    Row("metadata.gpu", _E, "so many devices of this machine, for this instance alone", GPUS),
    Row("metadata.gpu_memory", _A, "ignored where whole GPUs are asked for, as in the cloud", case=WHOLE_GPUS),
    Row("metadata.gpu_memory", _R, "slices of a GPU are not built yet; ask for whole ones with metadata.gpu"),
    Row("metadata.gpu_core_percentage", _A, "ignored where whole GPUs are asked for, as in the cloud", case=WHOLE_GPUS),
    Row("metadata.gpu_core_percentage", _R, "slices of a GPU are not built yet; ask for whole ones with metadata.gpu"),
    Row("metadata.cuda", _A, "the image's own CUDA is used; none is mounted"),
    Row("metadata.disk", _A, "a container may fill the engine's disk; its size is not limited"),
    Row("metadata.qos", _A, "nothing is reserved here, so CPUs are shared and cpu is a cap in any case"),
    Row("metadata.rdma", _A, "there is no RDMA network on one machine"),
    Row("metadata.resource", _A, _ONE_MACHINE),
    Row("metadata.quota_id", _A, _ONE_MACHINE),
    Row("metadata.quota_type", _A, _ONE_MACHINE),
    Row("metadata.resource_burstable", _A, _ONE_MACHINE),
    Row("metadata.resource_rebalancing", _A, _ONE_MACHINE),
    Row("metadata.scheduling", _A, _ONE_MACHINE),
    Row("resource", _A, _ONE_MACHINE),
    Row("unit.size", _A, "an instance is one pod on one machine, never several"),
    Row("cloud.computing", _A, "this machine is what it is; cpu, memory and gpu of metadata are what counts"),
    Row("cloud.networking", _A, "there is no VPC; instances have a network of their own, with access to the Internet"),
    Row("features", _A, "switches of the cloud's machines: disks and drivers here are the machine's own"),
    Row("options", _A, "there are no RAM roles, caches or priorities on one machine"),
    # Limits
    Row(
        "metadata.rpc.worker_threads",
        _E,
        "so many requests at once in an instance, the others wait; a processor's own number otherwise",
        LIMITS,
    ),
    Row("metadata.rpc.max_queue_size", _E, "so many requests wait for a worker, the next is answered 450", LIMITS),
    Row("metadata.rpc.keepalive", _E, "a request that takes longer, queueing included, is answered 408", LIMITS),
    Row("metadata.rpc.rate_limit", _E, "requests per second of an instance; those above are answered 429", LIMITS),
    Row("metadata.rpc.enable_sigterm", _E, "a stopping instance is sent SIGTERM at once", STOPPING),
    Row("metadata.rpc.batching", _A, _ONLY_BUILT_IN),
    Row("metadata.rpc.max_batch_size", _A, _ONLY_BUILT_IN),
    Row("metadata.rpc.max_batch_timeout", _A, _ONLY_BUILT_IN),
    Row("metadata.rpc.enable_jemalloc", _A, "programs keep the allocator that they come with"),
    Row("metadata.rpc.io_threads", _A, "one event loop does all network I/O of an instance"),
    Row("metadata.rpc.proxy_path", _E, "requests reach the container with the path they came with", ANSWERS, ROOT_PATH),
    Row(
        "metadata.rpc.proxy_path", _R, "no prefix is put before the path of a request; let the container serve it at /"
    ),
    Row("metadata.rpc.decompressor", _R, "request bodies are passed on as they came; let the client send them plain"),
    Row("metadata.enable_grpc", _R, "the gateway speaks HTTP/1.1, so a gRPC client would get no answer"),
    Row("networking.gateway_policy", _E, "requests of the whole service above it are answered 429", LIMITS),
    Row("networking.gateway", _A, "there is one gateway here, for every service"),
    Row("networking.nlb", _A, "there is no load balancer; requests go through the gateway"),
    # Life
    Row("metadata.rolling_strategy", _E, "how many instances more, and how many fewer, an update may have", UPDATES),
    Row(
        "metadata.eas.termination_grace_period",
        _E,
        "how long an instance may finish its requests before it is killed",
        STOPPING,
    ),
    Row("metadata.eas.enabled_model_verification", _A, "models are loaded as they are"),
    Row("runtime.enable_crash_block", _E, "a crashed instance is not restarted, so it can be looked at", CRASHES),
    Row("autoscaler", _A, "instances are not scaled yet; so many run as metadata.instance says"),
    # Storage
    Row("storage[].mount_path", _E, "where the storage appears in every container", MOUNTS),
    Row("storage[].oss", _E, "a local folder stands for the bucket (eas-local.toml)", MOUNTS),
    Row("storage[].nfs", _E, "a local folder stands for the file system (eas-local.toml)", MOUNTS),
    Row("storage[].cpfs", _E, "a local folder stands for the file system (eas-local.toml)", MOUNTS),
    Row("storage[].dataset", _E, "a local folder stands for the dataset (eas-local.toml)", MOUNTS),
    Row("storage[].code", _E, "a local folder, read-only, stands for the registered code (eas-local.toml)", MOUNTS),
    Row("storage[].properties", _E, "resource_type model mounts read-only; the rest labels it for the console", MOUNTS),
    Row("storage[].empty_dir", _E, "scratch space of the instance, in memory or on disk", SCRATCH),
    Row("storage[].git", _R, "repositories are not fetched yet; mount a checkout as oss or code"),
    Row("storage[].image", _R, "files are not copied out of images yet; mount a folder as oss"),
    Row("storage[].cache", _R, "there is no cache to lay over a mount; mount the folder itself"),
    # Processors
    *(
        row
        for field, sentence, scenario in (
            ("processor_type", "cpp, java or python: which host loads the code", PROCESSORS),
            ("processor_path", f"where the code comes from: {_ADDRESS}", SOURCES),
            ("processor_entry", "the library or the script that is loaded", PROCESSORS),
            ("processor_mainclass", "the class that is loaded, by a Java host", JAVA),
            ("processor_jvm_options", "words on the command line of the JVM", JAVA),
            ("processor_envs", "set for the code, over the platform's own variables", PROCESSORS),
            ("data_image", "the image that the processor runs in", DATA_IMAGE),
            ("model_path", f"where the model comes from: {_ADDRESS}", SOURCES),
            ("model_entry", "what of the model `initialize` is given the path of", PROCESSORS),
            ("model_config", "the text that `initialize` is given; an object as JSON", PROCESSORS),
            ("warm_up_data_path", "a recorded request, replayed before an instance is ready", WARM_UP),
        )
        for row in (
            Row(field, _A, _CONTAINERS_SERVE, case=WITH_CONTAINERS),
            Row(field, _E, sentence, scenario),
        )
    ),
    Row("processor", _A, _CONTAINERS_SERVE, case=WITH_CONTAINERS),
    Row(
        "processor", _R, "built-in processors are not built yet; bring one of your own (processor_type, processor_path)"
    ),
    Row("oss_endpoint", _A, "a local folder stands for the bucket, whatever its endpoint (eas-local.toml)"),
    # Other services of the cloud
    Row("sinker", _A, "requests and answers are not recorded; MaxCompute and SLS are not here"),
    Row("aimaster", _A, "nothing checks the computing power of one machine"),
    Row("confidential", _R, "there is no trust service to decrypt files with; mount them in the clear"),
)
