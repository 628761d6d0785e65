"""Everything that can go wrong and is worth telling a person, as one tree.

    EasError
    ├── Permanent           trying again changes nothing until somebody acts
    │   ├── InvalidDocument     the service.json itself, every problem at once
    │   ├── NotSupported        valid on EAS, refused by this emulator
    │   ├── NotFound            no such service, instance or version
    │   ├── NameInUse           create of a name that exists
    │   ├── WrongState          the service is being deleted, or is stopped
    │   ├── Locked              the service's safety lock refuses it
    │   ├── NotAllowed          the request may not do this over this door
    │   ├── SourceMissing       a mount's local folder is not there, or leaves its root
    │   ├── SourceUnusable      what was fetched for a processor is no archive, or one that would do harm
    │   ├── StartRefused        the engine will never start this container (no such program, wrong architecture)
    │   └── EngineUnusable      an engine that answers but cannot serve us
    └── Temporary           will be tried again
        ├── EngineDown          the engine does not answer
        ├── ImageUnavailable    an image is neither here nor pullable
        ├── SourceUnreachable   an http(s):// address gave nothing
        ├── RequirementsFailed  pip could not install what the file asks for
        ├── NoRoom              too few GPUs free
        ├── Unwritable          a file of ours cannot be written
        │   └── DiskFull            no space left, ours or the engine's
        ├── AddressTaken        another program listens where we want to
        └── StillThere          something did not end in time

A message has three parts: what failed, on which thing, what to do now. Programs turn errors into replies in one table
each (`daemon/replies.py`, `core/replies.py`); errors themselves never log.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class EasError(Exception):
    """Base of all of ours. `reason` is the short word that tables and events show."""

    reason = "Error"


class Permanent(EasError):
    """Will fail again the same way."""


class Temporary(EasError):
    """May work later without anybody changing the service."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a document: the field in dotted spelling (empty for the whole text) and a sentence."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class InvalidDocument(Permanent):
    """The service.json cannot be what its author meant; `problems` holds all of them, in the order of the file."""

    reason = "InvalidParameter"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)

    @classmethod
    def of(cls, field: str, message: str) -> "InvalidDocument":
        """With a single problem."""
        return cls([Problem(field, message)])


class NotSupported(Permanent):
    """Valid on EAS, not built here; says so instead of pretending."""

    reason = "NotSupported"


class NotFound(Permanent):
    reason = "NotFound"


class NameInUse(Permanent):
    reason = "AlreadyExists"


class WrongState(Permanent):
    reason = "WrongState"


class Locked(Permanent):
    reason = "Locked"


class NotAllowed(Permanent):
    reason = "NotAllowed"


class SourceMissing(Permanent):
    reason = "SourceMissing"


class SourceUnusable(Permanent):
    reason = "SourceUnusable"


class StartRefused(Permanent):
    reason = "StartError"


class EngineUnusable(Permanent):
    reason = "EngineUnusable"


class EngineDown(Temporary):
    reason = "EngineDown"


class ImageUnavailable(Temporary):
    # Parity: the name Kubernetes, and so EAS's console, shows for it (eas-semantics 2.2, L).
    reason = "ImagePullBackOff"


class SourceUnreachable(Temporary):
    reason = "SourceUnreachable"


class RequirementsFailed(Temporary):
    reason = "RequirementsFailed"


class NoRoom(Temporary):
    reason = "Unschedulable"


class Unwritable(Temporary):
    reason = "Unwritable"


class DiskFull(Unwritable):
    reason = "DiskFull"


class AddressTaken(Temporary):
    reason = "AddressTaken"


class StillThere(Temporary):
    reason = "StillThere"
