"""`import allspark` for processors in Python, with the names and rules of EAS's module, written anew.

It runs in the container of a Python processor, or by `python app.py` anywhere, on whatever Python the user brings: from 3.6
on, with the standard library alone. `processor` is what a user's class derives from, `context` the level below it. `hosting`
runs a processor: with `worker_threads` or `worker_processes`, which take requests from the `server`, whose `connection`s read
them with `request` and `body`, and `answer` says what comes of a call. `front` is where the world meets all this.
"""

from .context import Context, QueuedService
from .native import cflags, ldflags
from .processor import BaseProcessor
from .properties import Properties, default_properties
from .server import Stopped

__all__ = [
    "BaseProcessor",
    "Context",
    "Properties",
    "QueuedService",
    "Stopped",
    "cflags",
    "default_properties",
    "ldflags",
]
