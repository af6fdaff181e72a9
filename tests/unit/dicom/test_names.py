"""Names of beam sequences and beams (DP-4; Notes V and IX)."""

from datetime import datetime

import pytest

from linacsim.dicom.desktop_pro.names import beam_name, sequence_name, sequence_stem

WHEN = datetime(2005, 3, 1, 12, 15, 45)


@pytest.mark.parametrize(
    ("patient", "label", "name", "short"),
    [
        ("123", "PLAN", "[DCM] 123-PLAN Fr001 001", False),
        ("I" * 31, "L" * 16, f"[DCM] {'I' * 31}-{'L' * 16} Fr001 001", False),
        ("I" * 32, "L" * 16, f"[DCM] {'I' * 31}-{'L' * 16} Fr001 001", True),
        ("I" * 43, "PLAN", f"[DCM] {'I' * 43}-PLAN Fr001 001", False),
        ("I" * 64, "PLAN", f"[DCM] {'I' * 43}-PLAN Fr001 001", True),
        ("I" * 64, "", f"[DCM] {'I' * 47}- Fr001 001", True),
    ],
)
def test_space_is_given_from_left_to_right(
    patient: str, label: str, name: str, short: bool
) -> None:
    stem, shortened = sequence_stem(patient, label, 1)
    assert sequence_name(stem, 1) == name
    assert len(name) <= 64
    assert shortened is short


def test_the_example_of_the_statement() -> None:
    expected = "[DCM 01/03/05 12:15:45] 1. My Beam Name"
    assert beam_name(1, "My Beam Name", WHEN) == expected


def test_a_beam_without_name() -> None:
    assert beam_name(2, "", WHEN) == "[DCM 01/03/05 12:15:45] 2. [DICOM]"


def test_long_beam_names_are_cut() -> None:
    assert beam_name(10, "N" * 64, WHEN) == "[DCM 01/03/05 12:15:45] 10. " + "N" * 36
