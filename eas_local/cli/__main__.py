"""`python -m eas_local.cli`, and the program `eas-local`."""

import sys


def run() -> None:
    """The imports are part of the program: who interrupts it there gets no traceback either."""
    try:
        from eas_local.cli import main  # noqa: PLC0415 - see above

        main.run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    run()
