"""The stages of a scenario: what they play, their drivers and their stand-ins."""

from collections import deque
from typing import Any, Protocol

import numpy as np

from linacsim.devices.grbl.driver import GrblDriver, GrblSettings
from linacsim.devices.llp.host_state import HostState
from linacsim.devices.llp.stage import LlpStage as LlpStageDriver
from linacsim.devices.llp.stage import LlpStageSettings
from linacsim.devices.peer import Peer
from linacsim.devices.stages.course import (
    Course,
    FollowedCourse,
    MotionCourse,
    MountedAxis,
    Mounting,
)
from linacsim.devices.stages.driver import StageDriver, StageSettings
from linacsim.devices.stages.guard import StagePosition
from linacsim.devices.stages.limits import AxisLimits, StageLimits
from linacsim.devices.zaber.driver import ZaberDriver, ZaberSettings
from linacsim.model.arrays import Floats, Ints
from linacsim.model.findings import InputError
from linacsim.model.signals import Frames
from linacsim.model.time import NS_PER_MS, TICK_NS, to_ns
from linacsim.motion.couch import COUCH_AXES, carried
from linacsim.motion.source import Motion
from linacsim.scenario.llp import SERIAL
from linacsim.scenario.stage_keys import (
    GrblStageKeys,
    LlpStageKeys,
    StageKeys,
    ZaberStageKeys,
)
from linacsim.stubs.faults import Faults, fault_of
from linacsim.stubs.grbl import settings as grbl
from linacsim.stubs.grbl.controller import Grbl
from linacsim.stubs.grbl.words import AXES
from linacsim.stubs.llp.box import Identity, LlpBox
from linacsim.stubs.llp.stage import LlpStage, StageBuild
from linacsim.stubs.stages.carried import Carrier
from linacsim.stubs.zaber.device import Build, Zaber

CHECKED_NS = to_ns(600.0)
_NOWHERE = np.zeros((1, 3))


class CouchFollower:
    """A sink of frames that tells a stage where the couch has been."""

    def __init__(self, mounting: Mounting) -> None:
        """Take the couch to be at rest until frames come."""
        self.course = FollowedCourse(mounting)
        self._reference: Floats | None = None

    def write(self, frames: Frames) -> None:
        """Note where the couch has carried the isocentre at the end of each tick."""
        couch = frames.actual[:, list(COUCH_AXES)]
        if self._reference is None:
            self._reference = couch[0].copy()
        for tick, position in zip(frames.tick.tolist(), couch, strict=True):
            place_cm = carried(self._reference, position).to_room(_NOWHERE)[0]
            self.course.note((tick + 1) * TICK_NS, place_cm.tolist())

    def close(self, *, truncated: bool = False) -> None:
        """End; nothing waits."""


class _Reporting(Protocol):
    positions: deque[StagePosition]


class Reported:
    """Where a stage was by its own account: between its reports on straight lines."""

    def __init__(self, driver: _Reporting) -> None:
        """Take the driver that hears the reports."""
        self._driver = driver

    def places_mm(self, times_ns: Ints) -> Floats:
        """Return (n, n_axes) at (n,) times; before the first report where that has it."""
        positions = list(self._driver.positions)
        told_ns = np.array([position.time_ns for position in positions])
        told_mm = np.array([position.mm for position in positions])
        return np.column_stack([np.interp(times_ns, told_ns, column) for column in told_mm.T])


class _Columns:
    """The axes of a GRBL stand-in that the scenario uses, in its order."""

    def __init__(self, stub: Grbl, columns: list[int]) -> None:
        self._stub = stub
        self._columns = columns

    def places_mm(self, times_ns: Ints) -> Floats:
        return self._stub.places_mm(times_ns)[:, self._columns]


def mounting_of(keys: StageKeys) -> Mounting:
    """Return how a stage stands in the room. Raises InputError."""
    return Mounting(tuple(MountedAxis(a.axis, a.along, a.zero_mm) for a in keys.axes))


