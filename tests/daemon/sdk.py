"""The vendor's own SDK, unmodified, at a daemon's control plane over fakes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from alibabacloud_eas20210701 import models
from alibabacloud_eas20210701.client import Client
from alibabacloud_tea_openapi.models import Config

from tests.daemon.world import TEXT, World

REGION = "cn-shanghai"
DEMO = (REGION, "demo")


@dataclass
class Sdk:
    """The blocking SDK, called from a thread. An answer is its body as the SDK understood it."""

    client: Client
    address: str

    async def __call__(self, method: str, *arguments: Any) -> dict[str, Any]:
        answer = await asyncio.to_thread(getattr(self.client, method), *arguments)
        assert answer.status_code == 200
        body: dict[str, Any] = answer.body.to_map()
        assert body.pop("RequestId")
        return body

    async def create(self, text: str = TEXT, **more: Any) -> dict[str, Any]:
        return await self("create_service", models.CreateServiceRequest(body=text, **more))

    async def list(self, **query: Any) -> list[str]:
        found = await self("list_services", models.ListServicesRequest(**query))
        return [service["ServiceName"] for service in found["Services"]]


@asynccontextmanager
async def sdk_of(world: World) -> AsyncIterator[Sdk]:
    async with world.served() as address:
        yield Sdk(Client(Config(access_key_id="a", access_key_secret="b", endpoint=address, protocol="http")), address)
