"""Plans made by another tool on the spot: pylinac's generator, as it is and with its declaration
mended. It declares ASYMX twice and never ASYMY, though its control points use it."""

from pathlib import Path

import pydicom
import pytest
from pylinac.plan_generator.dicom import TrueBeamPlanGenerator

from linacsim.formats.rtplan import read_plan
from linacsim.scenario.beam_file import open_beams


@pytest.fixture
def generated(shared_data: Path, tmp_path: Path) -> Path:
    base = pydicom.dcmread(shared_data / "plans" / "varian-T0.2-picketfence-static-m120.dcm")
    maker = TrueBeamPlanGenerator(base, plan_label="QA", plan_name="QA")
    maker.add_picketfence_beam(strip_positions_mm=(-50, -30, -10, 10, 30, 50))
    maker.add_winston_lutz_beams(
        axes_positions=(
            {"gantry": 0, "collimator": 0, "couch": 0},
            {"gantry": 90, "collimator": 0, "couch": 30},
        )
    )
    maker.add_mlc_speed_beams()
    maker.add_gantry_speed_beams()
    path = tmp_path / "generated.dcm"
    maker.to_file(str(path))
    return path


def test_as_it_is_it_is_refused_for_what_it_does_not_declare(generated: Path) -> None:
    made = read_plan(generated)
    rules = {one.rule for one in made.findings}
    assert rules == {"rtplan.device-twice", "rtplan.undeclared-device"}
    assert "positions of ASYMY, which is not declared" in made.findings[1].found


def test_with_its_declaration_mended_it_can_be_delivered(generated: Path) -> None:
    dataset = pydicom.dcmread(generated)
    for beam in dataset.BeamSequence:
        seen = set()
        for device in beam.BeamLimitingDeviceSequence:
            if device.RTBeamLimitingDeviceType in seen:
                device.RTBeamLimitingDeviceType = "ASYMY"
            seen.add(device.RTBeamLimitingDeviceType)
    dataset.save_as(generated)
    files = open_beams(generated)
    assert all(file.deliverable for file in files), [str(f) for one in files for f in one.findings]
    stated = dataset.FractionGroupSequence[0].ReferencedBeamSequence
    mu = sum(file.beam.resolved_mu()[-1] for file in files if file.beam)
    assert mu == pytest.approx(sum(float(one.BeamMeterset) for one in stated))
