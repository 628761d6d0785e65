"""What clients of `/local/v1` send; `requests.read` reads it."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from eas_local.daemon.requests import Labels
from eas_local.daemon.wishes import Mode


class LocalCreateBody(BaseModel):
    text: str
    base: str | None = None
    lenient: bool = False
    labels: Labels = {}
    related: bool = False


class LocalUpdateBody(BaseModel):
    text: str
    base: str | None = None
    lenient: bool = False
    mode: Mode = Mode.MERGE


class Act(StrEnum):
    """What may be planned of a service without a text."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"
    DELETE = "delete"


class LocalPlanBody(BaseModel):
    """What to plan: without a `name` what the text asks for, be that a new service or a change of one; with a name and a
    text that change, with a name and an `act` that; with the name alone what is still to be done."""

    name: str = ""
    text: str | None = None
    base: str | None = None
    lenient: bool = False
    mode: Mode = Mode.MERGE
    act: Act | None = None


class LocalLogQuery(BaseModel):
    instance: str = ""
    container: str = ""
    restart: Annotated[int, Field(ge=0)] | None = None
    previous: bool = False
    keyword: str = ""
    follow: bool = False
    tail: Annotated[int, Field(ge=0)] | None = None


class LocalEventQuery(BaseModel):
    """`since`: so many seconds ago."""

    instance: str = ""
    since: Annotated[float, Field(ge=0)] | None = None
    follow: bool = False


class ShutdownBody(BaseModel):
    purge: bool = False
