import subprocess
import sys

import pytest

HEAVY = {"aiohttp", "docker", "fastapi", "pydantic", "pynvml", "sqlite3", "uvicorn", "uvloop", "watchfiles"}


@pytest.mark.parametrize("argv", [["--version"], ["ls"], ["desc", "demo"], ["create", "missing.json"], ["--help"]])
def test_a_command_is_quick_because_it_imports_nothing_heavy(argv, settings):
    code = (
        "import sys\n"
        "from eas_local.cli.main import main\n"
        "from eas_local.cli.shell import Shell\n"
        "from eas_local.adapters.settings import load\n"
        "shell = Shell(load(), sys.stdin, sys.stdout, sys.stderr, start=lambda *_: None)\n"
        "try:\n"
        f"    main({argv!r}, shell)\n"
        "except SystemExit:\n"
        "    pass\n"
        "print(*sys.modules)\n"
    )
    environment = {"EAS_LOCAL_HOME": str(settings.home), "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)

    assert HEAVY & set(done.stdout.split()) == set()
