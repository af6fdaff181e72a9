"""What the plan reader refuses: each plan is right but in one respect; tag and reason are told."""

import ast
import re
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import Dataset

from linacsim.formats.rtplan import parse_plan, plan_of, read_plan
from linacsim.formats.rtplan.file import MAX_BYTES
from linacsim.model.findings import InputError, Severity
from tests.rtplans import (
    arc,
    beam,
    encoded,
    first_point,
    group,
    item,
    leaves,
    placed,
    plan,
    point,
    read,
    rules,
)

Change = Callable[[Dataset], None]


def points(dataset: Dataset) -> list[Dataset]:
    return list(dataset.BeamSequence[0].ControlPointSequence)


def raw(dataset: Dataset, tag: int, vr: str, value: bytes) -> None:
    """Set an attribute to bytes that pydicom itself would not write."""
    from pydicom.dataelem import RawDataElement
    from pydicom.tag import Tag

    dataset[tag] = RawDataElement(Tag(tag), vr, len(value), value, 0, True, True)


def without(dataset: Dataset, keyword: str) -> None:
    del dataset[keyword]


def falling(dataset: Dataset) -> None:
    dataset.BeamSequence[0] = arc([0.0, 10.0, 20.0])
    points(dataset)[1].CumulativeMetersetWeight = 1.5


def undeclared(dataset: Dataset) -> None:
    devices = dataset.BeamSequence[0].BeamLimitingDeviceSequence
    dataset.BeamSequence[0].BeamLimitingDeviceSequence = devices[1:]


def other_boundaries(dataset: Dataset) -> None:
    mlc = dataset.BeamSequence[0].BeamLimitingDeviceSequence[2]
    mlc.LeafPositionBoundaries = [float(edge) + 3.0 for edge in mlc.LeafPositionBoundaries]


def too_few_boundaries(dataset: Dataset) -> None:
    mlc = dataset.BeamSequence[0].BeamLimitingDeviceSequence[2]
    mlc.LeafPositionBoundaries = list(mlc.LeafPositionBoundaries)[:54]


def brachy(dataset: Dataset) -> None:
    dataset.FractionGroupSequence[0].NumberOfBrachyApplicationSetups = 1


def first(**values: object) -> Change:
    return lambda dataset: points(dataset)[0].update(item(**values))


def first_beam(**values: object) -> Change:
    return lambda dataset: dataset.BeamSequence[0].update(item(**values))


def crossed(dataset: Dataset) -> None:
    where = points(dataset)[0].BeamLimitingDevicePositionSequence
    where[2].LeafJawPositions = list(leaves(5.0, -5.0))


def short_row(dataset: Dataset) -> None:
    points(dataset)[0].BeamLimitingDevicePositionSequence[2].LeafJawPositions = [1.0] * 106


def late(dataset: Dataset) -> None:
    where = list(points(dataset)[0].BeamLimitingDevicePositionSequence)
    points(dataset)[0].BeamLimitingDevicePositionSequence = where[:2]
    points(dataset)[1].BeamLimitingDevicePositionSequence = where[2:]


def turned_without_direction(dataset: Dataset) -> None:
    points(dataset)[1].GantryAngle = 90.0


