"""The examples of the Developer Mode 2.0 manual, read, checked and delivered.

The files are our own, written after the manual's examples; where the manual leaves out parts they
are our completion. Every number in the table follows by hand from the file, the rates of the
manual ("Velocity Limits") and the accelerations of research/log-formats.md 6.1; the comments
beside the times show how. `HAND` computes the same with three formulas and nothing of linacsim.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from linacsim.model.findings import Severity
from linacsim.model.signals import State
from tests.delivering import TICK_S, Delivered, delivered

FOLDER = Path(__file__).parents[1] / "unit" / "formats" / "xml_examples"

GAP_S = 0.02
"""Wait before MU resumes after motion without MU (log-formats 6.4: 20 to 40 ms)."""


def dose(mu: float, mu_per_min: float) -> float:
    """Return the time of a static field: the rate rises and falls within one tick of 10 ms."""
    return 60 * mu / mu_per_min + 0.01


def move(way: float, speed: float, accel: float) -> float:
    """Return the time of a move from rest to rest that reaches its speed."""
    return way / speed + speed / accel


def ramps(first: float, last: float, accel: float) -> float:
    """Return what starting to `first` and stopping from `last` adds to a path at full speed."""
    return first / accel / 2 + last / accel / 2


@dataclass(frozen=True)
class Example:
    """What a file must come to."""

    machine: str
    mu: float
    total_s: float
    """From the start of dose or motion to the end of both."""
    beam_s: float
    """The operator's clock: only while the beam is on."""
    ends: dict[str, float]
    """Where axes end, deg or cm on the machine's own scale."""
    warnings: tuple[str, ...] = ()
    """Rules that the manual's own example bends."""
    ignored: tuple[str, ...] = ()
    """What is read and kept, but not acted on yet."""


COUCH = {"CouchVrt": 90, "CouchLat": 100, "CouchLng": 100, "CouchRtn": 180}
JAWS = {"Y1": 5.31, "Y2": 4.81, "X1": 7.18, "X2": 7.18}
SHAPE_1 = {"leaf A21": 0, "leaf A24": 1.6, "leaf A34": 2.0, "leaf B30": 3.4, "leaf B38": 0.3}
SHAPE_2 = {"leaf A21": 0, "leaf A22": 0.2, "leaf A36": 2.3, "leaf B31": 3.6, "leaf B38": 1.6}
ARC_END = {"GantryRtn": 0, "CollRtn": 200, **COUCH, **JAWS, **SHAPE_1}

