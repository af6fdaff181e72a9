"""Frames as telemetry: every so many ticks the newest one, and every event."""

from collections import deque

from linacsim.control.interlocks import names
from linacsim.devices.mqtt.payloads import Telemetry
from linacsim.model.axes import N_SINGLE, XML_NAMES
from linacsim.model.beam_count import BeamCount
from linacsim.model.signals import Frames, State
from linacsim.model.time import TICK_NS, seconds

UNSENT_EVENTS = 256


class TelemetrySink:
    """A frame sink that costs a live loop next to nothing: most ticks it only looks at a number."""

    def __init__(self, every_ticks: int = 5) -> None:
        """Tell the newest of each `every_ticks` ticks; 5 are 20 Hz."""
        self._every = every_ticks
        self._newest: Frames | None = None
        self._next_tick = 0
        self._beam = BeamCount()
        self._events: deque[tuple[int, str, str]] = deque(maxlen=UNSENT_EVENTS)

    def write(self, frames: Frames) -> None:
        """Take frames."""
        self._events.extend((event.tick, event.kind, event.text) for event in frames.events)
        self._beam.add(frames)
        tick = int(frames.tick[-1])
        if tick >= self._next_tick:
            self._newest, self._next_tick = frames, tick - tick % self._every + self._every

    def close(self, *, truncated: bool = False) -> None:
        """Do nothing."""

    def take(self) -> Telemetry | None:
        """Return what has not been told; None: nothing new. Only the newest is kept."""
        frames, self._newest = self._newest, None
        return None if frames is None else telemetry(frames, self._beam)

    def take_events(self) -> list[tuple[int, str, str]]:
        """Return and forget events: tick, kind, text."""
        events = list(self._events)
        self._events.clear()
        return events


def telemetry(frames: Frames, beam: BeamCount) -> Telemetry:
    """Return the last tick as a payload, with what has been counted so far."""
    tick = int(frames.tick[-1])
    return Telemetry(
        tick=tick,
        time_s=seconds((tick + 1) * TICK_NS),
        state=State(int(frames.state[-1])).name,
        beam_on=bool(frames.beam_on[-1]),
        hold_expected=int(frames.hold_expected[-1]),
        hold_actual=int(frames.hold_actual[-1]),
        held_by=list(names(int(frames.interlocks[-1]))),
        holds=beam.holds,
        beam_on_s=beam.beam_on_s,
        control_point=float(frames.cp[-1]),
        mu_expected=float(frames.mu_expected[-1]),
        mu_actual=float(frames.mu_actual[-1]),
        expected=dict(zip(XML_NAMES, frames.expected[-1, :N_SINGLE].tolist(), strict=True)),
        actual=dict(zip(XML_NAMES, frames.actual[-1, :N_SINGLE].tolist(), strict=True)),
    )
