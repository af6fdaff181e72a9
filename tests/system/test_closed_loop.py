"""The closed loop of stubs, headless: trace, stage, marker, camera, gate, beam, log."""

from pathlib import Path

import numpy as np
import pytest

from linacsim.engines.journal import read_journal
from linacsim.engines.replay import replay
from linacsim.model.axes import Axis
from linacsim.model.findings import InputError
from linacsim.model.time import TICK_NS
from linacsim.scenario.running import prepare, run_scenario
from tests.closed_loop import changed, expecting, of_axis, of_stage, zaber
from tests.keep import Keep


def test_gating_is_held_to_what_the_stage_did(tmp_path: Path) -> None:
    report = run_scenario(prepare(changed(tmp_path)))
    assert report.misses == ()
    gated = report.gating
    assert gated is not None
    assert gated.truth == "the marker on stage phantom"
    by_stage, by_motion = gated.figures, gated.figures_by_motion
    assert by_stage is not None
    assert by_motion is not None
    assert by_stage.beam_off_latency.mean_ms == pytest.approx(85, abs=15)
    assert by_motion.beam_off_latency.mean_ms == pytest.approx(85, abs=15)
    assert by_stage.beam_off_latency != by_motion.beam_off_latency


def test_a_late_stage_delays_the_beam_by_the_motion_but_not_by_the_marker(tmp_path: Path) -> None:
    late = run_scenario(prepare(changed(tmp_path, of_stage(shift_ms=-60.0)))).gating
    assert late is not None
    off = late.figures.beam_off_latency.mean_ms
    by_motion = late.figures_by_motion.beam_off_latency.mean_ms
    assert by_motion - off == pytest.approx(42, abs=10), "60 ms later, of which 18 were led"


def test_a_zaber_stage_closes_the_loop_as_well(tmp_path: Path) -> None:
    report = run_scenario(prepare(changed(tmp_path, zaber)))
    assert report.misses == ()
    assert report.gating.figures.holds == 5


def test_a_headless_run_replays_bit_identically(tmp_path: Path) -> None:
    report = run_scenario(prepare(changed(tmp_path)), tmp_path)
    journal = read_journal(report.outcome.files.journal)
    assert replay(journal).digest == report.outcome.digest.value()


def test_the_same_seed_gives_the_same_frames(tmp_path: Path) -> None:
    path = changed(tmp_path)
    digests = {run_scenario(prepare(path)).outcome.digest.value() for _ in range(2)}
    assert len(digests) == 1


def short(data) -> None:
    data["limit_s"] = 18.0


@pytest.mark.parametrize(
    ("kind", "fault", "row"),
    [
        ("grbl", "stall@16+3", 34),
        ("grbl", "limit@16", 35),
        ("grbl", "refuse@16+0.1", 36),
        ("grbl", "silent@16+2", 37),
        ("zaber", "stall@16+3", 34),
    ],
)
def test_a_fault_of_the_stage_holds_the_beam_and_names_itself(
    kind: str, fault: str, row: int, tmp_path: Path
) -> None:
    kinds = [zaber] if kind == "zaber" else []
    keep = expecting(state="HOLDING", interlocks=["BEAM_HOLD", "DEVICE_HOLD", "DEVICE_FAULT"])
    path = changed(tmp_path, *kinds, of_stage(stub={"faults": [fault]}), keep, short)
    frames = Keep()
    report = run_scenario(prepare(path), sinks=[frames])
    events = [event for block in frames.blocks for event in block.events]
    up = next(event for event in events if "DEVICE_FAULT up" in event.text)
    assert "phantom" in up.text
    assert f"(fault {row})" in up.text
    dose = np.diff(frames.column("mu_actual")[up.tick + 10 :])
    assert dose.max() < 1e-4, "no beam 100 ms after the fault"
    assert "DEVICE_FAULT" in report.outcome.result.interlocks


