"""Motion, sensor and beam-hold lines as a scenario asks for them."""

from pathlib import Path

import numpy as np
import pytest

from linacsim.engines.agenda import Agenda
from linacsim.formats.truebeam_xml import read_beam
from linacsim.model.findings import InputError
from linacsim.model.messages import HoldLine
from linacsim.model.time import NS_PER_S, TICK_NS
from linacsim.scenario.hold_lines import HoldLineKeys, LineOperator
from linacsim.scenario.motion_keys import SensorKeys, SineMotion, TargetKeys, TraceMotion
from linacsim.scenario.moving import Moving, moving, told_of_unseen, unseen_sources

BEAMS = Path(__file__).parents[3] / "scenarios" / "beams"
SINE = SineMotion(kind="sine", period_s=4.0, travel_cm=1.5)
HERE = Path("s.yaml")


def seen(sensor: SensorKeys, seed: int = 1, target: TargetKeys | None = None) -> Moving:
    return moving(SINE, sensor, target, seed, HERE)


def edges(keys: HoldLineKeys, end_s: float) -> list[tuple[int, HoldLine]]:
    """Return the edges with the tick before which each was handed over."""
    agenda, out = Agenda(), []
    agenda.start(LineOperator(keys))
    for tick in range(round(end_s * NS_PER_S) // TICK_NS):
        out += [(tick, edge) for edge in agenda.advance(tick * TICK_NS)]
    assert all(isinstance(edge, HoldLine) for _, edge in out)
    return out  # type: ignore[return-value]


def test_edges_keep_their_time_within_the_tick() -> None:
    keys = HoldLineKeys(device=7, at_s=0.1033, for_s=0.0125)
    assert edges(keys, 1.0) == [
        (10, HoldLine(7, True, 103_300_000)),
        (11, HoldLine(7, False, 115_800_000)),
    ]


def test_line_chatters_as_often_as_told() -> None:
    keys = HoldLineKeys(device=7, at_s=0.1, for_s=0.004, every_s=0.0237, times=3)
    rises = [edge.time_ns for _, edge in edges(keys, 1.0) if edge.hold]
    assert rises == [100_000_000, 123_700_000, 147_400_000]
    assert len(edges(keys, 1.0)) == 6


def test_sensor_is_its_preset_but_for_what_is_given() -> None:
    spec = seen(SensorKeys(preset="RTX1-10Hz", latency_ms=3.0)).sensor.spec
    assert (spec.rate_hz, spec.latency_ms) == (10.0, 3.0)
    assert seen(SensorKeys(preset="RTX1-10Hz")).source == "RTX1"
    assert seen(SensorKeys(source="MyCamera")).source == "MyCamera"


def test_chance_of_the_sensor_comes_from_the_seed_alone() -> None:
    def samples(seed: int) -> object:
        return seen(SensorKeys(), seed).sensor.received(0, NS_PER_S)

    assert samples(1) == samples(1) != samples(2)


def test_nothing_is_sent_in_an_outage() -> None:
    keys = SensorKeys.model_validate({"outages": ({"from_s": 1.0, "to_s": 2.0},)})
    measured = [one.measured_ns for one in seen(keys).sensor.received(0, 3 * NS_PER_S)]
    assert not any(NS_PER_S <= time < 2 * NS_PER_S for time in measured)
    assert len(measured) == pytest.approx(50, abs=2)


def test_target_is_apart_from_the_surrogate() -> None:
    found = seen(SensorKeys(), target=TargetKeys(y=(1.0, 2.0, 0.0, 0.0)))
    full_inhale = np.array([0])
    assert found.surrogate.positions(full_inhale)[0].tolist() == [0.0, 0.0, 1.5]
    assert found.target.positions(full_inhale)[0].tolist() == [0.0, 4.0, 0.0]


def test_trace_that_is_not_there_is_told(tmp_path: Path) -> None:
    keys = TraceMotion(kind="trace", file="none.vxp")
    with pytest.raises((InputError, OSError), match=r"none\.vxp"):
        moving(keys, SensorKeys(), None, 1, tmp_path / "s.yaml")


def test_trace_option_that_cannot_be_met_names_scenario_and_section(tmp_path: Path) -> None:
    rows = "".join(f"{k / 25} 0 0 {k % 9} 0 0 0\n" for k in range(200))
    (tmp_path / "a.txt").write_text(rows)
    keys = TraceMotion(kind="trace", file="a.txt", crop_from_s=100.0)
    with pytest.raises(InputError, match=r"s\.yaml: motion: no sample from 100"):
        moving(keys, SensorKeys(), None, 1, tmp_path / "s.yaml")


def of_trace(folder: Path, **options: object) -> Moving:
    """Return the motion of 8 s at 25 Hz that rises evenly; one sample is lost."""
    rows = ["time_s,x_cm,y_cm,z_cm,flag"]
    rows += [f"{k / 25},{k / 100},{-k / 50},{k / 200},{-1 if k == 100 else 0}" for k in range(200)]
    (folder / "a.csv").write_text("\n".join(rows) + "\n")
    keys = TraceMotion(kind="trace", file="a.csv", **options)  # type: ignore[arg-type]
    return moving(keys, SensorKeys(), None, 1, folder / "s.yaml")


AT = np.array([0, 1, 2, 9], dtype=np.int64) * NS_PER_S


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, [(0, 0, 0), (0.25, -0.5, 0.125), (0.5, -1, 0.25), (1.99, -3.98, 0.995)]),
        ({"loop": True}, [(0, 0, 0), (0.25, -0.5, 0.125), (0.5, -1, 0.25), (0.25, -0.5, 0.125)]),
        ({"scale": 2.0}, [(0, 0, 0), (0.5, -1, 0.25), (1, -2, 0.5), (3.98, -7.96, 1.99)]),
        ({"axes": ("-y", "0", "x")}, [(0, 0, 0), (0.5, 0, 0.25), (1, 0, 0.5), (3.98, 0, 1.99)]),
        (
            {"crop_from_s": 1.0, "crop_to_s": 2.0},
            [(0.25, -0.5, 0.125), (0.5, -1, 0.25), (0.5, -1, 0.25), (0.5, -1, 0.25)],
        ),
        ({"start_s": 1.0}, [(0, 0, 0), (0, 0, 0), (0.25, -0.5, 0.125), (1.99, -3.98, 0.995)]),
        (
            {"offset_cm": (1.0, 0.0, 0.0)},
            [(1, 0, 0), (1.25, -0.5, 0.125), (1.5, -1, 0.25), (2.99, -3.98, 0.995)],
        ),
        (
            {"invert": True},
            [(0, 0, 0), (-0.25, 0.5, -0.125), (-0.5, 1, -0.25), (-1.99, 3.98, -0.995)],
        ),
    ],
    ids=lambda value: next(iter(value), "as it is") if isinstance(value, dict) else "",
)
def test_options_of_a_trace(
    tmp_path: Path, options: dict[str, object], wanted: list[tuple[float, ...]]
) -> None:
    found = of_trace(tmp_path, **options).surrogate.positions(AT)
    assert found == pytest.approx(np.array(wanted, dtype=np.float64))


