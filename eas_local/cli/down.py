"""Shut the emulator down: its services end, and come back with the next up.

With --purge the services and everything made for them are removed as well.
"""

from argparse import ArgumentParser, Namespace
from contextlib import suppress

from eas_local.adapters.launch import START_LIMIT, Program, log_of, running, socket_of
from eas_local.adapters.locks import lives, one_at_a_time
from eas_local.adapters.settings import Settings
from eas_local.cli.shell import Shell
from eas_local.client import stop_gateway
from eas_local.core.errors import Temporary

_LOOK_AGAIN = 0.02
# Those behind a point are halves that a program left when it was killed.
_MADE = (
    "owner",
    "key",
    "state.db*",
    "engine-*.json",
    "routes.json",
    ".routes.json.*",
    ".engine-*.json.*",
    ".owner.*",
    "owner.*",
    "key.*",
    "lock",
    "daemon.lock",
    "gateway.lock",
    "logs/*.log",
)
_FOLDERS = ("services", "logs")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--purge", action="store_true", help="remove the services and all that was made for them")


def run(shell: Shell, args: Namespace) -> int:
    settings = shell.settings
    if _daemon_needed(settings, purge=args.purge):
        shell.client()
    if not running(settings):
        shell.say("[OK] eas-local does not run")
        return 0
    stop(shell, purge=args.purge)
    return 0


def stop(shell: Shell, *, purge: bool = False) -> None:
    """The daemon first, so that the gateway serves what is still in flight."""
    with one_at_a_time(shell.settings):
        there = running(shell.settings)
        if Program.DAEMON in there:
            shell.say("[OK] Stopping the services")
            shell.daemon().shutdown(purge=purge)
            _await_end(shell, Program.DAEMON)
        if Program.GATEWAY in there:
            stop_gateway(shell.settings.gateway_socket)
            _await_end(shell, Program.GATEWAY)
        if purge:
            _sweep(shell)
    shell.say("[OK] eas-local is stopped")


def _daemon_needed(settings: Settings, *, purge: bool) -> bool:
    """A daemon that was killed leaves its socket, and perhaps containers; only a daemon can end those."""
    return settings.daemon_socket.exists() or (purge and settings.home.exists() and any(settings.home.iterdir()))


def _await_end(shell: Shell, program: Program) -> None:
    deadline = shell.clock.now() + START_LIMIT
    while lives(shell.settings, program):
        if shell.clock.now() > deadline:
            raise Temporary(f"the {program} does not end; its log {log_of(shell.settings, program)} may say why")
        shell.clock.sleep(_LOOK_AGAIN)
    socket_of(shell.settings, program).unlink(missing_ok=True)


def _sweep(shell: Shell) -> None:
    """What the programs made of their own; folders stay, and are named, where something of the user's is in them."""
    home = shell.settings.home
    for path in (path for pattern in _MADE for path in home.glob(pattern)):
        path.unlink(missing_ok=True)
    for folder in (*(home / name for name in _FOLDERS), shell.settings.runtime, home):
        with suppress(OSError):
            folder.rmdir()
    if home.exists():
        shell.say(
            f"[OK] {home} stays, for there is more in it: {', '.join(sorted(path.name for path in home.iterdir()))}"
        )
