"""Which column of a CSV file is what, and in which unit."""

from dataclasses import dataclass, field, fields
from difflib import get_close_matches

from linacsim.model.findings import InputError

TIME_UNITS_NS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
LENGTH_UNITS_PER_CM = {"cm": 1.0, "mm": 10.0, "m": 0.01}
PHASE_UNITS_DEG = {"deg": 1.0, "rad": 57.29577951308232}

COLUMNS = ("time", "x", "y", "z", "phase", "valid", "flag", "beam", "mark", "ttl_in", "ttl_out")
"""What a column may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMap:
    """Columns by their title, or by number from 1 where the file has no titles; None: absent."""

    time: str | None = None
    x: str | None = None
    y: str | None = None
    z: str | None = None
    phase: str | None = None
    valid: str | None = None
    """0: invalid; anything else: valid."""
    flag: str | None = None
    """Valid flag of RPM, below 0 for lost (-1) and irregular (-2)."""
    beam: str | None = None
    mark: str | None = None
    """`Z`, `P` or empty."""
    ttl_in: str | None = None
    ttl_out: str | None = None
    time_unit: str = "s"
    length_unit: str = field(default="")
    """No default: a wrong guess is wrong by ten."""
    phase_unit: str = "deg"
    separator: str | None = None
    """None: semicolon, tab or comma, whichever the file has."""

    def __post_init__(self) -> None:
        """Refuse what is unknown or missing."""
        if not (self.x or self.y or self.z):
            raise InputError("the column map names no position: give x, y or z")
        for name, units in (
            ("time_unit", TIME_UNITS_NS),
            ("length_unit", LENGTH_UNITS_PER_CM),
            ("phase_unit", PHASE_UNITS_DEG),
        ):
            if getattr(self, name) not in units:
                found = getattr(self, name) or "nothing"
                raise InputError(f"{name} must be one of {', '.join(units)}, not {found}")

    def named(self) -> dict[str, str]:
        """Return what is mapped: kind of column to title."""
        return {name: getattr(self, name) for name in COLUMNS if getattr(self, name) is not None}


def column_map_from(words: str) -> ColumnMap:
    """Return the map that words such as `time=t,y=SI,length_unit=mm` describe.

    Raises InputError for an unknown key or unit.
    """
    known = [item.name for item in fields(ColumnMap)]
    chosen: dict[str, str] = {}
    for word in words.split(","):
        key, equals, value = word.partition("=")
        key = key.strip()
        if key not in known or not equals:
            near = get_close_matches(key, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise InputError(f"column map: unknown key {key!r}{hint}; known: {', '.join(known)}")
        chosen[key] = value.strip()
    return ColumnMap(**chosen)
