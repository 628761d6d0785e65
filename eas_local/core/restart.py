"""How long to hold back after a container has exited."""

FIRST = 10.0
LONGEST = 300.0
RESET_AFTER = 600.0


def delay(attempt: int, ran_for: float, factor: float = 1) -> float:
    """Seconds between the end of a run and the start of the next one.

    # Parity: Kubernetes' crash-loop back-off, which EAS uses: the first restart comes at once, then 10 s, 20 s, 40 s ...
    # at most 300 s, and a run of 10 minutes starts over (eas-semantics 4, L). `factor` shortens it for tests.
    """
    if attempt == 0 or ran_for >= RESET_AFTER:
        return 0
    return min(FIRST * 2.0 ** min(attempt - 1, 10), LONGEST) * factor