# fmt: off
TABLE = {
    # 100 MU at 300 MU/min: 20 s. No axis is named, so all stay where the machine stood.
    "example01_beam_on": Example(
        "truebeam-hd120", 100, 20.01, 20.01, {"GantryRtn": 180, "X1": 5}),
    # 200 MU at 400 MU/min: 30 s.
    "example02_static_tolerances": Example(
        "truebeam-hd120", 200, 30.01, 30.01,
        {"GantryRtn": 221, "CollRtn": 180, "CouchVrt": 90.54, "CouchLng": 100, "CouchRtn": 180,
         **JAWS, **SHAPE_1}),
    # 110 MU at 400: 16.5 s; gantry 90 deg: 15 + 0.5 s; gap; 72 MU: 10.8 s.
    "example03_two_static_fields": Example(
        "truebeam-hd120", 182, 42.84, 27.32,
        {"GantryRtn": 90, "CollRtn": 180, **COUCH, **JAWS, **SHAPE_2}),
    # 360 deg at 6 deg/s throughout: 60 s, and 0.5 s for starting and stopping.
    "example04_dynamic_arc": Example("truebeam-m120", 140, 60.50, 60.50, ARC_END),
    # The same at 2.5 deg/s: 144 s, and 2.5/12 s.
    "example05_velocity_limits": Example("truebeam-m120", 140, 144.21, 144.21, ARC_END),
    # 40, 60, 40 MU at 5 MU/s: 28 s; then 60 and 40 deg at 6 deg/s: 16.67 s. Starts to 5 deg/s
    # and stops from 6 deg/s: 0.46 s.
    "example06_mv_and_kv_images": Example(
        "truebeam-hd120", 180, 45.13, 45.13, {"GantryRtn": 200},
        ("imaging.mas-low",), ("image-acquisition", "kv-beam")),
    # 3.2 MU: 0.48 s; leaf A28 4.9 cm: 2.01 s; 106.8 MU: 16.02 s; gantry 90 deg: 15.5 s; 3.2 MU;
    # leaf A22 4.8 cm: 1.97 s; 68.8 MU: 10.32 s; four times half a tick at both ends, three gaps.
    "example07_dummy_control_points": Example(
        "truebeam-hd120", 182, 46.88, 27.34,
        {"GantryRtn": 90, "CollRtn": 180, **COUCH, **JAWS, **SHAPE_2},
        (), ("image-acquisition", "kv-beam")),
    # 180 deg at 6 deg/s with 6 MU/s: 30 s, and 0.5 s.
    "example08_imaging_arms": Example(
        "truebeam-hd120", 180, 30.50, 30.50, {"GantryRtn": 180},
        ("imaging.initial-kv-collimation",),
        ("image-acquisition", "kv-beam", "imaging-arms", "kv-filters", "imaging-tolerances")),
    # 40, 40, 60 and 40 deg at 6 deg/s: 30 s; 20 deg with 40 MU at 10 MU/s: 4 s; and 0.5 s.
    "example09_continuous_images": Example(
        "truebeam-hd120", 180, 34.50, 34.50, {"GantryRtn": 200},
        ("imaging.initial-kv-collimation",) * 2,
        ("image-acquisition", "kv-beam", "imaging-arms", "kv-blades", "kv-filters")),
    # 368 deg at 6 deg/s: 61.33 s, and 0.5 s.
    "example10_images_only": Example(
        "truebeam-hd120", 0, 61.83, 0, {"GantryRtn": -4},
        (), ("image-acquisition", "kv-beam", "image-only", "imaging-arms", "kv-filters")),
    # One control point: no motion; no MU, because no image is taken yet that would need any.
    "example11_mv_image_only": Example(
        "truebeam-hd120", 0, 0, 0, {"GantryRtn": 180},
        (), ("image-acquisition", "image-only", "imaging-arms")),
    # 368 deg at 2 deg/s: 184 s, and 2/12 s. Example 12 is delivered here without its gate.
    "example12a_gated_kv_images": Example(
        "truebeam-hd120", 0, 184.17, 0, {"GantryRtn": -4},
        (), ("image-acquisition", "kv-beam", "image-only", "imaging-arms", "kv-filters",
             "gating-kv")),
    # The arc of example 9.
    "example12b_gated_mv_beam": Example(
        "truebeam-hd120", 180, 34.50, 34.50, {"GantryRtn": 200},
        (), ("image-acquisition", "kv-beam", "imaging-arms", "gating-kv")),
}

HAND = {
    "example01_beam_on": dose(100, 300),
    "example02_static_tolerances": dose(200, 400),
    "example03_two_static_fields": dose(110, 400) + move(90, 6, 12) + GAP_S + dose(72, 400),
    "example04_dynamic_arc": 360 / 6 + ramps(6, 6, 12),
    "example05_velocity_limits": 360 / 2.5 + ramps(2.5, 2.5, 12),
    "example06_mv_and_kv_images": 140 / 5 + 100 / 6 + ramps(5, 6, 12),
    "example07_dummy_control_points": (
        dose(3.2, 400) + move(4.9, 2.5, 50) + GAP_S + dose(106.8, 400)
        + move(90, 6, 12) + GAP_S + dose(3.2, 400)
        + move(4.8, 2.5, 50) + GAP_S + dose(68.8, 400)
    ),
    "example08_imaging_arms": 180 / 6 + ramps(6, 6, 12),
    "example09_continuous_images": 180 / 6 + 40 / 10 + ramps(6, 6, 12),
    "example10_images_only": move(368, 6, 12),
    "example11_mv_image_only": 0.0,
    "example12a_gated_kv_images": move(368, 2, 12),
    "example12b_gated_mv_beam": 180 / 6 + 40 / 10 + ramps(6, 6, 12),
}
# fmt: on


@cache
def run(name: str) -> Delivered:
    return delivered(FOLDER / f"{name}.xml")


def test_no_example_is_left_out() -> None:
    assert {path.stem for path in FOLDER.glob("*.xml")} == set(TABLE) == set(HAND)


@pytest.mark.parametrize("name", TABLE)
def test_table_is_what_the_hand_computes(name: str) -> None:
    assert TABLE[name].total_s == pytest.approx(HAND[name], abs=0.006)


@pytest.mark.parametrize("name", TABLE)
def test_example_is_checked(name: str) -> None:
    findings = run(name).file.findings
    told = {
        severity: sorted(item.rule for item in findings if item.severity is severity)
        for severity in Severity
    }
    ignored = [f"not-acted-on.{what}" for what in TABLE[name].ignored]
    assert told[Severity.ERROR] == []
    assert told[Severity.WARNING] == sorted(TABLE[name].warnings)
    assert told[Severity.NOT_ACTED_ON] == sorted(ignored)


