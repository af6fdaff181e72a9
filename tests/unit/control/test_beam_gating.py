"""The gating of a beam knows ahead, and tells what it knows in its time."""

from linacsim.control.beam_gating import BeamGating, GatingParts
from linacsim.control.gating.axes import limits_of, motion_reader
from linacsim.control.gating.gate import Gate
from linacsim.control.gating.gates import Gates, MotionGate
from linacsim.control.gating.source import GatedSource
from linacsim.control.gating.watch import Watch
from linacsim.model.messages import HoldLine, Samples
from linacsim.model.samples import PositionSample
from linacsim.model.time import NS_PER_MS, NS_PER_S, TICK_NS
from linacsim.motion.basic_model import BasicModel

MS = NS_PER_MS
DECISION_NS = 50 * MS


def gating(*, segmental: bool = False, fault_on_exit: bool = False) -> BeamGating:
    """Return a gate on height, 0 to 1 cm, that was given a second of samples: in, then out."""
    watch = Watch(limits_of("Amplitude", 0.0, 1.0), 2 * NS_PER_S)
    gate = Gate("height", [watch], segmental=segmental, fault_on_exit=fault_on_exit)
    gates = Gates([MotionGate("NDI", motion_reader("Amplitude"), gate)])
    out = BeamGating(
        GatingParts(gates, {"NDI": GatedSource("NDI", BasicModel(), gates)}), DECISION_NS
    )
    heights = [0.5] * 13 + [2.5] * 12
    samples = (PositionSample(40 * MS * k, 40 * MS * k, 0, 0, z) for k, z in enumerate(heights))
    out.take(Samples("NDI", tuple(samples)))
    return out


def test_edges_come_in_order_with_the_time_of_the_decision() -> None:
    gate = gating()
    assert gate.follow(NS_PER_S) == HoldLine(-1, False, DECISION_NS)
    assert gate.follow(NS_PER_S) == HoldLine(-1, True, 520 * MS + DECISION_NS)
    assert gate.follow(NS_PER_S) is None


def test_a_fault_that_is_known_ahead_is_told_in_its_time() -> None:
    gate = gating(fault_on_exit=True)
    while gate.follow(NS_PER_S):
        pass
    assert gate.told_after_ns(0) == 570 * MS
    gate.follow(560 * MS + TICK_NS)
    assert gate.fault == ""
    gate.follow(570 * MS + TICK_NS)
    assert "left its window" in gate.fault
    assert gate.told_after_ns(570 * MS) is None


def test_a_question_that_is_known_ahead_is_asked_in_its_time() -> None:
    gate = gating(segmental=True)
    while gate.follow(NS_PER_S):
        pass
    assert gate.told_after_ns(0) == 570 * MS
    gate.follow(560 * MS + TICK_NS)
    assert not gate.needs_approval
    gate.follow(570 * MS + TICK_NS)
    assert gate.needs_approval
