"""The one clock."""

import time


class SystemClock:
    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some moment; nobody sets this back or forward."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """For programs without an event loop that look again a moment later."""
        time.sleep(seconds)  # noqa: TID251 - the one place that may
