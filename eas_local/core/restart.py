"""How long to hold back after a container has exited."""

from eas_local.core.instance import Run

FIRST = 10.0
LONGEST = 300.0
RESET_AFTER = 600.0


def streak_after(run: Run) -> int:
    """How many runs in a row have ended with this one; one that ran long begins anew."""
    return 1 if run.finished_at - run.started_at >= RESET_AFTER else run.streak + 1


def delay(streak: int, factor: float = 1) -> float:
    """Seconds between the end of a run and the start of the next one, when so many in a row have ended.

    # Parity: Kubernetes' crash-loop back-off, which EAS uses: the first restart comes at once, then 10 s, 20 s, 40 s ...
    # at most 300 s, and a run of 10 minutes starts over (eas-semantics 4, L). `factor` shortens it for tests.
    """
    if streak <= 1:
        return 0
    return min(FIRST * 2.0 ** min(streak - 2, 10), LONGEST) * factor
