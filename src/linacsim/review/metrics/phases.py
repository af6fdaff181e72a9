"""The time line: what a delivery does from row to row."""

import numpy as np

from linacsim.model.arrays import Bools, Bytes8, Ints
from linacsim.model.signals import State
from linacsim.review.course import Course
from linacsim.review.metrics.records import Phase, PhaseKind, Times

MOST_WAIT_S = 0.25
"""Settling and field changes take up to 0.17 s (log-formats 6.4); a longer stop is a hold."""

KINDS = tuple(PhaseKind)
_CODE = {kind: code for code, kind in enumerate(KINDS)}


def phases_of(course: Course) -> tuple[Phase, ...]:
    """Return the phases in order; together they last from the first row to the last."""
    kinds = _kinds(course)
    if not len(kinds):
        return ()
    starts = np.concatenate([[0], np.flatnonzero(np.diff(kinds)) + 1])
    stops = np.concatenate([starts[1:], [len(kinds)]])
    return tuple(
        Phase(
            kind=KINDS[kinds[start]],
            start_s=start * course.dt_s,
            length_s=(stop - start) * course.dt_s,
            from_cp=float(course.s[start]),
            to_cp=float(course.s[stop]),
        )
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)
    )


def times_of(phases: tuple[Phase, ...], course: Course) -> Times:
    """Return where the time went."""
    spent = {
        kind: sum((phase.length_s for phase in phases if phase.kind is kind), 0.0)
        for kind in PhaseKind
    }
    return Times(
        wall_s=(len(course.s) - 1) * course.dt_s,
        beam_on_s=spent[PhaseKind.BEAM],
        motion_only_s=spent[PhaseKind.MOTION],
        carriage_s=spent[PhaseKind.CARRIAGE],
        wait_s=spent[PhaseKind.WAIT],
        hold_s=spent[PhaseKind.HOLD],
        interrupt_s=spent[PhaseKind.INTERRUPT],
        lead_in_s=spent[PhaseKind.LEAD_IN],
        tail_s=spent[PhaseKind.TAIL],
    )


def _kinds(course: Course) -> Ints:
    """Return (n - 1,) index into `KINDS` of each step from row to row."""
    steps = course.steps
    kinds = np.where(course.dosed, _CODE[PhaseKind.BEAM], _CODE[PhaseKind.MOTION])
    still = ~steps
    kinds[still] = _CODE[PhaseKind.HOLD]
    kinds[course.moves_standing] = _CODE[PhaseKind.MOTION]
    kinds[course.only_carriages] = _CODE[PhaseKind.CARRIAGE]
    if course.recording.state is None:
        _find_waits(kinds, course)
    else:
        _tell_by_state(kinds, still, course.recording.state[1:])
    first, last = _ends(course)
    quiet = kinds == _CODE[PhaseKind.WAIT]
    if course.recording.state is None:
        quiet |= kinds == _CODE[PhaseKind.HOLD]
    rows = np.arange(len(kinds))
    kinds[quiet & (rows < first)] = _CODE[PhaseKind.LEAD_IN]
    kinds[quiet & (rows > last)] = _CODE[PhaseKind.TAIL]
    return kinds


def _ends(course: Course) -> tuple[int, int]:
    """Return the first and the last step that goes on; the first beyond all if none does."""
    if not len(course.going):
        return len(course.steps), len(course.steps)
    return int(course.going[0]), int(course.going[-1])


def _tell_by_state(kinds: Ints, still: Bools, state: Bytes8) -> None:
    """Tell holds, interruptions and waits apart by what the supervisor was doing."""
    holding = still & (state == State.HOLDING)
    stands = kinds == _CODE[PhaseKind.HOLD]
    kinds[stands & (state == State.DELIVERING)] = _CODE[PhaseKind.WAIT]
    kinds[holding] = _CODE[PhaseKind.HOLD]
    others = (state != State.HOLDING) & (state != State.DELIVERING)
    kinds[others] = _CODE[PhaseKind.INTERRUPT]


def _find_waits(kinds: Ints, course: Course) -> None:
    """Call a short stop next to motion without beam a wait; a log has no flag to tell it."""
    held = kinds == _CODE[PhaseKind.HOLD]
    edges = np.diff(np.concatenate([[0], held.astype(np.int8), [0]]))
    moving = (_CODE[PhaseKind.MOTION], _CODE[PhaseKind.CARRIAGE])
    for start, stop in zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0), strict=True):
        beside = (kinds[start - 1] if start else -1, kinds[stop] if stop < len(kinds) else -1)
        if (stop - start) * course.dt_s <= MOST_WAIT_S and any(kind in moving for kind in beside):
            kinds[start:stop] = _CODE[PhaseKind.WAIT]
