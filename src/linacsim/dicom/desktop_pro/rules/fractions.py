"""Fraction groups: Table 13, Notes V to VIII."""

from collections.abc import Iterator

from linacsim.dicom.desktop_pro import tags
from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.request import Request
from linacsim.dicom.desktop_pro.rules.row import Fault, Rule, twice

MOST_MU = 9999.0
"""Largest Beam Meterset (Table 13)."""


def _numbers(request: Request) -> Iterator[Fault]:
    yield from twice(request.groups, tags.GROUP_NUMBER)


def _setups(request: Request) -> Iterator[Fault]:
    known = request.numbers(tags.SETUPS, tags.SETUP_NUMBER)
    for group in request.groups:
        found = group.integer(tags.REFERENCED_SETUP)
        if found is not None and found not in known:
            yield Fault(group.where, f"setup {found} is not in the plan")


def _count(request: Request) -> Iterator[Fault]:
    for group in request.groups:
        stated, found = group.integer(tags.NUMBER_OF_BEAMS), group.items(tags.REFERENCED_BEAMS)
        if stated != len(found):
            yield Fault(group.where, f"is {stated}, but {len(found)} are referenced")


def _beams(request: Request) -> Iterator[Fault]:
    known = {beam.number for beam in request.beams}
    for group in request.groups:
        for reference in group.items(tags.REFERENCED_BEAMS):
            found = reference.integer(tags.REFERENCED_BEAM)
            if found not in known:
                yield Fault(group.where, f"beam {found} is not in the plan")


def _brachy(request: Request) -> Iterator[Fault]:
    for group in request.groups:
        found = group.integer(tags.BRACHY_SETUPS)
        if found:
            yield Fault(group.where, f"is {found}, not 0")


def _brachy_module(request: Request) -> Iterator[Fault]:
    if request.plan.items(tags.APPLICATION_SETUPS):
        yield Fault("", "is there")


def _one_dose(request: Request) -> Iterator[Fault]:
    yield from _differing(request, tags.BEAM_DOSE)


def _one_meterset(request: Request) -> Iterator[Fault]:
    yield from _differing(request, tags.METERSET)


def _differing(request: Request, tag: int) -> Iterator[Fault]:
    first: dict[int | None, float] = {}
    for reference in request.references:
        number, value = reference.integer(tags.REFERENCED_BEAM), reference.number(tag)
        if value is not None and first.setdefault(number, value) != value:
            yield Fault(f"Beam {number}", f"is {first[number]:g} and {value:g} in two groups")


def _meterset(request: Request) -> Iterator[Fault]:
    for reference in request.references:
        value = reference.number(tags.METERSET)
        if value is not None and not 0 <= value <= MOST_MU:
            number = reference.integer(tags.REFERENCED_BEAM)
            yield Fault(f"Beam {number}", f"is {value:g}, not 0 to {MOST_MU:g}")


RULES = (
    Rule(
        "group-number",
        "Table 13",
        tags.GROUP_NUMBER,
        Code.FRACTION_GROUPS,
        "unique within the sequence",
        _numbers,
    ),
    Rule(
        "group-setup",
        "Table 13",
        tags.REFERENCED_SETUP,
        Code.PATIENT_SETUPS,
        "a setup that the plan has",
        _setups,
    ),
    Rule(
        "group-beam-count",
        "Table 13",
        tags.NUMBER_OF_BEAMS,
        Code.FRACTION_GROUPS,
        "the number of beams that are referenced",
        _count,
    ),
    Rule(
        "group-beam",
        "Table 13",
        tags.REFERENCED_BEAM,
        Code.FRACTION_GROUPS,
        "a beam that the plan has",
        _beams,
    ),
    Rule("no-brachy", "Table 13", tags.BRACHY_SETUPS, Code.BRACHYTHERAPY, "0", _brachy),
    Rule(
        "no-brachy-module",
        "Table 4, Table 18",
        tags.APPLICATION_SETUPS,
        Code.BRACHYTHERAPY,
        "no application setups",
        _brachy_module,
    ),
    Rule(
        "one-beam-dose",
        "Table 13, Note VI",
        tags.BEAM_DOSE,
        Code.FRACTION_DOSIMETRY,
        "the same in all fraction groups, where it is stated",
        _one_dose,
    ),
    Rule(
        "one-meterset",
        "Table 13, Note VI",
        tags.METERSET,
        Code.FRACTION_DOSIMETRY,
        "the same in all fraction groups, where it is stated",
        _one_meterset,
    ),
    Rule(
        "meterset-range",
        "Table 13",
        tags.METERSET,
        Code.FRACTION_DOSIMETRY,
        "0 to 9999 MU",
        _meterset,
    ),
)