@pytest.mark.parametrize("name", TABLE)
def test_example_is_delivered(name: str) -> None:
    wanted, made = TABLE[name], run(name)
    result = made.outcome.result
    assert made.file.machine is not None
    assert made.file.machine.name == wanted.machine
    assert result.state is State.COMPLETE
    assert made.outcome.violations == ()
    # One pulse of 6x has 0.0278 MU; real logs end -0.007 to +0.029 off (log-formats 6.3).
    assert result.mu == pytest.approx(wanted.mu, abs=0.03)
    # Braking starts on a tick, so a path takes up to a row of the log longer than by hand.
    assert made.span_s == pytest.approx(wanted.total_s, abs=0.02)
    assert made.outcome.result.beam_on_s == pytest.approx(wanted.beam_s, abs=0.05)
    assert result.holds == 0


@pytest.mark.parametrize("name", TABLE)
def test_axes_end_where_the_example_says(name: str) -> None:
    wanted, made = TABLE[name], run(name)
    columns = [made.axis(axis) for axis in wanted.ends]
    places = list(wanted.ends.values())
    assert made.file.plan is not None
    assert made.file.plan.trajectory is not None
    off = np.abs(made.frames.column("expected")[-1, columns] - places)
    # Standing axes read up to 0.01 off (log-formats 8, item 5); one that no beam names is expected
    # where it reads.
    assert (off <= np.where(made.file.plan.trajectory.planned[columns], 0.0, 0.0105)).all()
    # Moved axes are within 0.02 deg 0.12 s after the end of a move (log-formats 6.2).
    assert made.outcome.result.positions[columns] == pytest.approx(places, abs=0.02)


@pytest.mark.parametrize("name", TABLE)
def test_mu_stays_on_the_line_of_the_control_points(name: str) -> None:
    made = run(name)
    assert made.file.beam is not None
    point_mu = made.file.beam.resolved_mu()
    cp, mu = made.frames.column("cp"), made.frames.column("mu_expected")
    assert mu == pytest.approx(np.interp(cp, np.arange(len(point_mu)), point_mu), abs=1e-9)


@pytest.mark.parametrize(
    ("cp", "mu", "gantry"), [(0.25, 10.0, 10.0), (0.5, 20.0, 20.0), (2.5, 120.0, 90.0),
                             (4.279, 172.79, 171.16)]
)  # fmt: skip
def test_fractional_control_points_of_the_imaging_example(
    cp: float, mu: float, gantry: float
) -> None:
    """Manual, example 6: 0.25 is 10 MU and 4.279 is 172.79 MU; 160 + 0.279 x 40 = 171.16 deg."""
    frames = run("example06_mv_and_kv_images").frames
    reached = frames.column("cp")
    assert np.interp(cp, reached, frames.column("mu_expected")) == pytest.approx(mu, abs=1e-9)
    angle = np.interp(cp, reached, frames.column("expected")[:, 0])
    assert angle == pytest.approx(gantry, abs=1e-9)


FIGURE_3 = """<VarianResearchBeam SchemaVersion="1.0"><SetBeam><Id>1</Id><MLCModel>NDS120</MLCModel>
<Accs/><ControlPoints>
<Cp><SubBeam><Seq>0</Seq><Name>figure 3</Name></SubBeam><Energy>6x</Energy><Mu>0</Mu>
<DRate>600</DRate><GantryRtn>0</GantryRtn></Cp>
<Cp><Mu>120</Mu></Cp><Cp><Mu>200</Mu><GantryRtn>30</GantryRtn></Cp>
</ControlPoints></SetBeam></VarianResearchBeam>"""


def test_figure_3(tmp_path: Path) -> None:
    """Manual, figure 3: 120 to 200 MU turn the gantry from 0 to 30 deg."""
    path = tmp_path / "figure3.xml"
    path.write_text(FIGURE_3)
    made = delivered(path)
    assert made.outcome.violations == ()
    mu, gantry = made.frames.column("mu_expected"), made.frames.column("expected")[:, 0]
    for at, angle in ((130.0, 3.750), (145.0, 9.375), (200.0, 30.0)):
        assert np.interp(at, mu, gantry) == pytest.approx(angle, abs=1e-9)
    # 120 MU at 10 MU/s; 80 MU at 10 MU/s turn 3.75 deg/s: half a tick at the start and half of
    # 3.75/12 s at the stop, which starts on a tick.
    by_hand = 20 + TICK_S / 2 + ramps(0, 3.75, 12)
    assert made.span_s == pytest.approx(by_hand, abs=0.02)
    mu, gantry = made.frames.column("mu_actual"), made.frames.column("actual")[:, 0]
    assert np.interp(145.0, mu, gantry) == pytest.approx(9.375, abs=0.1)
