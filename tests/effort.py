"""How hard property tests try: a little by default, much with HYPOTHESIS_PROFILE=thorough."""

import os

from hypothesis import settings

_FACTOR = 25 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 1


def examples(n: int) -> settings:
    """Return settings for n examples by default."""
    return settings(max_examples=n * _FACTOR)
