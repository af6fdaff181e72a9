"""The walk through a file's bytes finds what pydicom finds."""

from io import BytesIO
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from linacsim.formats.rtplan import whole_elements
from linacsim.formats.rtplan.wholeness import Elements
from tests.elekta_plans import encoded, good_plan, item

SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("delimited", [False, True], ids=["lengths", "delimiters"])
def test_as_pydicom(syntax: UID, delimited: bool) -> None:
    plan = good_plan()
    plan.PatientSetupSequence = []
    plan.add_new(0x3003_0010, "LO", "MAKER")
    plan.add_new(0x3003_1001, "SQ", [item(PatientComments="odd")])
    if delimited:
        _delimit(plan)
    _assert_alike(encoded(plan, syntax))


@pytest.mark.parametrize(
    "name", ["agility-monaco-vmat-template", "conjuror-m120-pf-wl-gs", "truebeam-m120-3dcrt"]
)
def test_as_pydicom_in_real_plans(shared_data: Path, name: str) -> None:
    _assert_alike((shared_data / "plans" / f"{name}.dcm").read_bytes())


def _delimit(dataset: Dataset) -> None:
    """Write all sequences and items without lengths."""
    for element in dataset:
        if element.VR == "SQ":
            element.is_undefined_length = True
            for one in element.value:
                one.is_undefined_length_sequence_item = True
                _delimit(one)


def _assert_alike(data: bytes) -> None:
    _compare(whole_elements(data, "plan.dcm"), dcmread(BytesIO(data), force=True))


def _compare(ours: Elements, theirs: Dataset) -> None:
    assert set(ours) == set(map(int, theirs.keys()))
    for tag, element in ours.items():
        raw = theirs.get_item(tag)
        if tag >> 16 & 1 and raw.VR in (None, "UN"):
            continue  # pydicom does not look into private elements whose kind is not told
        if isinstance(element.value, bytes) and element.value:
            read = raw.value if isinstance(raw.value, bytes) else raw.value.encode()
            assert element.value == read
        else:
            items = theirs[tag].value or []
            assert len(element.value) == len(items)
            for mine, other in zip(element.value, items, strict=True):
                assert isinstance(mine, dict)
                _compare(mine, other)
