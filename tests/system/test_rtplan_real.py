"""Every real plan at hand: read, delivered, converted; and the scales against a real log.

Person-made QA plans of three makers, see research/real-data.md 2. What is expected is what the
plans themselves say, read here a second time by plain pydicom.
"""

import re
from functools import cache
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file

from linacsim.engines.digest import FrameDigest
from linacsim.engines.operator import DefaultOperator
from linacsim.formats.rtplan import read_plan
from linacsim.formats.trajectory_log import AxisCode, read_log
from linacsim.formats.truebeam_xml import read_beam
from linacsim.machines import load_machine
from linacsim.model.axes import N_SINGLE, Axis
from linacsim.model.beam import Beam
from linacsim.model.findings import InputError, Severity
from linacsim.model.scales import Scale, convert, convert_leaves
from linacsim.model.signals import State
from linacsim.scenario.beam_file import BeamFile, open_beams
from linacsim.scenario.compose import Job, Outcome, run_job
from linacsim.scenario.conversion import convert_plan
from tests.delivering import Kept

TRUEBEAM = {
    "conjuror-m120-pf-wl-gs.dcm": 1,
    "truebeam-hd120-T3-mlc-speed.dcm": 6,
    "truebeam-m120-3dcrt.dcm": 1,
    "varian-T0.1-dosimetry-m120.dcm": 1,
    "varian-T0.2-picketfence-static-m120.dcm": 1,
    "varian-m120-sliding-window.dcm": 3,
}
"""Plans for machines with Varian's MLCs, and the sequences that they need."""

ELEKTA = {
    "agility-06mv-static10.dcm": [1000.0] * 10,
    "agility-monaco-fff-template.dcm": [301.937836],
    "agility-monaco-vmat-template.dcm": [157.238693, 158.782211],
}
"""Plans for an Agility, and the MU of their beams."""

T3 = "truebeam-hd120-T3-mlc-speed.dcm"
T3_LOG = "tlog-v3.0-hd120-T3-mlc-speed-arc.bin"
PULSE_MU = 0.1
END_MM = 0.1


@pytest.fixture(params=TRUEBEAM)
def path(request: pytest.FixtureRequest, shared_data: Path) -> Path:
    return shared_data / "plans" / request.param


def delivered(file: BeamFile) -> tuple[Outcome, Kept]:
    assert file.beam is not None
    assert file.machine is not None
    assert file.plan is not None
    job = Job(
        machine=file.machine,
        beam=file.beam,
        trajectory=file.plan.trajectory,
        actors=(DefaultOperator(file.beam),),
        seed=5,
    )
    kept = Kept()
    return run_job(job, sinks=[kept]), kept


@cache
def delivered_plan(path: Path) -> list[tuple[BeamFile, Outcome, Kept]]:
    return [(file, *delivered(file)) for file in open_beams(path)]


def stated_mu(path: Path) -> dict[int, float]:
    (group,) = pydicom.dcmread(path).FractionGroupSequence
    return {
        int(one.ReferencedBeamNumber): float(one.BeamMeterset)
        for one in group.ReferencedBeamSequence
    }


def test_reads_without_an_error(path: Path) -> None:
    made = read_plan(path)
    assert made.findings == ()
    assert {one.number for one in made.plan.beams} == set(stated_mu(path))


@pytest.mark.parametrize("name", [*TRUEBEAM, *ELEKTA])
def test_every_number_is_what_plain_pydicom_reads(name: str, shared_data: Path) -> None:
    made = read_plan(shared_data / "plans" / name)
    stated = pydicom.dcmread(made.plan.path, force=True).BeamSequence
    assert len(made.plan.beams) == len(stated)
    for beam, other in zip(made.plan.beams, stated, strict=True):
        now: dict[str, np.ndarray] = {}
        angle = float("nan")
        points = beam.points
        for k, point in enumerate(other.ControlPointSequence):
            angle = float(point.get("GantryAngle", angle))
            for entry in point.get("BeamLimitingDevicePositionSequence", []):
                kind = entry.RTBeamLimitingDeviceType.removeprefix("ASYM")
                now[kind] = np.array(entry.LeafJawPositions, dtype=float)
            assert points.weight[k] == float(point.CumulativeMetersetWeight)
            assert abs((points.gantry_deg[k] - angle + 180) % 360 - 180) < 1e-9
            for kind, rows in (
                ("X", points.x_jaws_mm),
                ("Y", points.y_jaws_mm),
                ("MLCX", points.leaves_mm),
            ):
                assert kind not in now or np.array_equal(rows[k], now[kind])


