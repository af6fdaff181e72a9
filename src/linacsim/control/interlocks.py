"""The interlock table and the panel that shows which are up.

A row says what an interlock does, whether it latches and who may override it; the supervisor
only ever sees the effects. Conditions are set by the modules that watch them.
"""

from linacsim.model.findings import InputError
from linacsim.model.interlocks import Effect, Interlock, Right

_START = "manual, Loading and delivering an XML Beam"
_STATIC = "manual, Introducing static positions and tolerances"
_SERVO = "manual, Trajectory Records"
_HOLD_DEVICES = "manual, Appendix A, BeamHoldDevices"

BLOCK = Effect.BLOCK_START
STOP = Effect.BLOCK_START | Effect.INTERRUPT

MLC_MODEL = "MLC_MODEL"
ACCESSORY = "ACCESSORY"
INITIAL_POSITION = "INITIAL_POSITION"
AXIS_POSITION = "AXIS_POSITION"
MOTN = "MOTN"
BEAM_HOLD = "BEAM_HOLD"
AXIS_LAG = "AXIS_LAG"
AXIS_MODEL = "AXIS_MODEL"
DOSE_MODEL = "DOSE_MODEL"
BEAM_HOLD_NOT_READY = "BEAM_HOLD_NOT_READY"
BEAM_HOLD_UNPLANNED = "BEAM_HOLD_UNPLANNED"
KV_COLLIMATION = "KV_COLLIMATION"
DOOR = "DOOR"
MAX_RAD_TIME = "MAX_RAD_TIME"
GATE_FAULT = "GATE_FAULT"
DEVICE_HOLD = "DEVICE_HOLD"
DEVICE_FAULT = "DEVICE_FAULT"
LATE = "LATE"
HOLD_LINE_CHATTER = "HOLD_LINE_CHATTER"
HOLD_LINE_SILENT = "HOLD_LINE_SILENT"
HOLD_LINE_STUCK = "HOLD_LINE_STUCK"
HOLD_LINE_UNTESTED = "HOLD_LINE_UNTESTED"
MV_HOLD = "MV_HOLD"
SYNC_STOP = "SYNC_STOP"
DOSE_CHANNELS = "DOSE_CHANNELS"

TABLE = (
    Interlock(
        MLC_MODEL,
        BLOCK,
        latching=False,
        override=None,
        text="the beam needs MLC model {detail}",
        source="manual, The simplest example: Beam On, MLCModel",
    ),
    Interlock(
        ACCESSORY,
        STOP,
        latching=False,
        override=Right.SERVICE,
        text="accessory {detail}",
        source="manual, The simplest example: Beam On, Accs; Appendix A, Accs",
    ),
    Interlock(
        INITIAL_POSITION,
        BLOCK,
        latching=False,
        override=Right.SERVICE,
        text="not at the initial position: {detail}",
        source=_STATIC,
    ),
    Interlock(
        AXIS_POSITION,
        BLOCK,
        latching=False,
        override=Right.SERVICE,
        text="not at the resumption point: {detail}; load the beam again",
        source="manual, Limitations, Interrupted Beams",
    ),
    Interlock(
        MOTN,
        STOP,
        latching=True,
        override=Right.SERVICE,
        text="a frozen axis moved: {detail}",
        source=_STATIC,
    ),
    Interlock(
        AXIS_LAG,
        Effect.HOLD,
        latching=False,
        override=None,
        text="waiting for an axis to catch up: {detail}",
        source="design/truebeam.md TB-20",
    ),
    Interlock(
        AXIS_MODEL,
        STOP,
        latching=True,
        override=None,
        text="axis does not follow its motion model: {detail}",
        source=_SERVO,
    ),
    Interlock(
        DOSE_MODEL,
        STOP,
        latching=True,
        override=None,
        text="dose does not follow: {detail}",
        source=_SERVO,
    ),
    Interlock(
        BEAM_HOLD_NOT_READY,
        STOP,
        latching=False,
        override=Right.SERVICE,
        text="beam hold device {detail} is listed in the beam and is not ready",
        source=_HOLD_DEVICES,
    ),
    Interlock(
        BEAM_HOLD_UNPLANNED,
        BLOCK,
        latching=False,
        override=Right.SERVICE,
        text="beam hold device {detail} is ready and is not listed in the beam",
        source=_HOLD_DEVICES,
    ),
    Interlock(
        KV_COLLIMATION,
        BLOCK,
        latching=False,
        override=Right.SERVICE,
        text="kV collimator or filter is not as the beam asks: {detail}",
        source=_START,
    ),
    Interlock(
        DOOR, STOP, latching=False, override=None, text="the door is open", source="design TB-19"
    ),
    Interlock(
        MAX_RAD_TIME,
        Effect.TERMINATE,
        latching=True,
        override=None,
        text="maximum radiation time reached: {detail}",
        source="manual, Appendix A, SubBeamType, MaxRadTime",
    ),
    Interlock(
        BEAM_HOLD,
        Effect.HOLD,
        latching=False,
        override=None,
        text="held by {detail}",
        source=_HOLD_DEVICES,
    ),
    Interlock(
        GATE_FAULT,
        STOP,
        latching=True,
        override=None,
        text="a window was left that must not be: {detail}",
        source="manual, Tracking Action Windows, FaultOnExit",
    ),
    Interlock(
        DEVICE_HOLD,
        Effect.BLOCK_START | Effect.HOLD,
        latching=False,
        override=None,
        text="held for {detail}",
        source="design/hil.md HIL-15",
    ),
    Interlock(
        DEVICE_FAULT,
        STOP,
        latching=True,
        override=None,
        text="device fault: {detail}",
        source="design/hil.md HIL-14, HIL-15",
    ),
    Interlock(
        LATE,
        Effect.HOLD,
        latching=False,
        override=None,
        text="the real-time loop is late: {detail}",
        source="design/hil.md HIL-2",
    ),
    Interlock(
        HOLD_LINE_CHATTER,
        STOP,
        latching=True,
        override=None,
        text="a beam-hold line chatters: {detail}",
        source="design/gating.md GA-13",
    ),
    Interlock(
        HOLD_LINE_SILENT,
        STOP,
        latching=True,
        override=None,
        text="no more heart-beat from a beam-hold line: {detail}",
        source="design/gating.md GA-13",
    ),
    Interlock(
        HOLD_LINE_STUCK,
        STOP,
        latching=True,
        override=None,
        text="a beam-hold line is stuck: {detail}",
        source="design/gating.md GA-13",
    ),
    Interlock(
        HOLD_LINE_UNTESTED,
        BLOCK,
        latching=False,
        override=Right.SERVICE,
        text="not yet seen to hold, since the beam was loaded: {detail}",
        source="design/gating.md GA-13",
    ),
    Interlock(
        MV_HOLD,
        Effect.NONE,
        latching=False,
        override=None,
        text="the MV beam is held by {detail}, motion is not",
        source=_HOLD_DEVICES,
    ),
    Interlock(
        SYNC_STOP,
        Effect.NONE,
        latching=False,
        override=None,
        text="plan and beam slow down for {detail}",
        source="manual, Appendix A, Dev, SyncStop",
    ),
    Interlock(
        DOSE_CHANNELS,
        Effect.TERMINATE,
        latching=True,
        override=None,
        text="the dose channels differ: {detail}",
        source="design/elekta-dicom.md EL-3; IEC 60601-2-1 asks for two independent channels",
    ),
)

