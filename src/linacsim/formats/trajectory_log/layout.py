"""What the bytes of a trajectory log mean: axes, units, sizes by version.

Source: research/log-formats.md 1.1 to 1.5, which states for each figure whether it was measured
on real files or read from a public reader. All values are little-endian without padding.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

SIGNATURE = b"VOSTL"
HEADER_BYTES = 1024
METADATA_BYTES = 745
CRC_BYTES = 2
COUNT_FIELDS_BYTES = 64
"""Header bytes beside the two integers per axis and the text that follows them."""

MISSING = 3.4028234663852886e38
"""Float32 maximum: what an axis holds that the machine lacks."""

RECORDING_LIMIT_S = 20 * 60
"""Recording stops after this time and the log is marked truncated."""

AXIS_SCALES = {1: "machine", 2: "modified IEC 61217", 3: "machine, couch isocentric"}

MLC_MODELS = {
    0: "NDS80",
    2: "NDS120",
    3: "NDS120HD",
    6: "SX2",
    # Of this house: codes that no log of Varian's is known to use.
    90: "MLCi",
    91: "BeamModulator",
    92: "Agility",
}


class AxisCode(IntEnum):
    """Axis enumeration of the header."""

    COLLIMATOR = 0
    GANTRY = 1
    Y1 = 2
    Y2 = 3
    X1 = 4
    X2 = 5
    COUCH_VRT = 6
    COUCH_LNG = 7
    COUCH_LAT = 8
    COUCH_RTN = 9
    COUCH_PITCH = 10
    COUCH_ROLL = 11
    MU = 40
    BEAM_HOLD = 41
    CONTROL_POINT = 42
    TIME = 43
    MLC = 50
    TARGET_POSITION = 60
    TRACKING_TARGET = 61
    TRACKING_BASE = 62
    TRACKING_PHASE = 63
    TRACKING_CONFORMITY = 64


_DEGREES = frozenset(
    {
        AxisCode.COLLIMATOR,
        AxisCode.GANTRY,
        AxisCode.COUCH_RTN,
        AxisCode.COUCH_PITCH,
        AxisCode.COUCH_ROLL,
    }
)
_UNITS: dict[int, str] = {
    **dict.fromkeys(range(AxisCode.Y1, AxisCode.COUCH_LAT + 1), "cm"),
    **dict.fromkeys(_DEGREES, "deg"),
    AxisCode.MU: "mu",
    AxisCode.TIME: "s",
    AxisCode.MLC: "cm",
}


_KNOWN = frozenset(AxisCode)

SINGLE_AXES = frozenset(code for code in AxisCode if code < AxisCode.MLC)
"""Axes of one sample per snapshot."""

ALWAYS_RECORDED = (
    AxisCode.COLLIMATOR,
    AxisCode.GANTRY,
    AxisCode.Y1,
    AxisCode.Y2,
    AxisCode.X1,
    AxisCode.X2,
    AxisCode.MU,
    AxisCode.BEAM_HOLD,
    AxisCode.CONTROL_POINT,
    AxisCode.MLC,
)
"""Axes that every version records."""


def unit_of(code: int) -> str:
    """Return `deg`, `cm`, `mu`, `s` or an empty text."""
    return _UNITS.get(code, "")


@dataclass(frozen=True, slots=True)
class LogVersion:
    """What differs from version to version."""

    name: str
    axes: tuple[AxisCode, ...]
    """Order in which the axes are written."""
    subbeam_name_bytes: int
    has_metadata: bool

    @property
    def subbeam_bytes(self) -> int:
        """Size of a subbeam record: four numbers, the name, 32 reserved bytes."""
        return 16 + self.subbeam_name_bytes + 32


_HEAD = tuple(AxisCode(code) for code in range(10))
_COUCH_6D = (AxisCode.COUCH_PITCH, AxisCode.COUCH_ROLL)
_BEAM = (AxisCode.MU, AxisCode.BEAM_HOLD, AxisCode.CONTROL_POINT, AxisCode.MLC)

_NEWEST_ORDER = tuple(
    AxisCode(code) for code in (43, 42, 40, 41, 1, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 50)
)

VERSIONS = {
    version.name: version
    for version in (
        LogVersion("1.5", _HEAD + _BEAM, 32, has_metadata=False),
        LogVersion("2.0", _HEAD + _BEAM, 32, has_metadata=False),
        LogVersion("2.1", _HEAD + _BEAM, 32, has_metadata=False),
        LogVersion("3.0", _HEAD + _COUCH_6D + _BEAM, 512, has_metadata=False),
        LogVersion("4.0", _HEAD + _COUCH_6D + _BEAM, 512, has_metadata=True),
        LogVersion("5.0", _HEAD + _COUCH_6D + _BEAM, 512, has_metadata=True),
        LogVersion("5.1", _NEWEST_ORDER, 512, has_metadata=True),
    )
}
"""Versions that can be read."""

WRITABLE = ("2.1", "3.0", "4.0")
"""Versions that are written: those whose layout real files or several readers confirm."""


def row_columns(axes: tuple[int, ...], samples: tuple[int, ...]) -> Iterator[str]:
    """Yield a name with its unit for each column of a snapshot, such as `leaf_a01_cm`."""
    for code, count in zip(axes, samples, strict=True):
        if code == AxisCode.MLC:
            yield from _mlc_columns(count)
            continue
        unit = unit_of(code)
        name = AxisCode(code).name.lower() if code in _KNOWN else f"axis_{code}"
        stem = f"{name}_{unit}" if unit not in ("", name) else name
        yield from [stem] if count == 1 else [f"{stem}_{i + 1}" for i in range(count)]


def _mlc_columns(count: int) -> Iterator[str]:
    yield from ("carriage_a_cm", "carriage_b_cm")
    for bank in "ab":
        yield from (f"leaf_{bank}{leaf + 1:02d}_cm" for leaf in range((count - 2) // 2))
