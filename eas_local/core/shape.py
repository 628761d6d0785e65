"""The shape of a service.json: every key of the reference with its type and range, and nothing of what it means.

Keys are in canonical spelling (`aliases`). Numbers and booleans may be strings. Unknown keys are kept. A default stands here
where it is the same for every service, None where it is not given or depends on the rest (`spec`).
"""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from eas_local.core.container_shape import ContainerShape, EnvShape
from eas_local.core.field_types import (
    Counted,
    GpuCount,
    Instances,
    Number,
    Percent,
    Portion,
    Shape,
    Size,
    Text,
    Whole,
    one_of,
)
from eas_local.core.storage_shape import StorageShape

MOST_ITEMS = 100


class RpcShape(Shape):
    batching: bool = False
    max_batch_size: Whole = 16
    max_batch_timeout: Whole = 50
    keepalive: Counted | None = None
    io_threads: Whole = 4
    max_queue_size: Whole = 64
    worker_threads: Counted | None = None
    rate_limit: Number = 0
    enable_sigterm: bool = False
    proxy_path: Text = ""
    decompressor: Text = ""
    enable_jemalloc: Whole = 0


class RollingShape(Shape):
    max_surge: Portion | None = None
    max_unavailable: Portion | None = None


class EasShape(Shape):
    # Parity: 30 s, in the key of the vendor's own example (JSON deployment; rolling update document).
    termination_grace_period: Number = 30
    enabled_model_verification: bool = False


class SpreadShape(Shape):
    policy: Annotated[str, AfterValidator(one_of("host", "zone", "default"))] = ""


class SchedulingShape(Shape):
    spread: SpreadShape = SpreadShape()


class MetadataShape(Shape):
    name: Text | None = None
    instance: Instances = 1
    workspace_id: Text = ""
    cpu: Number = 0
    memory: Whole = 0
    gpu: GpuCount = 0
    gpu_memory: Number = 0
    gpu_core_percentage: Percent = 0
    qos: Annotated[str, AfterValidator(one_of("BestEffort"))] = ""
    resource: Text = ""
    quota_id: Text = ""
    quota_type: Text = ""
    cuda: Annotated[str, AfterValidator(one_of("8.0", "9.0", "10.0", "10.1", "10.2", "11.0", "11.1", "11.2"))] = ""
    rdma: Whole = 0
    enable_grpc: bool = False
    enable_webservice: bool = False
    type: Text = ""
    disk: Size | None = None
    shm_size: Number = 0
    resource_burstable: bool = False
    resource_rebalancing: bool = False
    workload_type: Text = ""
    group: Text = ""
    region: Text = ""
    accessibility: Text = ""
    rpc: RpcShape = RpcShape()
    rolling_strategy: RollingShape = RollingShape()
    eas: EasShape = EasShape()
    scheduling: SchedulingShape = SchedulingShape()


class InstanceTypeShape(Shape):
    type: Text = ""
    spot_price_limit: Number = 0
    capacity: Portion | None = None


class ComputingShape(Shape):
    instance_type: Text = ""
    instances: tuple[InstanceTypeShape, ...] = ()
    disable_spot_protection_period: bool = False


class VpcShape(Shape):
    vpc_id: Text = ""
    vswitch_id: Text = ""
    security_group_id: Text = ""
    destination_cidrs: Text = ""


class CloudShape(Shape):
    computing: ComputingShape = ComputingShape()
    networking: VpcShape = VpcShape()


class RateLimitShape(Shape):
    enable: bool = False
    limit: Number | None = None


class ConcurrencyLimitShape(Shape):
    enable: bool = False
    limit: Whole | None = None


class GatewayPolicyShape(Shape):
    rate_limit: RateLimitShape = RateLimitShape()
    concurrency_limit: ConcurrencyLimitShape = ConcurrencyLimitShape()


class NetworkingShape(Shape):
    gateway: Text = ""
    gateway_policy: GatewayPolicyShape = GatewayPolicyShape()
    nlb: tuple[dict[str, Any], ...] = ()


class RuntimeShape(Shape):
    enable_crash_block: bool = False


class AutoscalerShape(Shape):
    min: Whole | None = None
    max: Whole | None = None
    strategies: dict[str, Any] | None = None
    scale_strategies: tuple[dict[str, Any], ...] = Field(default=(), alias="scaleStrategies")
    behavior: dict[str, Any] | None = None


class UnitShape(Shape):
    size: Whole = 2


class SinkTableShape(Shape):
    project: Text = ""
    table: Text = ""
    logstore: Text = ""


class SinkerConfigShape(Shape):
    maxcompute: SinkTableShape = SinkTableShape()
    sls: SinkTableShape = SinkTableShape()


class SinkerShape(Shape):
    type: Annotated[str, AfterValidator(one_of("maxcompute", "sls"))] = ""
    config: SinkerConfigShape = SinkerConfigShape()


class ConfidentialShape(Shape):
    trustee_endpoint: Text = ""
    decryption_key: Text = ""


class OptionsShape(Shape):
    enable_ram_role: bool = False
    enable_cache: bool = False
    priority: Whole | None = None


class DocumentShape(Shape):
    metadata: MetadataShape = MetadataShape()
    cloud: CloudShape = CloudShape()
    containers: tuple[ContainerShape, ...] = Field(default=(), max_length=MOST_ITEMS)
    docker_auth: Text = Field(default="", alias="dockerAuth")
    networking: NetworkingShape = NetworkingShape()
    storage: tuple[StorageShape, ...] = Field(default=(), max_length=MOST_ITEMS)
    token: Text | None = None
    generate_token: bool = False
    aimaster: dict[str, Any] | None = None
    model_path: Text = ""
    oss_endpoint: Text = ""
    model_entry: Text = ""
    model_settings: Any = Field(default=None, alias="model_config")
    processor: Text = ""
    processor_path: Text = ""
    processor_entry: Text = ""
    processor_mainclass: Text = ""
    processor_type: Annotated[str, AfterValidator(one_of("cpp", "java", "python"))] = ""
    processor_envs: tuple[EnvShape, ...] = ()
    processor_jvm_options: Text = ""
    data_image: Text = ""
    warm_up_data_path: Text = ""
    runtime: RuntimeShape = RuntimeShape()
    autoscaler: AutoscalerShape = AutoscalerShape()
    labels: dict[str, Text] | None = None
    unit: UnitShape = UnitShape()
    sinker: SinkerShape = SinkerShape()
    confidential: ConfidentialShape = ConfidentialShape()
    features: dict[str, Any] | None = None
    options: OptionsShape = OptionsShape()
    resource: Text = ""
