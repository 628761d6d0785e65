"""`python -m tests.soak.trimmed MODULE ...`: a program as it is, which gives free memory back when it gets SIGUSR1.

What is resident then is in use. Without that, the allocator keeps what large requests have left between small things that
live on, and after an hour nobody can tell it from a leak.
"""

import ctypes
import runpy
import signal
import sys

SIGNAL = signal.SIGUSR1

if __name__ == "__main__":
    del sys.argv[0]
    signal.signal(SIGNAL, lambda *_: ctypes.CDLL("libc.so.6").malloc_trim(0))
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
