"""The whole machine: beams delivered, stopped, resumed, refused; fused against single ticks."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from linacsim.engines.agenda import Agenda, Steps
from linacsim.engines.batch import RunResult, run_batch
from linacsim.engines.conditions import mu_reaches, state_is
from linacsim.engines.digest import FrameDigest
from linacsim.engines.operator import DefaultOperator
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.model.axes import Axis
from linacsim.model.beam import Beam, SubBeam
from linacsim.model.interlocks import Right
from linacsim.model.joints import FrameSink
from linacsim.model.messages import Action, Fault, FaultKind, Message, Operator
from linacsim.model.signals import BeamHold, Condition, Frames, State
from linacsim.model.time import NS_PER_S
from tests.beams import make_beam

STATIC = make_beam({"Mu": 0}, {"Mu": 100})
ARC = make_beam(
    {"Mu": 0, "GantryRtn": 180.0, "leaves": (2.0, 2.0)},
    {"Mu": 20, "GantryRtn": 150.0, "leaves": (3.0, 1.0)},
    {"Mu": 60, "GantryRtn": 120.0, "leaves": (1.0, 3.0)},
)
TWO_FIELDS = make_beam(
    {"Mu": 0, "GantryRtn": 180.0, "leaves": (2.0, 2.0)},
    {"Mu": 50},
    {"GantryRtn": 90.0, "leaves": (3.0, 1.0)},
    {"Mu": 80},
)


class Keep:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.blocks: list[Frames] = []

    def write(self, frames: Frames) -> None:
        self.blocks.append(frames)

    def close(self, *, truncated: bool = False) -> None:
        pass

    def column(self, name: str) -> np.ndarray:
        return np.concatenate([getattr(block, name) for block in self.blocks])


def deliver(
    beam: Beam,
    *extra: FrameSink,
    seed: int = 1,
    rights: Right = Right.BASIC,
    first: Sequence[Message] = (),
    when: Sequence[tuple[Condition, Sequence[Message]]] = (),
    operator: bool = True,
    actors: Sequence[Callable[[Agenda], Steps]] = (),
) -> tuple[RunResult, Keep]:
    linac = Linac(load_machine("truebeam-m120"), seed=seed, rights=rights)
    agenda = Agenda()
    agenda.at(0, *first)
    if operator:
        agenda.start(DefaultOperator(beam))
    for condition, messages in when:
        agenda.when(condition, *messages)
    for actor in actors:
        agenda.start(actor)
    keep = Keep()
    return run_batch(linac, agenda, [keep, *extra], limit_ns=600 * NS_PER_S), keep


def test_static_beam_delivers_its_mu_in_its_time() -> None:
    result, keep = deliver(STATIC)
    assert result.state is State.COMPLETE
    assert result.mu == pytest.approx(100, abs=0.03)
    assert result.beam_on_s == pytest.approx(10.0, abs=0.05)
    assert result.interlocks == ()
    assert keep.column("mu_expected")[-1] == 100


def test_arc_ends_where_it_should_with_linear_mu() -> None:
    result, keep = deliver(ARC)
    assert result.state is State.COMPLETE
    assert result.mu == pytest.approx(60, abs=0.03)
    assert result.positions[Axis.GANTRY_RTN] == pytest.approx(120, abs=0.02)
    running = keep.column("state") == State.DELIVERING
    cp, mu = keep.column("cp")[running], keep.column("mu_expected")[running]
    assert np.allclose(mu, np.interp(cp, [0, 1, 2], [0, 20, 60]), atol=1e-9)


def test_beam_is_held_while_axes_move_between_fields() -> None:
    result, keep = deliver(TWO_FIELDS)
    assert result.state is State.COMPLETE
    assert result.mu == pytest.approx(80, abs=0.03)
    held = keep.column("hold_actual") == BeamHold.HOLD
    mu = keep.column("mu_actual")
    assert np.diff(mu)[held[1:]].max() < 1e-4
    between = (keep.column("cp") > 1) & (keep.column("cp") < 2)
    assert held[between][1:].all()
    assert between.sum() > 1000


TROUBLES: dict[str, Sequence[tuple[Condition, Sequence[Message]]]] = {
    "nothing": (),
    "beam off": [(mu_reaches(10), [Operator(Action.BEAM_OFF)])],
    "gantry stuck": [
        (mu_reaches(20), [Fault(FaultKind.AXIS_STUCK, "GantryRtn")]),
        (state_is(State.HOLDING), [Fault(FaultKind.AXIS_STUCK, "GantryRtn", clear=True)]),
    ],
    "dose dip": [
        (mu_reaches(20), [Fault(FaultKind.DOSE_RATE, value=0.4)]),
        (mu_reaches(25), [Fault(FaultKind.DOSE_RATE, clear=True)]),
    ],
}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("beam", [STATIC, ARC, TWO_FIELDS], ids=["static", "arc", "two fields"])
def test_single_ticks_and_fused_blocks_give_the_same_frames(
    beam: Beam, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = []
    for block in (1, 7, 512):
        monkeypatch.setattr("linacsim.machine.linac.BLOCK_TICKS", block)
        digest = FrameDigest()
        deliver(beam, digest, when=TROUBLES[trouble])
        digests.append(digest.columns())
    assert digests[0] == digests[1] == digests[2]


def test_another_seed_gives_other_noise_and_the_same_plan() -> None:
    kept = [deliver(ARC, seed=seed)[1] for seed in (1, 2)]
    planned, actual = (
        [keep.column(name)[keep.column("state") == State.DELIVERING] for keep in kept]
        for name in ("mu_expected", "mu_actual")
    )
    assert np.array_equal(*planned)
    assert not np.array_equal(*actual)


def test_static_field_resumes_after_beam_off() -> None:
    def operator(agenda: Agenda) -> Steps:
        yield agenda.until(mu_reaches(40))
        agenda.post(Operator(Action.BEAM_OFF))
        yield agenda.until(state_is(State.INTERRUPTED))
        agenda.post(Operator(Action.MV_READY_PRESS))
        yield agenda.until(state_is(State.READY))
        agenda.post(Operator(Action.MV_BEAM_ON))

    result, keep = deliver(STATIC, actors=[operator])
    assert result.state is State.COMPLETE
    assert result.mu == pytest.approx(100, abs=0.03)
    stopped = keep.column("state") == State.INTERRUPTED
    assert keep.column("mu_actual")[stopped] == pytest.approx(40, abs=0.3)


def test_moving_arc_cannot_resume_after_beam_off() -> None:
    result, keep = deliver(
        ARC,
        when=[
            (mu_reaches(10), (Operator(Action.BEAM_OFF),)),
            (state_is(State.INTERRUPTED), ()),
        ],
    )
    assert result.state is State.INTERRUPTED
    assert "AXIS_POSITION" in result.interlocks
    stopped = keep.column("state") == State.INTERRUPTED
    expected = keep.column("expected")[stopped][:, Axis.GANTRY_RTN]
    actual = keep.column("actual")[stopped][:, Axis.GANTRY_RTN]
    assert np.ptp(expected) == 0
    assert 0.5 < abs(actual[-1] - expected[-1]) < 1.3


def test_frozen_axis_pushed_stops_the_beam() -> None:
    result, _ = deliver(
        make_beam({"Mu": 0, "CouchLng": 100.0}, {"Mu": 100}),
        when=[(mu_reaches(20), (Fault(FaultKind.AXIS_PUSHED, "CouchLng", 0.5),))],
    )
    assert result.state is State.INTERRUPTED
    assert result.interlocks == ("AXIS_POSITION", "MOTN")
    assert result.mu < 21
    assert any("CouchLng (axis 5)" in event.text for event in result.events)


def test_stuck_axis_holds_then_faults_by_name() -> None:
    result, _ = deliver(ARC, when=[(mu_reaches(20), (Fault(FaultKind.AXIS_STUCK, "GantryRtn"),))])
    assert result.state is State.INTERRUPTED
    assert "AXIS_LAG" in result.interlocks
    assert "AXIS_MODEL" in result.interlocks


def test_axis_that_comes_free_again_is_driven_back_and_the_beam_goes_on() -> None:
    stuck = Fault(FaultKind.AXIS_STUCK, "GantryRtn")
    free = Fault(FaultKind.AXIS_STUCK, "GantryRtn", clear=True)
    result, keep = deliver(
        ARC, when=[(mu_reaches(20), (stuck,)), (state_is(State.HOLDING), (free,))]
    )
    assert result.state is State.COMPLETE
    assert result.holds == 1
    assert result.mu == pytest.approx(60, abs=0.03)
    resumed = np.flatnonzero(np.diff(keep.column("state") == State.HOLDING, prepend=0) < 0)
    row = int(resumed[0]) if len(resumed) else 0
    error = keep.column("expected")[row] - keep.column("actual")[row]
    assert np.abs(error).max() < 0.1


def test_dose_dip_slows_axes_and_keeps_the_line() -> None:
    dip = [
        (mu_reaches(20), (Fault(FaultKind.DOSE_RATE, value=0.5),)),
        (mu_reaches(25), (Fault(FaultKind.DOSE_RATE, clear=True),)),
    ]
    plain, _ = deliver(ARC)
    slow, keep = deliver(ARC, when=dip)
    assert slow.state is State.COMPLETE
    assert slow.mu == pytest.approx(60, abs=0.03)
    assert slow.delivered_s > plain.delivered_s + 0.1
    assert (keep.column("mu_expected") - keep.column("mu_actual")).max() < 0.7


def test_no_dose_at_all_is_a_fault() -> None:
    result, _ = deliver(STATIC, when=[(mu_reaches(20), (Fault(FaultKind.DOSE_RATE, value=0.0),))])
    assert result.state is State.INTERRUPTED
    assert "DOSE_MODEL" in result.interlocks


def test_radiation_time_limit_terminates() -> None:
    beam = make_beam({"Mu": 0}, {"Mu": 100}, sub_beams={0: SubBeam(0, "short", max_rad_time_s=5)})
    result, _ = deliver(beam)
    assert result.state is State.TERMINATED
    assert result.interlocks == ("MAX_RAD_TIME",)
    assert result.mu == pytest.approx(50, abs=1)


def test_progress_event_is_broadcast_when_its_point_is_passed() -> None:
    beam = make_beam({"Mu": 0}, {"Mu": 30}, {"Mu": 100}, events={1: "halfway"})
    result, keep = deliver(beam)
    event = next(event for event in result.events if event.kind == "progress")
    assert "halfway" in event.text
    row = int(np.flatnonzero(keep.column("tick") == event.tick)[0])
    assert keep.column("cp")[row - 1] < 1 <= keep.column("cp")[row]


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (Action.PREPARE, "no beam is loaded"),
        (Action.MV_BEAM_ON, "no beam is loaded"),
        (Action.PARTIAL_BEAM, "not supported"),
        (Action.DRY_RUN, "not supported"),
    ],
)
def test_wrong_order_is_refused_with_the_reason(action: Action, reason: str) -> None:
    result, _ = deliver(STATIC, first=[Operator(action)], operator=False)
    assert [event.kind for event in result.events] == ["refused"]
    assert reason in result.events[0].text


def test_accessory_must_be_mounted() -> None:
    beam = make_beam({"Mu": 0}, {"Mu": 10}, accessories=(None, 4001, None, None))
    without, _ = deliver(beam)
    assert without.state is State.PREPARED
    assert without.interlocks == ("ACCESSORY",)
    fitted, _ = deliver(beam, first=[Operator(Action.MOUNT, "2", 4001)])
    assert fitted.state is State.COMPLETE


def test_service_rights_override_and_it_is_logged() -> None:
    beam = make_beam({"Mu": 0}, {"Mu": 10}, accessories=(None, 4001, None, None))
    override = [(state_is(State.LOADED), [Operator(Action.OVERRIDE, "ACCESSORY")])]
    basic, _ = deliver(beam, when=override)
    assert basic.state is State.PREPARED
    assert any(e.kind == "refused" and "rights" in e.text for e in basic.events)
    service, _ = deliver(beam, when=override, rights=Right.SERVICE)
    assert service.state is State.COMPLETE
    assert any(e.kind == "overridden" for e in service.events)


def test_kv_only_beam_has_its_own_button() -> None:
    beam = make_beam({"Mu": 0, "GantryRtn": 200.0}, {"GantryRtn": 140.0}, energy="0k", dose_rate=0)
    result, keep = deliver(beam)
    assert result.state is State.COMPLETE
    assert result.mu == pytest.approx(0, abs=0.01)
    assert (keep.column("hold_actual") == BeamHold.HOLD).all()
