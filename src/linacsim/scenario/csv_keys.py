"""What a scenario may say about markers that print bare lines (docs/reference/scenario.md)."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from linacsim.scenario.device_base import StubKeys, UnprotectedBase
from linacsim.scenario.marker_base import CalibrationKeys, MarkerBase
from linacsim.scenario.motion_keys import NotNegative

Column = Literal["t", "x", "y", "z", "-"]


class CsvStubKeys(StubKeys):
    """How the stand-in for a marker that prints lines behaves."""

    noise_mm: NotNegative = 0.02


class CsvMarkerKeys(UnprotectedBase, MarkerBase):
    """A marker that prints a line of numbers for each sample, without a checksum."""

    kind: Literal["csv-marker"]
    baud: Annotated[int, Field(ge=300, le=4_000_000)] = 115_200
    rate_hz: Annotated[float, Field(ge=0.5, le=1000)]
    """Lines a second."""
    columns: Annotated[tuple[Column, ...], Field(min_length=1, max_length=32, strict=False)]
    """What the numbers of a line are: `t` time, `x`, `y`, `z`, `-` for what is not used."""
    unit: Literal["um", "mm", "cm", "m"]
    """Of x, y and z."""
    time_unit: Literal["s", "ms", "us"] | None = None
    """Of t; required where there is one."""
    separator: Literal[",", ";", "tab", "space"] = ","
    """Between two numbers; `space` is any white space."""
    decimal: Literal[".", ","] = "."
    """Decimal mark."""
    frozen_samples: Annotated[int, Field(ge=0, le=1000)] = 10
    """So many equal lines are a frozen value; 0: not judged, for sensors with coarse steps."""
    calibration: CalibrationKeys | None = None
    """Without it, the device's axes are those of the fixed room system."""
    stub: CsvStubKeys = CsvStubKeys()

    @model_validator(mode="after")
    def _readable(self) -> Self:
        used = [column for column in self.columns if column != "-"]
        if len(set(used)) < len(used):
            raise ValueError("a column stands twice in columns")
        if not set(used) & {"x", "y", "z"}:
            raise ValueError("columns needs x, y or z")
        if ("t" in used) is not (self.time_unit is not None):
            raise ValueError("time_unit is for a column t, and a column t needs it")
        if self.separator == self.decimal:
            raise ValueError("separator and decimal are the same character")
        return self
