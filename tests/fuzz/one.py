"""`python -m tests.fuzz.one TARGET [libFuzzer's arguments]`: fuzzes one target in this process, which ends with it."""

import sys

import atheris

with atheris.instrument_imports(include=["eas_local.proxy"]):
    from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()
