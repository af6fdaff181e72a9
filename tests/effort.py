"""How hard property tests try: a little by default, much with HYPOTHESIS_PROFILE=thorough."""

import os

from hypothesis import HealthCheck, settings

_FACTOR = 25 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 1


def examples(n: int) -> settings:
    """Return settings for n examples by default; never a deadline."""
    return settings(
        max_examples=n * _FACTOR, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
