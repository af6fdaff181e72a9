"""What is measured of a delivery. Definitions and units: docs/reference/metrics.md.

Lengths are cm at the isocentre plane, angles degrees, times seconds. A figure that the recording
cannot give is None.
"""

from dataclasses import dataclass
from enum import StrEnum

from linacsim.review.plain import plain_record


@dataclass(frozen=True, slots=True)
class Error:
    """Actual minus expected over the judged rows."""

    mean: float
    rms: float
    p95: float
    """95 % of the rows have no greater absolute error."""
    max: float
    """Greatest absolute error."""
    max_at_s: float
    max_at_cp: float


@dataclass(frozen=True, slots=True)
class AxisMetrics:
    """One axis, carriage or leaf that the recording holds."""

    name: str
    """As in `AxisLayout.name`: `GantryRtn`, `X1`, `leaf B17`."""
    unit: str
    """`deg` or `cm`; speeds are this per second, accelerations per second squared."""
    moves: bool
    """Whether it is expected to move during the delivery."""
    error: Error
    lag_s: float | None
    """Time by which actual trails expected; None for an axis that hardly moves."""
    max_speed_expected: float
    max_speed_actual: float
    max_accel_expected: float
    max_accel_actual: float
    lowest: float
    """Least expected position."""
    highest: float
    travel: float
    """Length of the expected way, back and forth."""
    reversals: int
    """How often the expected motion turns round from control point to control point."""
    speed_share: float | None = None
    """Greatest expected speed as a share of the machine's limit; None without a machine."""
    accel_share: float | None = None


@dataclass(frozen=True, slots=True)
class GroupError:
    """Errors of several axes together."""

    name: str
    """`bank A`, `bank B`, `moving leaves`, `jaws`."""
    unit: str
    axes: int
    rms: float
    p95: float
    max: float
    worst: str
    """Name of the axis with the greatest error."""


@dataclass(frozen=True, slots=True)
class MuMetrics:
    """Dose in MU."""

    planned: float | None
    """Of all fields; None where the recording does not say."""
    expected: float
    """At the end."""
    actual: float
    """At the end."""
    error: Error
    """Actual minus expected over the judged rows."""
    lag_s: float | None


@dataclass(frozen=True, slots=True)
class Plateau:
    """A stretch of constant expected dose rate or gantry speed."""

    start_s: float
    length_s: float
    from_cp: float
    to_cp: float
    expected: float
    """MU/min, or deg/s with its sign."""
    actual: float
    """The same of the actual values, over the same stretch."""


class PhaseKind(StrEnum):
    """What a delivery does at a time."""

    LEAD_IN = "lead-in"
    """From the first row to the first step of MU or control point."""
    BEAM = "beam"
    MOTION = "motion only"
    """Motion from control point to control point without MU."""
    CARRIAGE = "carriage"
    """MLC carriages move while everything else waits."""
    WAIT = "wait"
    """Held for a moment before or after motion only: settling, field change."""
    HOLD = "hold"
    """Held by a gate, a beam-hold device or an interlock; resumes by itself."""
    INTERRUPT = "interrupt"
    """Stopped until the operator goes on. Known from frames only; logs leave it out."""
    TAIL = "tail"
    """After the last step."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of one kind; phases follow each other without gaps."""

    kind: PhaseKind
    start_s: float
    length_s: float
    from_cp: float
    to_cp: float


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold or interrupt."""

    start_s: float
    length_s: float
    cp: float
    mu: float
    """Actual MU when it began."""
    cause: str
    """From frames: what the console said. From logs: the flag, because they hold no more."""


@dataclass(frozen=True, slots=True)
class Times:
    """Where the time went; all but `wall_s` add up to it."""

    wall_s: float
    """From the first row to the last."""
    beam_on_s: float
    motion_only_s: float
    carriage_s: float
    wait_s: float
    hold_s: float
    interrupt_s: float
    lead_in_s: float
    tail_s: float

    @property
    def overhead_s(self) -> float:
        """Return the time without beam between the first step and the last."""
        held_s = self.wait_s + self.hold_s + self.interrupt_s
        return self.motion_only_s + self.carriage_s + held_s


@dataclass(frozen=True, slots=True)
class ControlPoints:
    """When each whole control point is reached; lists of equal length."""

    index: tuple[int, ...]
    time_s: tuple[float, ...]
    """Since the first row."""
    since_start_s: tuple[float, ...]
    """Since the start of the first step."""
    mu: tuple[float, ...]
    """Expected MU there."""


@dataclass(frozen=True, slots=True)
class MlcUse:
    """How much the MLC does."""

    moving_leaves: int
    leaf_travel_cm: float
    """Of all leaves."""
    busiest_leaf: str
    """The one that travels most; empty where none moves."""
    reversals: int
    """Of all leaves."""
    carriage_travel_cm: float
    carriage_moves: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """All that is measured of one recording."""

    name: str
    beam: str
    mlc_model: str
    emulated: bool
    truncated: bool
    complete: bool | None
    """Whether all planned MU were given; None where the recording does not say what was planned.
    Frames tell by their state."""
    rows: int
    judged_rows: int
    """Rows whose errors count: with beam, or all rows of a delivery without any."""
    interval_s: float
    start_s: float
    """Start of the first step, since the first row."""
    mu: MuMetrics
    times: Times
    control_points: ControlPoints
    phases: tuple[Phase, ...]
    holds: tuple[Hold, ...]
    dose_rate: tuple[Plateau, ...]
    gantry_speed: tuple[Plateau, ...]
    axes: tuple[AxisMetrics, ...]
    groups: tuple[GroupError, ...]
    mlc: MlcUse

    def axis(self, name: str) -> AxisMetrics:
        """Return the metrics of an axis by its name; KeyError where the recording lacks it."""
        for axis in self.axes:
            if axis.name == name:
                return axis
        raise KeyError(name)

    def as_dict(self) -> dict[str, object]:
        """Return plain data for JSON: numbers, texts, lists, None."""
        return plain_record(self)
