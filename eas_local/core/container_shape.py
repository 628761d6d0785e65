"""The shape of `containers[]`: its keys with type and range."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from eas_local.core.field_types import Counted, EnvText, Number, Port, Seconds, Shape, Text, one_of


class EnvShape(Shape):
    name: Text | None = None
    value: EnvText = ""


class PrepareShape(Shape):
    python_requirements: tuple[Text, ...] = Field(default=(), alias="pythonRequirements")
    python_requirements_path: Text = Field(default="", alias="pythonRequirementsPath")


class HttpGetShape(Shape):
    path: Text = "/"
    port: Port | None = None
    scheme: Annotated[str, AfterValidator(one_of("HTTP", "HTTPS"))] = "HTTP"


class TcpSocketShape(Shape):
    port: Port | None = None


class ExecShape(Shape):
    command: tuple[Text, ...] = ()


class CheckShape(Shape):
    http_get: HttpGetShape | None = None
    tcp_socket: TcpSocketShape | None = None
    exec: ExecShape | None = None
    # Parity: Kubernetes' defaults; the document swaps the two thresholds (eas-semantics 4, X3, X16).
    initial_delay_seconds: Number = 0
    period_seconds: Seconds = 10
    timeout_seconds: Seconds = 1
    success_threshold: Counted = 1
    failure_threshold: Counted = 3


class ContainerShape(Shape):
    image: Text = ""
    command: Text = ""
    script: Text = ""
    args: tuple[Text, ...] = ()
    port: Port | None = None
    env: tuple[EnvShape, ...] = ()
    prepare: PrepareShape = PrepareShape()
    liveness_check: CheckShape | None = None
    readiness_check: CheckShape | None = None
    startup_check: CheckShape | None = None
    resources: dict[str, Any] | None = None
