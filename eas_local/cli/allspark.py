"""Print the folder of the module that processors in Python import.

An editor, a test or python app.py finds allspark with PYTHONPATH="$(eas-local allspark)", or once it is installed by
pip install "$(eas-local allspark)". Run so, get_model_path() is ./model, or what EAS_HOST_MODEL names.
"""

from argparse import ArgumentParser, Namespace
from importlib.resources import files

from eas_local.cli.shell import Shell


def arguments(_: ArgumentParser) -> None:
    """It takes none."""


def run(shell: Shell, _: Namespace) -> int:
    shell.show(str(files("eas_local") / "processors" / "python"))
    return 0
