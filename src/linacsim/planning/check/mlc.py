"""Rules of the MLC: model, leaf ranges, carriage span, collision, tip gap (TB-7)."""

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats, Ints
from linacsim.model.axes import FIRST_LEAF
from linacsim.model.beam import Beam, carried_forward
from linacsim.planning.check.numbers import TOLERANCE, did_you_mean
from linacsim.planning.check.report import Report, error, warning

MODEL = error("mlc.model")
RANGE = error("mlc.range")
SPAN = error("mlc.span")
COLLISION = error("mlc.collision")
MOVING_GAP = warning("mlc.moving-gap")


def check_mlc(beam: Beam, machine: MachineSpec, report: Report) -> None:
    """Check the shapes of the primary MLC."""
    if beam.mlc_model and beam.mlc_model != machine.mlc.model:
        report.add(
            MODEL,
            "MLCModel",
            f"the beam is for MLC {beam.mlc_model}",
            allowed=f"{machine.mlc.model}, the MLC of {machine.name}",
            mend=did_you_mean(beam.mlc_model, [machine.mlc.model])
            or "choose a machine with that MLC",
        )
    leaves = beam.control_points.leaves
    pairs = machine.layout.leaf_pairs
    points = np.flatnonzero(~np.isnan(leaves).all(axis=1))
    if leaves.shape[1] != 2 * pairs or len(points) == 0:
        return
    shapes = leaves[points]
    _check_range(machine, points, shapes, report)
    _check_span(machine, points, shapes, report)
    _check_collision(points, shapes, report)
    _check_gap_of_moving(beam, machine, report)


def _check_range(machine: MachineSpec, points: Ints, shapes: Floats, report: Report) -> None:
    lower = machine.axes.lower[machine.layout.leaves]
    upper = machine.axes.upper[machine.layout.leaves]
    bad = (shapes < lower - TOLERANCE) | (shapes > upper + TOLERANCE)

    def tell(k: int) -> str:
        row = int(np.searchsorted(points, k))
        leaf = int(bad[row].argmax())
        more = _and_more(int(bad[row].sum()), "leaves")
        return f"{_name(machine, leaf)} is at {shapes[row, leaf]:g} cm{more}"

    report.add_at_points(
        RANGE,
        "Mlc",
        points[bad.any(axis=1)],
        tell,
        allowed=f"{lower.min():g} to {upper.max():g} cm",
    )


def _check_span(machine: MachineSpec, points: Ints, shapes: Floats, report: Report) -> None:
    most = machine.mlc.leaf_span_cm
    pairs = machine.layout.leaf_pairs
    for bank, columns in (("A", slice(0, pairs)), ("B", slice(pairs, 2 * pairs))):
        held = shapes[:, columns]
        span = np.fmax.reduce(held, axis=1) - np.fmin.reduce(held, axis=1)
        told = dict(zip(points.tolist(), span.tolist(), strict=True))

        def tell(k: int, bank: str = bank, told: dict[int, float] = told) -> str:
            return f"bank {bank} spreads over {told[k]:g} cm"

        report.add_at_points(
            SPAN,
            f"Mlc bank {bank}",
            points[span > most + TOLERANCE],
            tell,
            allowed=f"at most {most:g} cm, the reach of leaves on one carriage",
            mend="take the most extended and the most retracted leaf closer together",
        )


def _check_collision(points: Ints, shapes: Floats, report: Report) -> None:
    gaps = _gaps(shapes)
    bad = gaps < -TOLERANCE

    def tell(k: int) -> str:
        row = int(np.searchsorted(points, k))
        pair = int(bad[row].argmax())
        pairs = shapes.shape[1] // 2
        more = _and_more(int(bad[row].sum()), "pairs")
        return (
            f"leaves A{pair + 1} at {shapes[row, pair]:g} cm and B{pair + 1} at "
            f"{shapes[row, pairs + pair]:g} cm overlap{more}"
        )

    report.add_at_points(
        COLLISION,
        "Mlc",
        points[bad.any(axis=1)],
        tell,
        allowed="A + B at least 0 cm in each pair",
        mend="leaves count outward from the centre line: negative is across it",
    )


def _check_gap_of_moving(beam: Beam, machine: MachineSpec, report: Report) -> None:
    """Tell pairs that move nearly closed.

    With dose a pair must keep its gap at both ends of a segment; without dose it may close or
    open, but not travel closed.
    """
    least = machine.mlc.min_gap_cm
    leaves = carried_forward(beam.control_points.leaves)
    pairs = machine.layout.leaf_pairs
    moves = np.abs(np.diff(leaves, axis=0)) > TOLERANCE
    pair_moves = moves[:, :pairs] | moves[:, pairs:]
    close = (np.abs(gaps := _gaps(leaves)) < least - TOLERANCE) & (gaps > -TOLERANCE)
    dose = np.diff(beam.resolved_mu()) > 0
    ends = np.where(dose[:, None], close[:-1] | close[1:], close[:-1] & close[1:])
    bad = pair_moves & ends

    def tell(k: int) -> str:
        pair = int(bad[k - 1].argmax())
        gap = min(gaps[k - 1, pair], gaps[k, pair])
        more = _and_more(int(bad[k - 1].sum()), "pairs")
        return f"leaf pair {pair + 1} moves with a gap of {gap:.3g} cm{more}"

    report.add_at_points(
        MOVING_GAP,
        "Mlc",
        np.flatnonzero(bad.any(axis=1)) + 1,
        tell,
        allowed=f"{least:g} cm or more between the tips of a moving pair",
        mend="open the pair a little, or let it stand",
    )


def _gaps(leaves: Floats) -> Floats:
    pairs = leaves.shape[1] // 2
    return np.asarray(leaves[:, :pairs] + leaves[:, pairs:])


def _name(machine: MachineSpec, leaf: int) -> str:
    return machine.layout.name(FIRST_LEAF + leaf)


def _and_more(count: int, what: str) -> str:
    return f" (and {count - 1} more {what})" if count > 1 else ""