@pytest.mark.parametrize("name", ELEKTA)
def test_elekta_plans_read_and_name_their_machine(name: str, shared_data: Path) -> None:
    path = shared_data / "plans" / name
    made = read_plan(path)
    assert made.findings == ()
    (group,) = made.plan.fraction_groups
    assert [one.meterset for one in group.beams] == ELEKTA[name]
    for beam in made.plan.beams:
        assert beam.mlc is not None
        assert beam.mlc.mlc == "Agility"
        assert np.isnan(beam.points.dose_rate).all()
        assert np.isnan(beam.points.x_jaws_mm).all()
        assert np.isnan(beam.points.couch_mm).all()
    files = open_beams(path)
    assert len(files) == len(made.plan.beams)
    for file in files:
        assert file.deliverable
        assert file.field is not None
        assert file.machine is not None
        assert file.machine.name == "agility"


def test_elekta_arcs_cross_zero_and_go_both_ways(shared_data: Path) -> None:
    made = read_plan(shared_data / "plans" / "agility-monaco-vmat-template.dcm")
    for beam, stated in zip(
        made.plan.beams,
        pydicom.dcmread(made.plan.path, force=True).BeamSequence,
        strict=True,
    ):
        angles = [float(one.GantryAngle) for one in stated.ControlPointSequence]
        assert np.mod(beam.points.gantry_deg, 360) == pytest.approx(angles)
        assert np.abs(np.diff(beam.points.gantry_deg)).max() < 30


def test_the_plan_of_pydicom_gets_a_reasoned_answer() -> None:
    path = Path(str(get_testdata_file("rtplan.dcm")))
    assert read_plan(path).findings == ()
    (file,) = open_beams(path)
    assert "declares no MLC" in file.findings[-1].found
    (file,) = open_beams(path, load_machine("truebeam-m120"))
    assert [one.rule for one in file.findings if one.severity is Severity.ERROR] == [
        "machine.dose-rate"
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("rtplan_truncated.dcm", "cut off or broken in (300A,00B0) Beam Sequence"),
        ("rtdose.dcm", "SOP class RT Dose Storage"),
        ("rtstruct.dcm", "SOP class RT Structure Set Storage"),
        ("ExplVR_LitEndNoMeta.dcm", "SOP class RT Ion Plan Storage"),
        ("image_dfl.dcm", "deflated"),
        ("rtplan.dump", "not DICOM"),
    ],
)
def test_other_files_of_pydicom_are_refused_with_the_reason(name: str, reason: str) -> None:
    with pytest.raises(InputError, match=re.escape(reason)):
        read_plan(Path(str(get_testdata_file(name))))


def test_all_fields_are_delivered_to_a_tenth_of_an_mu(path: Path) -> None:
    runs = delivered_plan(path)
    assert len(runs) == TRUEBEAM[path.name]
    mu = stated_mu(path)
    for file, outcome, _ in runs:
        assert file.beam is not None
        wanted = sum(mu.pop(number) for number in numbers_of(file.beam, path))
        assert outcome.result.state is State.COMPLETE
        assert outcome.violations == ()
        assert outcome.result.mu == pytest.approx(wanted, abs=PULSE_MU)
    assert mu == {}


def numbers_of(beam: Beam, path: Path) -> list[int]:
    """Return the numbers of the plan's beams that are in one sequence."""
    named = {str(one.BeamName): int(one.BeamNumber) for one in pydicom.dcmread(path).BeamSequence}
    return [named[str(one.name)] for one in beam.control_points.sub_beam.values()]


def last_positions(beam: pydicom.Dataset) -> dict[str, np.ndarray]:
    """Return the last positions in mm by `MLCX`, `X` and `Y`."""
    out = {}
    for point in beam.ControlPointSequence:
        for entry in point.get("BeamLimitingDevicePositionSequence", []):
            kind = entry.RTBeamLimitingDeviceType.removeprefix("ASYM")
            out[kind] = np.array(entry.LeafJawPositions, dtype=float)
    return out


def test_axes_end_where_the_plan_says(path: Path) -> None:
    stated = {int(one.BeamNumber): one for one in pydicom.dcmread(path).BeamSequence}
    for file, outcome, _ in delivered_plan(path):
        assert file.beam is not None
        assert file.machine is not None
        last = stated[numbers_of(file.beam, path)[-1]]
        where = outcome.result.positions
        angles = [
            float(one.GantryAngle) for one in last.ControlPointSequence if "GantryAngle" in one
        ]
        gantry = convert(where[0], Axis.GANTRY_RTN, Scale.VARIAN, Scale.IEC_61217)
        assert np.abs(np.mod(gantry - angles[-1] + 180, 360) - 180) < 0.1
        ends = last_positions(last)
        for kind, axes in (("X", (Axis.X1, Axis.X2)), ("Y", (Axis.Y1, Axis.Y2))):
            jaws = [convert(where[axis], axis, Scale.VARIAN, Scale.IEC_61217) for axis in axes]
            assert np.array(jaws) * 10 == pytest.approx(ends[kind], abs=END_MM)
        if "MLCX" in ends:
            leaves = where[file.machine.layout.leaves]
            mlc = convert_leaves(leaves, Scale.VARIAN, Scale.IEC_61217)
            assert mlc * 10 == pytest.approx(ends["MLCX"], abs=END_MM)


