"""What processors in C++ were built with."""

from typing import NoReturn


def cflags() -> NoReturn:
    raise NotImplementedError("allspark's headers are EAS's own and not public; a processor in C or C++ needs none")


def ldflags() -> NoReturn:
    raise NotImplementedError("allspark's library is EAS's own and not public; a processor in C or C++ needs none")
