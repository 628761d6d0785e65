"""The vendor's own SDK, unmodified, pointed at an emulator."""

import json
from typing import Any

from alibabacloud_eas20210701 import models
from alibabacloud_eas20210701.client import Client
from alibabacloud_tea_openapi.models import Config

from tests.scenarios.emulator import Emulator, Service

CLUSTER = "cn-shanghai"


def a_client(emulator: Emulator) -> Client:
    return Client(
        Config(
            access_key_id="any",
            access_key_secret="any",
            endpoint=f"127.0.0.1:{emulator.port}",
            protocol="http",
            read_timeout=30_000,
        )
    )


def update(service: Service, part: dict[str, Any]) -> None:
    """Merge a part into the service's document."""
    request = models.UpdateServiceRequest(body=json.dumps(part), update_type="merge")
    a_client(service.emulator).update_service(CLUSTER, service.name, request)
