"""What a baseline file holds: all that is kept of how a scenario, beam or plan was delivered."""

from typing import Annotated, Literal

from pydantic import Field

from linacsim.scenario.words import Strict

SCHEMA = 1
NOTICE = "Research and test use only: made by an emulator, not by a machine."

Figure = int | float
Figures = dict[str, Figure]
"""Each with its unit in its name, counts apart."""
Texts = Annotated[tuple[str, ...], Field(strict=False)]
Point = Annotated[tuple[int, Figure, Figure], Field(strict=False)]
"""Control point, time since the start of the first step in s, expected MU."""


class Signals(Strict):
    """The frames of a run, as digests that tell what changed and from when."""

    ticks: int
    window_ticks: Literal[50] = 50
    digests: dict[str, str]
    """Of each column, over the whole run: these decide whether it is the same."""
    steps: dict[str, Texts]
    """Columns that stand between steps: tick and new value of each, in full."""
    control_point: Texts
    """Fractional control point at the start of each window and at the end, several to a line."""
    windows: dict[str, Texts]
    """Of each other column: a short digest of each window, several to a line."""
    axes: dict[str, str]
    """Of each axis that moves: digests of its expected and actual positions."""


class Delivery(Strict):
    """One beam, or one sequence of a plan, as it was delivered."""

    beam: str
    machine: str
    state: str
    """Final state of the supervisor."""
    interlocks: Texts
    figures: Figures
    axis_figures: dict[str, Figures]
    """By axis or group of axes."""
    control_points: Annotated[tuple[Point, ...], Field(strict=False)]
    """Empty where no beam was started, or several were."""
    signals: Signals


class Baseline(Strict):
    """All that one scenario, beam or plan came to."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    notice: str = NOTICE
    source: str
    """Name of the file that was delivered."""
    made_by: dict[str, str]
    """Versions and processor: digests of another processor may differ by rounding."""
    delivery: Annotated[tuple[Delivery, ...], Field(strict=False, min_length=1)]
    """One, or one for each sequence of a plan."""
