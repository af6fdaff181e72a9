"""Rules of accessories, and the list they are judged by."""

import pytest

from linacsim.machines.accessories import accessories, find_accessory
from linacsim.model.beam import Beam
from linacsim.planning.check import accessories as rules
from tests.checking import Case, findings, judge, static, uncovered

Codes = tuple[int | None, int | None, int | None, int | None]


def mounted(*codes: int | None, energy: str = "6x") -> Beam:
    return static(accessories=codes, energy=energy)


CASES = (
    Case(rules.CODE, mounted(3920, 0, 0, 0), mounted(3919, 0, 0, 0)),
    Case(rules.UNKNOWN_ACCESSORY, mounted(0, 0, 0, 0), mounted(0, 0, 127, 0)),
    Case(
        rules.BEAM_KIND,
        mounted(0, 4001, 4094, 0, energy="12e"),
        mounted(0, 4001, 4094, 0, energy="6x"),
    ),
    Case(
        rules.APERTURE,
        mounted(0, 4000, 126, 0, energy="6e"),
        mounted(0, 4001, 126, 0, energy="6e"),
    ),
    Case(rules.TWO_WEDGES, mounted(3920, 0, 0, 3792), mounted(3920, 0, 0, 3920)),
    Case(rules.STEREOTACTIC_MOUNT, mounted(3264, 3265, 0, 0), mounted(0, 3265, 0, 0)),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_rule(case: Case) -> None:
    judge(case)


def test_every_rule_has_a_case() -> None:
    assert uncovered("accessories", CASES) == set()


@pytest.mark.parametrize("codes", [(None,) * 4, (0, 0, 0, 0), (0, 1664, 0, 364)])
def test_any_none_and_custom_accessories_are_fine(codes: Codes) -> None:
    assert findings(mounted(*codes)) == []


def test_a_code_of_another_slot_is_told_with_its_slot() -> None:
    (told,) = findings(mounted(4001, None, None, None))
    assert "A10 goes in Acc2" in told.mend


def test_an_aperture_may_come_with_any_applicator_where_the_slot_is_free() -> None:
    assert findings(mounted(None, None, 4094, None, energy="9e")) == []


def test_an_aperture_without_applicator_is_told() -> None:
    assert findings(mounted(0, 0, 3328, 0, energy="9e"), rules.APERTURE)


@pytest.mark.parametrize("code", [-1, 1665, 2**31 - 1])
def test_codes_outside_all_ranges_are_refused(code: int) -> None:
    assert findings(mounted(None, code, None, None), rules.CODE)


def test_the_list_has_sound_and_distinct_codes() -> None:
    listed = accessories()
    assert len(listed) == 61
    assert len({item.name for item in listed}) == len(listed)
    for item in listed:
        first, last = item.codes
        assert 1 <= item.slot <= 4
        assert 0 <= first <= last
        assert find_accessory(item.slot, first) == item
        assert find_accessory(item.slot, last) == item
