"""What can be wrong with the engine: as the daemon sees it where it runs, otherwise by looking ourselves."""

from collections.abc import Iterator, Sequence

from eas_local.adapters.launch import Program, answers, socket_of
from eas_local.adapters.settings import Settings
from eas_local.cli.checks import Finding, Verdict
from eas_local.client import Client
from eas_local.core.errors import EasError

_SANDBOX = "eas-local/sandbox:"


def engine(settings: Settings, daemon: Client) -> Iterator[Finding]:
    seen_by_daemon = answers(socket_of(settings, Program.DAEMON))
    try:
        yield from _seen_by_daemon(daemon) if seen_by_daemon else _seen_by_us(settings)
    except EasError as error:
        yield Finding(Verdict.FAIL, str(error))


def _seen_by_daemon(daemon: Client) -> Iterator[Finding]:
    engine = daemon.health()["engine"]
    yield Finding(Verdict.OK if engine["ok"] else Verdict.FAIL, f"engine: {engine['message'] or 'answers'}")
    yield gpus([gpu["name"] for gpu in daemon.gpus()])


def _seen_by_us(settings: Settings) -> Iterator[Finding]:
    from eas_local.adapters.engine_report import report  # noqa: PLC0415 - the engine's SDK is slow to import
    from eas_local.adapters.nvml import NvmlGpus  # noqa: PLC0415

    yield gpus([gpu.name for gpu in NvmlGpus().inventory()])
    found = report(settings.engine)
    yield Finding(Verdict.OK, f"engine: Docker {found.version}")
    yield images(found.images)


def images(tags: Sequence[str]) -> Finding:
    if any(tag.startswith(_SANDBOX) for tag in tags):
        return Finding(Verdict.OK, "the sandbox's image is there")
    return Finding(Verdict.WARN, "the sandbox's image is not there yet; the first create builds it, which takes longer")


def gpus(names: Sequence[str]) -> Finding:
    return Finding(Verdict.OK, f"GPUs: {', '.join(names) or 'none'}")
