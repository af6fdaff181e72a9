"""Faults on command: what is written is what happens, what cannot be is refused."""

import pytest

from linacsim.model.findings import InputError
from linacsim.model.time import NS_PER_S
from linacsim.stubs.faults import DEFAULTS, Fault, Faults, Kind, fault_of


def test_a_fault_is_read() -> None:
    assert fault_of("dropout@10+2") == Fault(Kind.DROPOUT, 10 * NS_PER_S, 12 * NS_PER_S, 0.0, False)
    assert fault_of("spike@1.5=-12").value == -12.0
    assert fault_of("clock-step@0").once


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_can_be_written_without_more(kind: Kind) -> None:
    assert fault_of(f"{kind}@3").value == DEFAULTS.get(kind, 0.0)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("dropout", "write KIND@START"),
        ("dropout@", "write KIND@START"),
        ("dropout@-1", "write KIND@START"),
        ("smoke@1", "there are babble"),
        ("dropout@1=3", "has no value"),
        ("crc@1=2", "between 0 and 1"),
        ("late@1=-5", "negative"),
        ("reboot@1+2", "at an instant"),
    ],
)
def test_what_cannot_be_is_refused(text: str, advice: str) -> None:
    with pytest.raises(InputError, match=advice):
        fault_of(text)


def test_a_fault_is_on_from_its_start_up_to_its_end() -> None:
    faults = Faults([fault_of("freeze@1+1")])
    on = [faults.on(Kind.FREEZE, ns) is not None for ns in (999_999_999, NS_PER_S, 2 * NS_PER_S)]
    assert on == [False, True, False]


def test_an_instant_happens_once() -> None:
    faults = Faults([fault_of("reboot@2"), fault_of("spike@1")])
    assert faults.next_ns({Kind.REBOOT}) == 2 * NS_PER_S
    assert faults.happened(Kind.REBOOT, NS_PER_S) is None
    assert faults.happened(Kind.REBOOT, 3 * NS_PER_S) is not None
    assert faults.happened(Kind.REBOOT, 3 * NS_PER_S) is None


def test_a_share_of_frames_is_spread_evenly() -> None:
    faults = Faults([fault_of("crc@0=0.25")])
    struck = [faults.struck(Kind.CRC, n) for n in range(1000)]
    assert sum(struck) == 250
    assert struck[:8] == [False, False, False, True] * 2
    assert not faults.struck(Kind.DROP, 0)
    certain = Faults([fault_of("drop@0")])
    assert all(certain.struck(Kind.DROP, n) for n in range(10))