def test_converted_plans_are_the_same_beams(path: Path, tmp_path: Path) -> None:
    made = convert_plan(path, tmp_path)
    assert len(made.written) == TRUEBEAM[path.name]
    for file, written in zip(made.files, made.written, strict=True):
        read = read_beam(written)
        assert read.findings == ()
        assert read.beam is not None
        assert file.beam is not None
        assert read.beam.control_points == file.beam.control_points
        assert read.beam == file.beam
        (checked,) = open_beams(written, file.machine)
        assert checked.deliverable


def test_converted_plans_are_delivered_alike_control_point_by_control_point(
    path: Path, tmp_path: Path
) -> None:
    made = convert_plan(path, tmp_path)
    for (file, direct, kept), written in zip(delivered_plan(path), made.written, strict=True):
        (converted,) = open_beams(written, file.machine)
        outcome, frames = delivered(converted)
        assert outcome.result.mu == direct.result.mu
        # Not only at the control points: every frame is the same.
        assert digest_of(frames) == digest_of(kept)
        assert converted.beam is not None
        wanted = converted.beam.resolved_positions()
        at, mu = at_points(frames, len(wanted))
        named = ~np.isnan(wanted[0])
        named[N_SINGLE : N_SINGLE + 2] = False
        assert mu == pytest.approx(converted.beam.resolved_mu(), abs=PULSE_MU)
        assert at[:, named] == pytest.approx(wanted[:, named], abs=0.05)


def digest_of(kept: Kept) -> str:
    digest = FrameDigest()
    for block in kept.blocks:
        digest.write(block)
    return digest.value()


def at_points(kept: Kept, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return expected positions and MU where the expected side passes whole control points."""
    cp, expected, mu = (kept.column(name) for name in ("cp", "expected", "mu_expected"))
    moving = np.flatnonzero(np.diff(cp, prepend=cp[0] - 1) > 0)
    points = np.arange(n)
    positions = [np.interp(points, cp[moving], column[moving]) for column in expected.T]
    return np.column_stack(positions), np.interp(points, cp[moving], mu[moving])


def test_a_real_log_settles_the_scales(shared_data: Path) -> None:
    """Gantry, jaws and leaves of log and plan agree; the couch height only with our sign."""
    log = read_log(shared_data / "logs" / T3_LOG)
    made = read_plan(shared_data / "plans" / T3)
    beam = made.plan.beam(16)
    assert beam is not None
    cp = np.asarray(log.axis(AxisCode.CONTROL_POINT).expected, dtype=float)
    rows = np.flatnonzero(np.diff(cp, prepend=-1) > 0)
    points = np.arange(len(beam.points))

    def at(code: AxisCode) -> np.ndarray:
        columns = np.atleast_2d(np.asarray(log.axis(code).expected, dtype=float).T)
        return np.stack([np.interp(points, cp[rows], column[rows]) for column in columns], axis=-1)

    gantry = convert(at(AxisCode.GANTRY)[:, 0], Axis.GANTRY_RTN, Scale.VARIAN, Scale.IEC_61217)
    assert gantry == pytest.approx(beam.points.gantry_deg, abs=0.1)
    for code, axis, stated in (
        (AxisCode.X1, Axis.X1, beam.points.x_jaws_mm[:, 0]),
        (AxisCode.X2, Axis.X2, beam.points.x_jaws_mm[:, 1]),
        (AxisCode.Y1, Axis.Y1, beam.points.y_jaws_mm[:, 0]),
        (AxisCode.Y2, Axis.Y2, beam.points.y_jaws_mm[:, 1]),
    ):
        jaw = convert(at(code)[:, 0], axis, Scale.VARIAN, Scale.IEC_61217)
        assert jaw * 10 == pytest.approx(stated, abs=0.01)
    leaves = convert_leaves(at(AxisCode.MLC)[:, 2:], Scale.VARIAN, Scale.IEC_61217)
    # The log's corners at control points are rounded.
    assert np.abs(leaves * 10 - beam.points.leaves_mm).max() < 1.0
    table = made.plan.tolerance_table(beam.tolerance_table)
    assert table is not None
    height = float(at(AxisCode.COUCH_VRT)[0, 0])
    tolerance = table.tolerances["vertical"]
    stated = float(beam.points.couch_mm[0, 0])
    ours = convert(height, Axis.COUCH_VRT, Scale.VARIAN, Scale.IEC_61217) * 10
    assert abs(ours - stated) < tolerance
    assert abs(-ours - stated) > 4 * tolerance


def test_log_heights_of_treatments_are_below_the_isocentre(shared_data: Path) -> None:
    heights = []
    for path in sorted((shared_data / "logs").glob("tlog-v3.0-*.bin")):
        height = float(read_log(path).axis(AxisCode.COUCH_VRT).expected[0])
        heights.append(convert(height, Axis.COUCH_VRT, Scale.VARIAN, Scale.IEC_61217))
    assert len(heights) == 5
    assert max(heights) < -8
