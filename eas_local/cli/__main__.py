"""`python -m eas_local.cli`, the same as the program `eas-local`."""

from eas_local.cli.main import run

run()