def test_a_trace_is_resampled_only_when_asked(tmp_path: Path) -> None:
    between = np.array([20_000_000], dtype=np.int64)
    assert of_trace(tmp_path).surrogate.positions(between)[0, 0] == 0.0
    resampled = of_trace(tmp_path, resample_hz=50.0).surrogate.positions(between)
    assert resampled[0, 0] == pytest.approx(0.005)


def test_lost_samples_of_a_trace_are_lost_unless_the_policy_keeps_them(tmp_path: Path) -> None:
    at_loss = np.array([4 * NS_PER_S], dtype=np.int64)
    lost = of_trace(tmp_path)
    assert not lost.surrogate.seen(at_loss)[0]
    assert [finding.rule for finding in lost.findings] == ["trace.lost", "trace.periodicity"]
    assert of_trace(tmp_path, policy=("lost=keep",)).surrogate.seen(at_loss)[0]
    with pytest.raises(ValueError, match="unknown defect in 'loss=keep'; did you mean lost"):
        of_trace(tmp_path, policy=("loss=keep",))


@pytest.mark.parametrize(
    ("name", "unseen"),
    [
        ("gated-arc", ("NDI",)),
        ("gated-rtx", ("RTX1",)),
        ("gated-cbct", ()),
        ("beam-on", ()),
    ],
)
def test_gates_without_motion_are_known_before_beam_on(name: str, unseen: tuple[str, ...]) -> None:
    beam = read_beam(BEAMS / f"{name}.xml").beam
    assert beam is not None
    assert unseen_sources(beam, None) == unseen
    for source in unseen:
        assert unseen_sources(beam, seen(SensorKeys(source=source))) == ()
        assert unseen_sources(beam, seen(SensorKeys(source="other"))) == unseen
        assert f"gated by {source} and no motion is given" in told_of_unseen(unseen)
    assert told_of_unseen(()) == ""