def stage_driver(
    keys: StageKeys, motion: Motion, follower: CouchFollower | None, host: HostState
) -> StageDriver[Any]:
    """Return the driver of a stage; one that asks is told the state of the machine.

    Raises InputError for a course that is beyond it.
    """
    course: Course = follower.course if follower else MotionCourse(motion, mounting_of(keys))
    settings = StageSettings(
        limits=_limits(keys),
        course=course,
        checked_until_ns=0 if follower else CHECKED_NS,
        period_ns=round(keys.period_ms * NS_PER_MS),
        shift_ns=round(keys.shift_ms * NS_PER_MS),
        delay_ns=round(keys.follow_delay_ms * NS_PER_MS) if follower else 0,
        homing=keys.homing,
        homing_ns=to_ns(keys.homing_s),
        rehome_ns=None if keys.rehome_s is None else to_ns(keys.rehome_s),
        identity=keys.identity,
        allow_simulated=keys.takes_stubs,
    )
    if isinstance(keys, GrblStageKeys):
        poll_ns = round(keys.poll_ms * NS_PER_MS)
        return GrblDriver(keys.name, GrblSettings(settings, keys.depth, poll_ns))
    if isinstance(keys, LlpStageKeys):
        llp = LlpStageSettings(
            settings, keys.serial_number, keys.clock_ppm, keys.depth, keys.rate_hz
        )
        return LlpStageDriver(keys.name, llp, host)
    return ZaberDriver(keys.name, ZaberSettings(settings, keys.microstep_mm, keys.device))


def check_stand_in(keys: StageKeys) -> None:
    """Raise InputError where a stand-in cannot be what the scenario says of the stage."""
    is_grbl, start_mm = isinstance(keys, GrblStageKeys), keys.stub.start_mm
    for axis in keys.axes:
        lower, upper = axis.travel_mm
        if is_grbl and axis.axis not in AXES:
            raise InputError(f"the stand-in has axes {', '.join(AXES)}, not {axis.axis}")
        if upper > 0 if is_grbl else lower < 0:
            where = "0 and below" if is_grbl else "0 and above"
            raise InputError(f"axis {axis.axis}: the stand-in has positions of {where} only")
        if start_mm > max(-lower, upper):
            raise InputError(f"stub.start_mm {start_mm:g}: beyond the travel of axis {axis.axis}")


def stage_stub(keys: StageKeys, seed: int) -> tuple[Peer, Carrier]:
    """Return the stand-in for a stage, and what of it carries a marker.

    It has the travel and the limits that the scenario states.
    """
    faults = Faults([fault_of(text) for text in keys.stub.faults], seed)
    if isinstance(keys, GrblStageKeys):
        grbl = Grbl(_grbl_settings(keys), faults, start_mm=(-keys.stub.start_mm,) * len(AXES))
        return grbl, _Columns(grbl, [AXES.index(axis.axis) for axis in keys.axes])
    if isinstance(keys, LlpStageKeys):
        return _llp_stub(keys, faults)
    zaber = _zaber_stub(keys, faults)
    return zaber, zaber


def _llp_stub(keys: LlpStageKeys, faults: Faults) -> tuple[Peer, Carrier]:
    build = StageBuild(
        axes=len(keys.axes),
        travel_mm=max(axis.travel_mm[1] for axis in keys.axes),
        speed_mm_per_s=max(axis.speed_mm_per_s for axis in keys.axes),
        start_mm=keys.stub.start_mm,
        rate_hz=keys.rate_hz,
    )
    stage = LlpStage(build, faults)
    return LlpBox(stage, faults, Identity(serial=keys.serial_number or SERIAL)), stage


def _zaber_stub(keys: ZaberStageKeys, faults: Faults) -> Zaber:
    build = Build(
        axes=max(int(axis.axis) for axis in keys.axes),
        microstep_mm=keys.microstep_mm,
        travel_mm=max(axis.travel_mm[1] for axis in keys.axes),
        speed_mm_per_s=max(axis.speed_mm_per_s for axis in keys.axes),
        acceleration_mm_per_s2=max(axis.acceleration_mm_per_s2 for axis in keys.axes),
        start_mm=keys.stub.start_mm,
        address=keys.device,
    )
    return Zaber(build, faults)


def _limits(keys: StageKeys) -> StageLimits:
    return StageLimits(
        tuple(
            AxisLimits(a.axis, *a.travel_mm, a.speed_mm_per_s, a.acceleration_mm_per_s2)
            for a in keys.axes
        )
    )


def _grbl_settings(keys: GrblStageKeys) -> dict[int, float]:
    settings: dict[int, float] = {}
    for axis in keys.axes:
        k = AXES.index(axis.axis)
        settings[grbl.TRAVEL + k] = -axis.travel_mm[0]
        settings[grbl.RATE + k] = axis.speed_mm_per_s * 60.0
        settings[grbl.ACCELERATION + k] = axis.acceleration_mm_per_s2
    return settings