REFUSED: dict[str, tuple[Change, str, str, int | None]] = {
    "weights fall": (falling, "weight-falls", "(300A,0134)", 2),
    "first weight": (first(CumulativeMetersetWeight=0.1), "first-weight", "(300A,0134)", 0),
    "no weight": (
        lambda d: without(points(d)[1], "CumulativeMetersetWeight"),
        "missing",
        "(300A,0134)",
        1,
    ),
    "final weight": (
        first_beam(FinalCumulativeMetersetWeight=2.0),
        "final-weight",
        "(300A,010E)",
        None,
    ),
    "undeclared": (undeclared, "undeclared-device", "(300A,00B8)", 0),
    "boundaries": (other_boundaries, "boundaries", "(300A,00BE)", None),
    "count of boundaries": (too_few_boundaries, "boundaries", "(300A,00BE)", None),
    "positions": (short_row, "position-count", "(300A,011C)", 0),
    "crossed": (crossed, "crossed", "(300A,011C)", 0),
    "late device": (late, "late-device", "(300A,011A)", None),
    "brachy": (brachy, "brachy", "(300A,00A0)", None),
    "no machine": (
        lambda d: without(d.BeamSequence[0], "TreatmentMachineName"),
        "missing",
        "(300A,00B2)",
        None,
    ),
    "empty machine": (first_beam(TreatmentMachineName=""), "missing", "(300A,00B2)", None),
    "radiation": (first_beam(RadiationType="PROTON"), "radiation", "(300A,00C6)", None),
    "unit": (first_beam(PrimaryDosimeterUnit="MINUTE"), "unit", "(300A,00B3)", None),
    "count of points": (first_beam(NumberOfControlPoints=3), "count", "(300A,0110)", None),
    "index": (first(ControlPointIndex=1), "point-index", "(300A,0112)", 0),
    "direction": (first(GantryRotationDirection="LEFT"), "direction", "(300A,011F)", 0),
    "no direction": (turned_without_direction, "no-direction", "(300A,011F)", 0),
    "no energy": (
        lambda d: without(points(d)[0], "NominalBeamEnergy"),
        "missing",
        "(300A,0114)",
        0,
    ),
    "gantry pitch": (first(GantryPitchAngle=2.0), "gantry-pitch", "(300A,014A)", 0),
    "wedges": (first_beam(NumberOfWedges=1), "count", "(300A,00D0)", None),
    "no beams": (lambda d: setattr(d, "BeamSequence", []), "missing", "(300A,00B0)", None),
    "nan": (
        lambda d: raw(points(d)[0], 0x300A_011E, "DS", b"nan"),
        "not-finite",
        "(300A,011E)",
        0,
    ),
    "infinite": (
        lambda d: raw(
            d.FractionGroupSequence[0].ReferencedBeamSequence[0], 0x300A_0086, "DS", b"inf "
        ),
        "not-finite",
        "(300A,0086)",
        None,
    ),
    "huge": (
        lambda d: raw(points(d)[0], 0x300A_011E, "DS", b"1e999"),
        "not-finite",
        "(300A,011E)",
        0,
    ),
    "fluence": (
        first_beam(PrimaryFluenceModeSequence=[item(FluenceMode="OTHER")]),
        "fluence",
        "(3002,0051)",
        None,
    ),
    "meterset": (
        lambda d: setattr(
            d.FractionGroupSequence[0].ReferencedBeamSequence[0], "BeamMeterset", -1.0
        ),
        "meterset",
        "(300A,0086)",
        None,
    ),
    "pairs": (
        lambda d: setattr(
            d.BeamSequence[0].BeamLimitingDeviceSequence[0], "NumberOfLeafJawPairs", 2
        ),
        "pairs",
        "(300A,00BC)",
        None,
    ),
    "undeclared wedge": (
        first(WedgePositionSequence=[item(ReferencedWedgeNumber=4, WedgePosition="IN")]),
        "undeclared-wedge",
        "(300C,00C0)",
        0,
    ),
    "no sequence": (
        lambda d: raw(d, 0x300A_0040, "LO", b"text"),
        "unreadable",
        "(300A,0040)",
        None,
    ),
    "beyond reason": (first(GantryAngle=1e10), "huge", "(300A,011E)", 0),
    "no number": (
        lambda d: raw(points(d)[0], 0x300A_011E, "DS", b"1_0"),
        "value",
        "(300A,011E)",
        0,
    ),
    "two numbers": (
        lambda d: raw(points(d)[0], 0x300A_011E, "DS", b"1\\2 "),
        "value",
        "(300A,011E)",
        0,
    ),
    "half a number": (
        lambda d: raw(points(d)[1], 0x300A_0112, "IS", b"1.5 "),
        "value",
        "(300A,0112)",
        1,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_tag_and_reason(name: str) -> None:
    change, rule, tag, at = REFUSED[name]
    dataset = plan()
    change(dataset)
    made = plan_of(dataset, "plan.dcm")
    errors = [one for one in made.findings if one.severity is Severity.ERROR]
    hits = [one for one in errors if one.rule == f"rtplan.{rule}"]
    assert hits, [str(one) for one in made.findings]
    assert tag in (hits[0].place.element or "")
    assert hits[0].place.control_point == at
    assert hits[0].place.file == "plan.dcm"
    assert str(hits[0]).count("\n") == 0


@pytest.mark.parametrize("name", REFUSED)
def test_a_plan_in_error_can_still_be_looked_at(name: str) -> None:
    dataset = plan()
    REFUSED[name][0](dataset)
    for one in plan_of(dataset, "plan.dcm").plan.beams:
        assert len(one.points.gantry_deg) == len(one.points)
        assert one.cumulative_mu(100.0).shape == (len(one.points),)


def test_unknown_and_repeated_beam_numbers() -> None:
    assert "unknown-beam" in rules(read(plan(groups=[group((9, 1.0))])))
    assert "number-twice" in rules(read(plan(beam(), beam(), groups=[group((1, 1.0))])))
    assert "number-twice" in rules(read(plan(groups=[group((1, 1.0), (1, 2.0))])))


def test_each_finding_is_on_the_reference_page() -> None:
    root = Path(__file__).resolve().parents[3]
    page = (root / "docs" / "reference" / "rtplan.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`rtplan\.([a-z-]+)`", page))
    modules = [*(root / "src/linacsim/formats/rtplan").glob("*.py")]
    modules.append(root / "src/linacsim/scenario/plan_file.py")
    made = {rule for module in modules for rule in rules_in(module)} | {"machine"}
    assert made == told


def rules_in(module: Path) -> set[str]:
    """Return the constant first arguments of calls that report something."""
    out = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            at = {"report": 0, "warn": 0, "note": 0, "_note": 1}.get(name)
            if at is not None and isinstance(node.args[at], ast.Constant):
                out.add(node.args[at].value)
    return out


def test_unknown_devices_are_named() -> None:
    dual = item(RTBeamLimitingDeviceType="MLCX1", NumberOfLeafJawPairs=29)
    dataset = plan()
    dataset.BeamSequence[0].BeamLimitingDeviceSequence.append(dual)
    made = read(dataset)
    assert rules(made) == ["device-kind"]
    assert "MLCX1" in made.findings[0].found


def test_two_jaws_of_one_kind_at_one_point() -> None:
    dataset = plan()
    one = dataset.BeamSequence[0]
    one.BeamLimitingDeviceSequence.append(
        item(RTBeamLimitingDeviceType="X", NumberOfLeafJawPairs=1)
    )
    where = one.ControlPointSequence[0].BeamLimitingDevicePositionSequence
    where.append(placed("X", -10, 10))
    assert rules(read(dataset)) == ["two-positions"]


def test_motion_without_dose_or_direction_goes_the_shorter_way_with_a_warning() -> None:
    steps = [first_point(), point(1, 0.5), point(2, 0.5, GantryAngle=90.0), point(3, 1.0)]
    made = read(plan(beam(*steps, mlc="")))
    assert [one.severity for one in made.findings] == [Severity.WARNING]
    assert "shorter way" in made.findings[0].found


def test_many_of_a_kind_are_counted() -> None:
    dataset = plan(arc([float(k) for k in range(20)]))
    for one in points(dataset):
        one.CumulativeMetersetWeight = 1.0 - float(one.CumulativeMetersetWeight)
    told = [one.found for one in read(dataset).findings if one.rule == "rtplan.weight-falls"]
    assert len(told) == 4
    assert told[-1] == "16 more of the same"


@pytest.mark.parametrize("implicit", [True, False])
def test_a_file_cut_anywhere_is_refused(implicit: bool) -> None:
    data = encoded(plan(arc([0.0, 10.0, 20.0])), implicit=implicit)
    for end in [*range(140, len(data), 7), len(data) - 1]:
        # Cut between two elements of the dataset itself, the file is whole, but the plan is not.
        assert errors_of(data[:end]), end


def errors_of(data: bytes) -> list[str]:
    """Return what keeps the bytes from being a plan."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            made = parse_plan(data, "cut.dcm")
        except InputError as error:
            return [str(error)]
    return [str(one) for one in made.findings if one.severity is Severity.ERROR]


def test_where_a_file_is_cut_is_told() -> None:
    data = encoded(plan(arc([0.0, 10.0, 20.0])))
    with pytest.raises(InputError) as caught:
        parse_plan(data[:-40], "cut.dcm")
    assert "(300A,00B0) Beam Sequence" in str(caught.value)


def test_sequences_nested_deeply_are_refused() -> None:
    inner = item(PatientID="x")
    for _ in range(300):
        inner = item(BeamSequence=[inner])
    stack = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        data = encoded(plan(PatientSetupSequence=[inner]))
    finally:
        sys.setrecursionlimit(stack)
    with pytest.raises(InputError, match="too deeply"):
        parse_plan(data, "deep.dcm")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"<VarianResearchBeam/>", "not DICOM"),
        (bytes(range(256)) * 4, "not DICOM"),
        (b"\0" * 128 + b"DICM", "no RT Plan"),
    ],
)
def test_what_is_no_plan_is_refused_in_one_line(data: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        parse_plan(data, "x.dcm")
    assert "\n" not in str(caught.value)


def test_other_objects_are_named() -> None:
    with pytest.raises(InputError, match="RT Ion Plan Storage"):
        read(plan(SOPClassUID="1.2.840.10008.5.1.4.1.1.481.8"))


def test_deflated_files_are_refused() -> None:
    data = encoded(plan(), implicit=False)
    old, new = b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99"
    at = data.index(b"\x02\x00\x10\x00UI")
    head = data[:at] + b"\x02\x00\x10\x00UI" + len(new).to_bytes(2, "little") + new
    with pytest.raises(InputError, match="deflated"):
        parse_plan(head + data[at + 8 + len(old) :], "x.dcm")


def test_files_too_large_are_refused() -> None:
    with pytest.raises(InputError, match="larger than"):
        parse_plan(b"\0" * (MAX_BYTES + 1), "x.dcm")


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        read_plan(tmp_path / "none.dcm")


def test_without_pydicom_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(plan())
    monkeypatch.setitem(sys.modules, "pydicom", None)
    with pytest.raises(InputError, match=r"pip install 'linacsim\[dicom\]'"):
        parse_plan(data, "x.dcm")
