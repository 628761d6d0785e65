"""The engine's errors in our words: one table from what its API says to what a person should do.

The engine knows no error codes beside the HTTP status, so its text is matched.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from docker.errors import APIError, DockerException
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from eas_local.core.errors import (
    DiskFull,
    EasError,
    EngineDown,
    ImageUnavailable,
    SourceMissing,
    StartRefused,
    Temporary,
)


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: str
    error: type[EasError]
    sentence: str
    """`{}` stands for the pattern's first group."""


_RULES = (
    _Rule(
        r"no space left on device|disk quota exceeded",
        DiskFull,
        "the engine's disk is full; free some space, for example with `docker image prune`",
    ),
    _Rule(
        r"deadline exceeded|temporarily unavailable|cannot allocate memory|too many open files",
        Temporary,
        "the machine is too busy to start it; it is tried again",
    ),
    _Rule(
        r"No such image: (\S+)",
        ImageUnavailable,
        'image "{}" is not on this machine; pull it, or set "image" in service.json to one that is',
    ),
    _Rule(
        r"could not select device driver|unresolvable CDI devices",
        StartRefused,
        "the engine cannot hand out GPUs; install nvidia-container-toolkit and restart Docker, or remove metadata.gpu",
    ),
    _Rule(
        r"non running container|No such container|/proc/\d+/ns/",
        Temporary,
        "its sandbox does not run any more; both are started again",
    ),
    _Rule(
        r"bind source path does not exist: (.+)",
        SourceMissing,
        'folder "{}" is not there for the engine; create it, or correct the mount',
    ),
    _Rule(
        r'exec: "([^"]+)": .*exec format error|exec (\S+): exec format error',
        StartRefused,
        'program "{}" is not built for this machine\'s processor; use an image for its architecture',
    ),
    _Rule(
        r'exec: "([^"]+)": permission denied',
        StartRefused,
        'program "{}" may not be executed; make it executable in the image, or start it through its interpreter',
    ),
    _Rule(
        r'exec: "([^"]+)": .*(?:not found|no such file)',
        StartRefused,
        'the image has no program "{}"; correct "command" in service.json, or the image',
    ),
    _Rule(
        r"Minimum memory limit allowed is (\S+)",
        StartRefused,
        'a container needs at least {} of memory; raise "memory" in service.json',
    ),
)


class EngineSilent(EngineDown):
    """It is there, and does not answer what it was asked."""


@contextmanager
def translated(subject: str) -> Iterator[None]:
    """Whatever the SDK raises inside leaves as one of ours; `subject` is what the act was about."""
    try:
        yield
    except APIError as error:
        raise refusal(error, subject) from error
    except (DockerException, RequestException, HTTPError, OSError) as error:
        raise absence(error, subject) from error


def refusal(error: APIError, subject: str) -> EasError:
    """The engine answered, and said no."""
    text = said(error)
    for rule in _RULES:
        if match := re.search(rule.pattern, text):
            return rule.error(f"{subject}: {rule.sentence.format(*filter(None, match.groups()))}")
    if "OCI runtime create failed" in text or error.status_code == 400:
        return StartRefused(f"{subject}: the engine refuses it: {text}")
    return Temporary(f"{subject}: the engine failed: {text}; it is tried again")


def said(error: APIError) -> str:
    """The engine's own words."""
    return str(error.explanation or error).strip()


def absence(error: BaseException, subject: str) -> EngineDown:
    """Why no engine answered, and what to do about it."""
    causes = list(_causes(error))
    if any(isinstance(cause, PermissionError) for cause in causes):
        return EngineDown(_NO_PERMISSION)
    if any(isinstance(cause, FileNotFoundError | ConnectionRefusedError) for cause in causes):
        return EngineDown("the Docker engine is not running; start Docker, or set DOCKER_HOST to where it listens")
    if any("timed out" in str(cause).lower() for cause in causes):
        return EngineSilent(
            f"{subject}: the Docker engine does not answer; it is asked again, restart Docker if that lasts"
        )
    return EngineDown(f"the Docker engine went away; start Docker again ({causes[-1]})")


_NO_PERMISSION = (
    "no permission to use the Docker engine; "
    "add yourself to its group (`sudo usermod -aG docker $USER`) and log in again"
)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and those beneath it; the SDK's libraries hide some among their arguments."""
    yield error
    beneath = (*error.args, error.__cause__ or error.__context__)
    for cause in beneath:
        if isinstance(cause, BaseException):
            yield from _causes(cause)