"""New rows go to the end: a frame's bit mask names interlocks by their place here."""

FAULTS = (MOTN, AXIS_MODEL, DOSE_MODEL, MAX_RAD_TIME, DOSE_CHANNELS)
"""Interlocks that latch; in a state that does not watch one of them its cause is gone."""

ROWS = {row.name: row for row in TABLE}
BIT = {row.name: 1 << index for index, row in enumerate(TABLE)}


def names(mask: int) -> tuple[str, ...]:
    """Return the names of the interlocks in a frame's bit mask."""
    return tuple(row.name for row in TABLE if mask & BIT[row.name])


class Panel:
    """Which interlocks are up, latched or overridden."""

    def __init__(self, rights: Right) -> None:
        """Start with nothing up."""
        self.rights = rights
        self._detail: dict[str, str] = {}
        self._cause: set[str] = set()
        self._overridden: set[str] = set()

    @property
    def mask(self) -> int:
        """Bit mask of interlocks that are up, overridden ones included."""
        return sum(BIT[name] for name in self._detail)

    @property
    def effects(self) -> Effect:
        """Effects of all interlocks that are up and not overridden."""
        total = Effect.NONE
        for name in self._detail:
            if name not in self._overridden:
                total |= ROWS[name].effects
        return total

    def is_up(self, name: str) -> bool:
        """Return whether an interlock is up, overridden or not."""
        return name in self._detail

    def watch(self, name: str, detail: str) -> str | None:
        """State the condition of an interlock; empty detail: the condition is not met.

        Returns the line to tell when the interlock comes up or goes away, else None. A latching
        interlock stays up until it is acknowledged.
        """
        if detail:
            self._cause.add(name)
            news = name not in self._detail
            self._detail[name] = detail
            return f"{name} up: {self.text(name)}" if news else None
        self._cause.discard(name)
        if name not in self._detail or ROWS[name].latching:
            return None
        return self._drop(name)

    def acknowledge(self) -> list[str]:
        """Clear latched interlocks whose cause is gone; return the lines to tell."""
        gone = [name for name in self._detail if name not in self._cause]
        return [self._drop(name) for name in gone]

    def override(self, name: str) -> str:
        """Override an interlock; return the line to log.

        Raises InputError with the reason where rights, table or state do not allow it.
        """
        if name not in ROWS:
            raise InputError(f"there is no interlock {name!r}: use one of {', '.join(ROWS)}")
        if name not in self._detail:
            raise InputError(f"{name} is not up: there is nothing to override")
        needed = ROWS[name].override
        if needed is None:
            raise InputError(f"{name} can be overridden by nobody")
        if self.rights < needed:
            raise InputError(
                f"{self.rights.name.title()} rights do not allow overriding {name}: "
                f"{needed.name.title()} rights are needed"
            )
        self._overridden.add(name)
        return f"{name} overridden with {self.rights.name.title()} rights"

    def clear(self) -> None:
        """Forget latched interlocks and overrides, as when another beam is loaded."""
        for name in [n for n in self._detail if n not in self._cause]:
            del self._detail[name]
        self._overridden.clear()

    def blocking(self) -> list[str]:
        """Return the texts of interlocks that keep the beam from starting."""
        return [
            f"{name}: {self.text(name)}"
            for name in self._detail
            if name not in self._overridden and Effect.BLOCK_START in ROWS[name].effects
        ]

    def text(self, name: str) -> str:
        """Return what the interlock says."""
        return ROWS[name].text.format(detail=self._detail[name])

    def _drop(self, name: str) -> str:
        del self._detail[name]
        self._overridden.discard(name)
        return f"{name} down"
