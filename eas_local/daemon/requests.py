"""What clients of the vendor's API send, in all the spellings that the vendor's SDKs and others use (wire-contract 3.3).

Unknown keys are ignored: newer clients send more of them.
"""

import json
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Json, ValidationError
from pydantic.alias_generators import to_pascal

from eas_local.core.desired import Lock
from eas_local.core.errors import InvalidDocument, Problem
from eas_local.core.orders import Fate
from eas_local.core.release import TrafficState

Count = Annotated[int, Field(ge=1)]
Labels = dict[str, str]


def _in_utc(moment: datetime) -> datetime:
    """Raises ValueError for a moment that UTC has no year for."""
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError(str(error)) from error


Moment = Annotated[datetime, AfterValidator(_in_utc)]


class _Pascal(BaseModel):
    model_config = ConfigDict(alias_generator=to_pascal, frozen=True)


class _Between(_Pascal):
    """A span of time and a page of it; logs and events count pages by another key than lists."""

    start_time: Moment | None = None
    end_time: Moment | None = None
    page_num: Count = 1

    def holds(self, moment: datetime) -> bool:
        return (self.start_time or moment) <= moment <= (self.end_time or moment)


class ListQuery(_Pascal):
    page_number: Count = 1
    page_size: Count = 100


class CreateServiceQuery(_Pascal):
    labels: Json[Labels] | None = None
    workspace_id: str = ""


class ListServicesQuery(ListQuery):
    filter: str = ""
    label: Json[Labels] | None = None
    order: str = "desc"
    service_name: str = ""
    service_status: str = ""
    service_uid: str = ""
    sort: str = "CreateTime"
    traffic_state: str = ""
    workspace_id: str = ""


class ListInstancesQuery(ListQuery):
    filter: str = ""
    instance_ip: str = Field("", alias="InstanceIP")
    instance_name: str = ""
    instance_status: str = ""


class LogQuery(_Between):
    container_name: str = ""
    instance_name: str = ""
    ip: str = ""
    keyword: str = ""
    page_size: Count = 500
    previous: bool = False


class EventQuery(_Between):
    event_type: str = ""
    instance_name: str = ""
    page_size: Count = 100


class DeleteLabelQuery(_Pascal):
    keys: str = ""
    label_keys: str = ""

    @property
    def names(self) -> list[str]:
        """Both keys are in use, with commas between the names or as a JSON list."""
        return [*_names(self.keys), *_names(self.label_keys)]


class ReleaseBody(_Pascal):
    traffic_state: TrafficState | None = None
    weight: int | None = None


class LabelsBody(_Pascal):
    labels: Labels


class VersionBody(_Pascal):
    version: Count


class LockBody(_Pascal):
    lock: Lock


class ScaleBody(_Pascal):
    instance: Annotated[int, Field(ge=0)]
    instances_to_delete: list[str] = []


class DeleteInstancesQuery(_Pascal):
    container: str = ""
    instance_list: str = ""
    soft_restart: bool = False

    @property
    def names(self) -> list[str]:
        return _names(self.instance_list)


class InstanceBody(_Pascal):
    """Both as `None` ask for nothing; `detach` counts before `isolate`."""

    isolate: bool | None = None
    detach: bool | None = None

    @property
    def fate(self) -> Fate | None:
        if self.detach:
            return Fate.DETACHED
        return Fate.ISOLATED if self.isolate else None


B = TypeVar("B", bound=BaseModel)


def read(kind: type[B], body: bytes) -> B:
    """A JSON body, whatever its content type says."""
    try:
        return kind.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise InvalidDocument(
            [Problem(".".join(map(str, item["loc"])), item["msg"]) for item in error.errors()]
        ) from None


def _names(text: str) -> list[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = text.split(",")
    names = value if isinstance(value, list) else [value]
    return [name for item in names if (name := str(item).strip())]
