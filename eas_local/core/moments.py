"""How moments are written, in UTC; a moment is seconds since the epoch."""

from datetime import UTC, datetime


def rfc3339(at: float) -> str:
    """Empty for what has not happened."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def spaced(at: float) -> str:
    """# Parity: times of events and logs are written so (wire-contract 3.7)."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
