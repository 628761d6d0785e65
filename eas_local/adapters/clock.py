"""The one clock."""

import time


class SystemClock:
    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()
