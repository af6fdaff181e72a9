"""Sensors see couch and gantry: GA-3, GA-4, GA-8. The target rides on the couch."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from linacsim.control.beam_gating import BeamGating
from linacsim.engines.journal import read_journal
from linacsim.engines.replay import replay
from linacsim.model.axes import Axis
from linacsim.model.messages import Samples
from linacsim.model.samples import PositionSample
from linacsim.model.signals import State
from linacsim.scenario.running import Report, prepare, run_scenario
from tests.keep import Keep

SCENARIOS = Path(__file__).parents[2] / "scenarios"
COUCH = SCENARIOS / "beams" / "gated-couch.xml"
STILL = COUCH.read_text(encoding="utf-8").replace("<CouchLng>106<", "<CouchLng>100<")
ALONG_THE_COUCH = "{kind: sine, travel_cm: 1.0, period_s: 4, direction: [0, 1, 0]}"
UNTOLD = "<CouchVrt>105</CouchVrt>\n        <CouchLng>100</CouchLng>"


class Watched:
    """A scenario that was run, with its frames and the samples that reached the machine."""

    def __init__(
        self, folder: Path, beam: str, rest: str = "", motion: str = ALONG_THE_COUCH
    ) -> None:
        (folder / "beam.xml").write_text(beam, encoding="utf-8")
        path = folder / "s.yaml"
        path.write_text(
            "schema: 1\ntitle: t\nmachine: truebeam-hd120\nbeam: beam.xml\nseed: 1\n"
            f"motion: {motion}\n"
            "expect: {state: COMPLETE}\nno_progress_s: 20\n" + rest,
            encoding="utf-8",
        )
        self.samples: list[PositionSample] = []
        self.keep = Keep()
        taken = BeamGating.take

        def take(gating: BeamGating, message: Samples) -> None:
            self.samples += message.samples
            taken(gating, message)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(BeamGating, "take", take)
            self.report: Report = run_scenario(prepare(path), folder, sinks=[self.keep])

    def dose_spans_s(self) -> np.ndarray:
        """Return (n, 2) when the beam was not held, but for the first and the last time."""
        state, tick = self.keep.column("state"), self.keep.column("tick")
        lit = np.concatenate(([False], state == State.DELIVERING, [False])).astype(np.int8)
        first, last = np.flatnonzero(np.diff(lit) > 0), np.flatnonzero(np.diff(lit) < 0)
        return np.stack((tick[first], tick[last - 1] + 1), axis=1)[1:-1] / 100


Run = Callable[..., Watched]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return lambda *args: Watched(tmp_path, *args)


def test_the_marker_is_seen_where_the_couch_takes_it(run: Run) -> None:
    moved = run(COUCH.read_text(encoding="utf-8"))
    tick, actual = moved.keep.column("tick"), moved.keep.column("actual")
    seen = {sample.measured_ns: sample for sample in moved.samples}
    assert len(seen) > 500
    errors = []
    for sample in seen.values():
        if not sample.valid:
            continue
        truth_y = 0.5 + 0.5 * np.cos(2 * np.pi * sample.measured_ns / 4e9)
        row = np.searchsorted(tick, -(-sample.measured_ns // 10_000_000) - 2)
        lng, vrt = actual[row, Axis.COUCH_LNG], actual[row, Axis.COUCH_VRT]
        errors.append((sample.y_cm - truth_y - (lng - 100), sample.z_cm - (105 - vrt)))
    assert np.abs(errors).max() < 5 * 0.0045, "five times the noise of the camera"
    assert max(sample.y_cm for sample in seen.values()) > 4.5


def test_planned_couch_motion_is_not_taken_for_motion_of_the_target(run: Run) -> None:
    """The gate follows breathing on the moving couch as on one that stands, edge by edge."""
    moved, stood = run(COUCH.read_text(encoding="utf-8")), run(STILL)
    assert moved.report.misses == stood.report.misses == ()
    of_moved, of_stood = moved.dose_spans_s() % 4, stood.dose_spans_s() % 4
    assert len(of_moved) >= 4
    # The gate opens a quarter before full inhale; both go on and off at most a sample apart.
    assert np.abs(of_moved - of_stood[: len(of_moved)]).max() <= 0.05


def test_a_window_fixed_in_the_room_sees_the_couch_take_the_target_away(run: Run) -> None:
    beam = COUCH.read_text(encoding="utf-8").replace("Target_model.Y", "Target_fixed.Y")
    moved = run(beam)
    assert moved.report.outcome.result.no_progress
    reached = moved.keep.column("actual")[-1, Axis.COUCH_LNG]
    assert 100.2 < reached < 101.2, "at full exhale the target leaves the window after 0.5 cm"


def test_a_couch_that_is_pushed_takes_the_target_along(run: Run) -> None:
    push = "faults: [{when: {mu: 20}, axis_pushed: {axis: CouchLat, by_cm: 0.05}}]\n"
    pushed = run(STILL, push)
    x = np.array([sample.x_cm for sample in pushed.samples])
    assert np.median(x[-100:]) - np.median(x[:100]) == pytest.approx(0.05, abs=0.003)
    assert pushed.report.outcome.result.holds > 3


@pytest.mark.parametrize("beam", ["moving", "set up"])
def test_journals_replay_whatever_the_blocks(run: Run, beam: str) -> None:
    made = run(COUCH.read_text(encoding="utf-8") if beam == "moving" else STILL)
    journal = made.report.outcome.files.journal
    assert journal is not None
    for block in (1, 7, 1 << 20):
        assert replay(read_journal(journal), block=block).identical


def test_a_couch_that_only_goes_to_its_place_costs_nothing_once_it_is_there(run: Run) -> None:
    """Blocks of ticks are what a run costs; those of delivery are as long as without a couch."""
    untold = run(STILL.replace(UNTOLD, "").replace("<CouchLng>100</CouchLng>", ""))
    set_up, moving = run(STILL), run(COUCH.read_text(encoding="utf-8"))

    def delivery(of: Watched) -> int:
        return sum(bool(block.state[0] == State.DELIVERING) for block in of.keep.blocks)

    assert untold.report.gating is not None
    assert abs(delivery(set_up) - delivery(untold)) <= 2
    assert delivery(moving) > 3 * delivery(set_up)


def test_frames_are_those_of_single_ticks(run: Run) -> None:
    beam = COUCH.read_text(encoding="utf-8")
    whole = run(beam).report.outcome.digest.value()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("linacsim.machine.linac.BLOCK_TICKS", 1)
        assert run(beam).report.outcome.digest.value() == whole


ARC = (SCENARIOS / "beams" / "gated-arc.xml").read_text(encoding="utf-8")
BREATHING = "{kind: sine, travel_cm: 1.5, period_s: 4}"


def test_a_hidden_marker_holds_the_beam(run: Run) -> None:
    made = run(ARC, "sensor: {occluded_gantry_deg: [[90, 120]]}\n", BREATHING)
    gantry = made.keep.column("actual")[:, Axis.GANTRY_RTN]
    tick = made.keep.column("tick")
    for sample in made.samples[::7]:
        row = np.searchsorted(tick, -(-sample.measured_ns // 10_000_000) - 2)
        if 90 <= gantry[row] <= 120:
            assert not sample.valid
    assert any(sample.valid for sample in made.samples)
    assert made.report.outcome.result.no_progress
    assert 89 < gantry[-1] < 91.5, "it stopped as soon as the gate had heard of it"


def test_angles_that_are_not_reached_hide_nothing(run: Run) -> None:
    made = run(ARC, "sensor: {occluded_gantry_deg: [[210, 350]]}\n", BREATHING)
    free = run(ARC, "", BREATHING)
    assert made.report.outcome.digest.value() == free.report.outcome.digest.value()
