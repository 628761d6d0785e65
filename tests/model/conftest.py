"""How much is tried: what fits into a few seconds, the same each time, or with `--hypothesis-profile=long` much more."""

from typing import Any

from hypothesis import HealthCheck, settings

LONG = "long"
settings.register_profile(
    LONG, max_examples=1500, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)


def asked_for(**few: Any) -> settings:
    """These few, unless many were asked for."""
    if settings.get_current_profile_name() == LONG:
        return settings.get_profile(LONG)
    return settings(**few, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