def test_a_stage_that_is_homed_again_lets_the_beam_go_on_once_acknowledged(tmp_path: Path) -> None:
    def script(data) -> None:
        data["operator"] = [
            {"do": "default"},
            {"do": "acknowledge", "when": {"interlock": "DEVICE_FAULT"}, "after_s": 12.0},
            {"do": "mv_ready_press", "after_s": 0.5},
            {"do": "mv_beam_on", "when": {"state": "READY"}, "after_s": 0.5},
        ]

    faults = of_stage(rehome_s=2.0, stub={"faults": ["stall@16+1"]})
    path = changed(tmp_path, faults, script, expecting(state="COMPLETE"))
    report = run_scenario(prepare(path))
    assert report.outcome.result.state.name == "COMPLETE", report.misses


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (of_axis(speed_mm_per_s=10.0), r"axis X would move at .* allowed: -10 to 10 mm/s"),
        (of_axis(acceleration_mm_per_s2=5.0), r"axis X would accelerate at .* mm/s²"),
        (of_axis(zero_mm=-10.0), r"axis X would be at .* allowed: -100 to 0 mm"),
        (of_axis(axis="W"), "GRBL has axes"),
        (of_axis(along="w"), r"devices\[0\].*axes\[0\].along"),
        (of_axis(travel_mm=[0.0, 0.0]), "is none"),
        (of_stage(follow="couch"), "either play: motion or follow: couch"),
        (of_stage(play=None), "either play: motion or follow: couch"),
        (of_stage(axes=[]), "a stage needs axes, each along another axis of the room"),
        (of_stage(name="other"), "carried_by phantom"),
        (lambda data: data.pop("motion"), "needs motion"),
        (of_stage(stub={"faults": ["smoke@1"]}), "there are"),
        (of_stage(stub={"faults": ["crc@1"]}), "phantom: fault 'crc@1': the stand-in for grbl-st"),
    ],
)
def test_bad_input_is_refused_before_anything_runs(change, told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=told):
        prepare(changed(tmp_path, change))


def test_a_stage_that_never_gets_ready_ends_the_run_with_its_reason(tmp_path: Path) -> None:
    path = changed(tmp_path, of_stage(stub={"faults": ["silent@0"]}))
    with pytest.raises(InputError, match=r"not ready within 30 s: .*is it another device"):
        run_scenario(prepare(path))


def test_a_real_port_needs_a_live_run(tmp_path: Path) -> None:
    def real(data) -> None:
        data["devices"][0]["url"] = "/dev/ttyNOWHERE"
        del data["devices"][1]["stub"]

    with pytest.raises(InputError, match="run this scenario with --realtime"):
        run_scenario(prepare(changed(tmp_path, real)))


def test_a_stage_that_follows_the_couch_is_where_the_couch_was(tmp_path: Path) -> None:
    """300 ms later, along the axis that it has."""

    def following(data) -> None:
        data.pop("expect")
        data["expect"] = {"state": "COMPLETE"}
        data["devices"] = [
            {
                "name": "platform",
                "kind": "grbl-stage",
                "follow": "couch",
                "axes": [
                    {"axis": "X", "along": "y", "zero_mm": -200.0, "travel_mm": [-400.0, 0.0]}
                ],
            }
        ]

    prepared = prepare(changed(tmp_path, following, name="gated-couch"))
    frames = Keep()
    run_scenario(prepared, sinks=[frames])
    lng_mm = frames.column("actual")[:, Axis.COUCH_LNG] * 10.0
    assert np.ptp(lng_mm) > 5.0
    times = np.arange(800, len(lng_mm)) * TICK_NS
    marker_mm = prepared.bench.carried["platform"].positions(times)[:, 1] * 10.0
    wanted_mm = (lng_mm - lng_mm[0])[800 - 30 : len(lng_mm) - 30]
    assert abs(marker_mm - wanted_mm).max() < 1.0
