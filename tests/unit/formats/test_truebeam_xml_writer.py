"""What is written: order, numbers, leaves, and what 2.0 cannot keep."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from linacsim.formats.truebeam_xml import beam_to_xml, parse_beam, read_beam, write_beam
from linacsim.formats.truebeam_xml.beam_schema import CP_PARTS, SET_BEAM, SUB_BEAM
from linacsim.formats.truebeam_xml.downgrade import as_2_0
from linacsim.formats.truebeam_xml.shapes import Kind, OneOf, Row, Shape
from linacsim.formats.truebeam_xml.values import format_double
from linacsim.model.beam import Beam
from linacsim.model.findings import InputError, Severity
from linacsim.model.motion import GatingParameters, GatingWindow
from tests.beams import make_beam

HERE = Path(__file__).parent
EXAMPLES = sorted((HERE / "xml_examples").glob("*.xml"))
POINTS = Shape(dict, CP_PARTS)


def read(path: Path) -> Beam:
    beam = read_beam(path).beam
    assert beam is not None
    return beam


def follow(element: etree._Element, kind: Kind) -> None:
    """Check that the children of an element stand in the order of its table, all the way down."""
    if isinstance(kind, Row | OneOf):
        for child in element:
            follow(child, kind.items[str(child.tag)])
    elif isinstance(kind, Shape) and kind.content is None:
        names = [part.name for part in kind.parts]
        places = [names.index(str(child.tag)) for child in element]
        assert places == sorted(places), element.tag
        for child, place in zip(element, places, strict=True):
            follow(child, kind.parts[place].kind)


@pytest.mark.parametrize("path", [*EXAMPLES, HERE / "xml_seeds" / "all_elements.xml"], ids=str)
def test_elements_stand_in_the_order_of_the_tables_that_the_reader_uses(path: Path) -> None:
    root = etree.fromstring(beam_to_xml(read(path)))
    assert root.tag == "VarianResearchBeam"
    set_beam = root[0]
    follow(set_beam, SET_BEAM)
    for cp in set_beam.iterfind("ControlPoints/Cp"):
        follow(cp, POINTS)
        for sub_beam in cp.iterfind("SubBeam"):
            follow(sub_beam, SUB_BEAM)
        for mlc in cp.iterfind("Mlc"):
            assert [child.tag for child in mlc] == ["ID", "B", "A"]


def test_leaves_have_exactly_one_blank_between_them() -> None:
    root = etree.fromstring(beam_to_xml(read(HERE / "xml_examples/example04_dynamic_arc.xml")))
    banks = root.findall(".//Mlc/*")[1:]
    for bank in (item for item in banks if item.tag in "AB"):
        assert bank.text is not None
        tokens = bank.text.split(" ")
        assert len(tokens) == 60
        assert all(token and token == token.strip() for token in tokens)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (100.0, "100"),
        (0.1, "0.1"),
        (-0.55, "-0.55"),
        (1 / 3, "0.3333333333333333"),
        (1e22, "1e+22"),
    ],
)
def test_numbers_are_as_short_as_they_can_be(value: float, text: str) -> None:
    assert format_double(value) == text


def test_nothing_is_lost_of_a_2_0_beam() -> None:
    beam = read(HERE / "xml_seeds" / "all_elements.xml")
    plain, findings = as_2_0(beam)
    assert plain == beam
    assert findings == ()
    assert parse_beam(beam_to_xml(beam), "again").beam == beam


def test_what_only_dialect_4_can_say_is_told_and_left_out(tmp_path: Path) -> None:
    beam = read(HERE / "xml_seeds" / "dialect_4.xml")
    findings = write_beam(beam, tmp_path / "plain.xml")
    assert {item.place.element for item in findings} == {
        "TreatmentMode",
        "WorkObjectID",
        "CouchVrtISO",
    }
    result = read_beam(tmp_path / "plain.xml")
    assert result.findings == ()
    assert result.beam is not None
    assert np.array_equal(result.beam.control_points.axes, beam.control_points.axes, equal_nan=True)
    assert not result.beam.couch_is_isocentric


def test_what_only_1x_can_say_is_told_and_left_out() -> None:
    beam = read(HERE / "xml_seeds" / "all_elements_1x.xml")
    plain, findings = as_2_0(beam)
    assert {item.place.element for item in findings} == {
        "CustomTargetPermission",
        "ImagingVelTable",
        "Gating",
        "GatingParameters",
    }
    assert plain.imaging is not None
    assert plain.imaging.gating is None
    assert plain.tracking is not None
    assert plain.tracking.enabled is None
    assert parse_beam(beam_to_xml(beam), "again").findings == ()


def test_tracking_that_1x_switched_off_is_left_out() -> None:
    beam = read(HERE / "xml_seeds" / "all_elements_1x.xml")
    assert beam.tracking is not None
    off = replace(beam, tracking=replace(beam.tracking, enabled=False))
    assert as_2_0(off)[0].tracking is None


def gated(gating: GatingParameters) -> Beam:
    beam = read(HERE / "xml_examples" / "example12b_gated_mv_beam.xml")
    assert beam.imaging is not None
    return replace(beam, imaging=replace(beam.imaging, gating=gating))


def test_plain_gating_of_1x_becomes_an_action_window() -> None:
    for filter_, axis in (("BreathingPhase", "Phase"), ("BreathingAmplitude", "Amplitude")):
        beam = gated(GatingParameters(filter_, (GatingWindow(125, 230),), kv_gating=True))
        plain, findings = as_2_0(beam)
        assert [item.severity for item in findings] == [Severity.WARNING]
        assert plain.imaging is not None
        assert plain.imaging.motion_management is not None
        (source,) = plain.imaging.motion_management.tracking_sources
        (window,) = source.action_windows
        assert (window.kind, window.axis) == ("Basic", axis)
        assert (window.lower_limit, window.upper_limit) == (125, 230)
        assert (window.mv_beam_impact, window.kv_beam_impact) == (True, True)
        assert plain.beam_hold_devices == beam.beam_hold_devices


def test_gating_of_the_kv_beam_alone_does_not_hold_the_mv_beam() -> None:
    beam = gated(GatingParameters("BreathingPhase", (GatingWindow(125, 230),), kv_gating=True))
    plain, _ = as_2_0(replace(beam, beam_hold_devices=()))
    assert plain.imaging is not None
    assert plain.imaging.motion_management is not None
    window = plain.imaging.motion_management.tracking_sources[0].action_windows[0]
    assert (window.mv_beam_impact, window.kv_beam_impact) == (False, True)


@pytest.mark.parametrize(
    "gating",
    [
        GatingParameters("PassThrough", (GatingWindow(10, 15, axis="z"),)),
        GatingParameters("BreathingPhase", (GatingWindow(330, 30),)),
        GatingParameters("BreathingPhase", ()),
        GatingParameters("BreathingPhase", (GatingWindow(1, 2, entry_delay=0.5),)),
        GatingParameters("BreathingAmplitude", (GatingWindow(1, 2),), quality_threshold=0.01),
        GatingParameters("BreathingAmplitude", (GatingWindow(1, 2),), source="NDI"),
    ],
)
def test_gating_without_plain_counterpart_is_an_error(gating: GatingParameters) -> None:
    plain, findings = as_2_0(gated(gating))
    assert plain.imaging is not None
    assert plain.imaging.motion_management is None
    assert [item.severity for item in findings] == [Severity.ERROR]
    assert "ungated" in findings[0].found


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    beam = make_beam({"Mu": 0.0}, {"Mu": 10.0})
    path = tmp_path / "beam.xml"
    path.write_text("earlier")
    with pytest.raises(InputError, match=r"nowhere.*cannot write the file: No such file"):
        write_beam(beam, tmp_path / "nowhere" / "beam.xml")
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match="cannot write the file"):
        write_beam(beam, path)
    assert os.listdir(tmp_path) == ["beam.xml"]
    path.rmdir()
    assert write_beam(beam, path) == ()
    assert os.listdir(tmp_path) == ["beam.xml"]
    assert read_beam(path).beam == beam


def test_texts_that_xml_cannot_hold_are_refused(tmp_path: Path) -> None:
    beam = replace(make_beam({"Mu": 0.0}, {"Mu": 10.0}), guid="a\x00b")
    with pytest.raises(InputError, match="GUID"):
        write_beam(beam, tmp_path / "beam.xml")
    assert os.listdir(tmp_path) == []
