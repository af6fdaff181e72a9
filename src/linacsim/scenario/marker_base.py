"""What a scenario may say about any device that sees a marker."""

from typing import Annotated

from pydantic import Field

from linacsim.scenario.device_base import DeviceBase, Name
from linacsim.scenario.motion_keys import Coordinates, Positive
from linacsim.scenario.words import Strict, Text


class CalibrationKeys(Strict):
    """From the device's frame to the fixed room system."""

    origin_cm: Coordinates
    """The device's origin in the room."""
    x_axis: Coordinates
    """Its x axis in the room, of length 1."""
    y_axis: Coordinates
    z_axis: Coordinates


class AgreeKeys(Strict):
    """Another source that must see the same, or the beam is held."""

    other: Annotated[Name, Field(alias="with")]
    """Name of a device that sees a marker of its own right, or of a stage that carries it."""
    within_cm: Positive
    """How far apart they may be."""


class BaselineKeys(Strict):
    """The level of full exhale must stay; it is learnt before the beam may start."""

    learn_s: Annotated[float, Field(ge=5, le=120)] = 20.0
    """How long to look before direction and travel of the motion are taken as known."""
    warn_cm: Positive = 0.2
    fault_cm: Positive = 0.5


class MarkerBase(DeviceBase):
    """What all devices have that see a marker."""

    source: Text = "NDI"
    """Tracking source that it stands for."""
    rate_hz: Annotated[float, Field(gt=0, le=1000)] = 60.0
    """How often it measures."""
    least_age_limit_ms: Positive = 100.0
    """A sample older than this, or than three sample periods if that is more, holds the beam."""
    speed_limit_cm_per_s: Positive = 10.0
    """Faster is a spike, which no marker on a patient does."""
    agree: AgreeKeys | None = None
    baseline: BaselineKeys | None = None
