"""Control points: indices, weights, MU, ranges, movements (Table 14, Notes X, XIV to XVI)."""

import itertools
from collections.abc import Iterator

import numpy as np

from linacsim.dicom.desktop_pro import tags
from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.console import Feature
from linacsim.dicom.desktop_pro.kinds import kind_of
from linacsim.dicom.desktop_pro.request import Beam, Request
from linacsim.dicom.desktop_pro.rules.row import Fault, Rule, each_beam

MOST_POINTS = 256
MOST_DYNAMIC_POINTS = 1000
"""For Dynamic-MLC and IMAT beams (Table 14)."""
FINAL_SLACK = 1e-3
"""By how much of the whole the last weight may miss the final one: rounding, not dose."""


@each_beam
def _count(beam: Beam, _request: Request) -> Iterator[Fault]:
    stated, found = beam.data.integer(tags.NUMBER_OF_POINTS), len(beam.points)
    if stated != found:
        yield Fault(beam.data.where, f"is {stated}, but there are {found}")


@each_beam
def _enough(beam: Beam, _request: Request) -> Iterator[Fault]:
    if len(beam.points) < 2:
        yield Fault(beam.data.where, f"has {len(beam.points)}, not 2 or more")


@each_beam
def _index(beam: Beam, _request: Request) -> Iterator[Fault]:
    for k, point in enumerate(beam.points.items):
        if (found := point.integer(tags.POINT_INDEX)) != k:
            yield Fault(point.where, f"is {found}, not {k}")


@each_beam
def _weight(beam: Beam, _request: Request) -> Iterator[Fault]:
    for point in beam.points.items:
        if point.number(tags.WEIGHT) is None:
            yield Fault(point.where, "is missing or empty")


@each_beam
def _rising(beam: Beam, _request: Request) -> Iterator[Fault]:
    weights = beam.points.stated["weight"].tolist()
    if weights and weights[0] != 0:
        yield Fault(beam.points.items[0].where, f"is {weights[0]:g}, not 0")
    for k, (before, after) in enumerate(itertools.pairwise(weights), 1):
        if after < before:
            yield Fault(beam.points.items[k].where, f"falls from {before:g} to {after:g}")


@each_beam
def _final(beam: Beam, _request: Request) -> Iterator[Fault]:
    final = beam.data.number(tags.FINAL_WEIGHT)
    weights = beam.points.stated["weight"].tolist()
    last = weights[-1] if weights else 0.0
    if final is None:
        if last > 0:
            yield Fault(beam.data.where, "is missing, though there are weights")
    elif final <= 0 or abs(final - last) > FINAL_SLACK * final:
        yield Fault(beam.data.where, f"is {final:g}, the last weight {last:g}")


@each_beam
def _dose_references(beam: Beam, request: Request) -> Iterator[Fault]:
    known = request.numbers(tags.DOSE_REFERENCES, tags.DOSE_REFERENCE_NUMBER)
    for point in beam.points.items:
        for item in point.items(tags.DOSE_REFERENCE_SEQUENCE):
            found = item.integer(tags.REFERENCED_DOSE_REFERENCE)
            if found is not None and found not in known:
                yield Fault(point.where, f"dose reference {found} is not in the plan")


@each_beam
def _complexity(beam: Beam, _request: Request) -> Iterator[Fault]:
    kind = kind_of(beam.points)
    dynamic = kind in (Feature.DYNAMIC_MLC, Feature.IMAT)
    most = MOST_DYNAMIC_POINTS if dynamic else MOST_POINTS
    if len(beam.points) > most:
        yield Fault(beam.data.where, f"is {len(beam.points)}, not {most} or less")


@each_beam
def _licence(beam: Beam, _request: Request) -> Iterator[Fault]:
    kind = kind_of(beam.points)
    if kind is not None and beam.linac is not None and kind not in beam.linac.features:
        yield Fault(beam.data.where, f"{kind.value} is not licensed")


_RANGED = {"gantry": tags.GANTRY, "collimator": tags.COLLIMATOR, "couch": tags.COUCH}


@each_beam
def _angle_ranges(beam: Beam, _request: Request) -> Iterator[Fault]:
    if beam.linac is None:
        return
    for name in _RANGED:
        low, high = beam.linac.range_of(name)
        for point, value in zip(beam.points.items, beam.points.stated[name], strict=True):
            if not np.isnan(value) and not low <= value <= high:
                yield Fault(point.where, f"{name} {value:g} is not {low:g} to {high:g}")


@each_beam
def _position_ranges(beam: Beam, _request: Request) -> Iterator[Fault]:
    if beam.linac is None:
        return
    for point, row in zip(beam.points.items, beam.points.devices, strict=True):
        for kind, values in row.items():
            low, high = beam.linac.range_of("leaf" if kind.startswith("MLC") else "jaw")
            worst = [value for value in values if not low <= value <= high]
            if worst:
                yield Fault(point.where, f"{kind} {worst[0]:g} is not {low:g} to {high:g}")


@each_beam
def _jaws_crossed(beam: Beam, _request: Request) -> Iterator[Fault]:
    yield from _crossed(beam, mlc=False)


@each_beam
def _leaves_crossed(beam: Beam, _request: Request) -> Iterator[Fault]:
    yield from _crossed(beam, mlc=True)


def _crossed(beam: Beam, *, mlc: bool) -> Iterator[Fault]:
    for point, row in zip(beam.points.items, beam.points.devices, strict=True):
        for kind, values in row.items():
            if kind.startswith("MLC") != mlc:
                continue
            half = len(values) // 2
            pairs = enumerate(zip(values[:half], values[half:], strict=False), 1)
            pair = next((k for k, (low, high) in pairs if low > high), None)
            if pair is not None:
                yield Fault(point.where, f"{kind} pair {pair} overlaps")


RULES = (
    Rule(
        "point-count",
        "Table 14",
        tags.NUMBER_OF_POINTS,
        Code.BEAM_SEQUENCE,
        "the number of items of the Control Point Sequence",
        _count,
    ),
    Rule("two-points", "Table 14", tags.POINTS, Code.BEAM_SEQUENCE, "two or more", _enough),
    Rule(
        "point-index",
        "Table 14",
        tags.POINT_INDEX,
        Code.BEAM_SEQUENCE,
        "from 0 in steps of 1",
        _index,
    ),
    Rule("weight", "Table 14", tags.WEIGHT, Code.NO_WEIGHT, "at every control point", _weight),
    Rule(
        "weights-rise",
        "PS3.3 C.8.8.14",
        tags.WEIGHT,
        Code.BEAM_SEQUENCE,
        "from 0, never falling",
        _rising,
    ),
    Rule(
        "final-weight",
        "Table 14",
        tags.FINAL_WEIGHT,
        Code.BEAM_SEQUENCE,
        "above 0 and that of the last control point",
        _final,
    ),
    Rule(
        "dose-reference",
        "Table 14",
        tags.REFERENCED_DOSE_REFERENCE,
        Code.DOSE_REFERENCES,
        "a dose reference that the plan has",
        _dose_references,
    ),
    Rule(
        "complexity",
        "Table 14",
        tags.NUMBER_OF_POINTS,
        Code.TOO_COMPLEX,
        "at most 256, for Dynamic-MLC and IMAT 1000",
        _complexity,
    ),
    Rule(
        "licence",
        "Table 14, Note XVI",
        tags.POINTS,
        Code.NOT_LICENSED,
        "a kind of delivery that the linac is licensed for",
        _licence,
    ),
    Rule(
        "angle-ranges",
        "Table 14",
        tags.GANTRY,
        Code.OUT_OF_RANGE,
        "angles within the linac's ranges",
        _angle_ranges,
    ),
    Rule(
        "position-ranges",
        "Table 14",
        tags.POSITIONS,
        Code.OUT_OF_RANGE,
        "diaphragms and leaves within the linac's ranges",
        _position_ranges,
    ),
    Rule(
        "diaphragms",
        "Table 14",
        tags.POSITIONS,
        Code.OUT_OF_RANGE,
        "the first of a pair at or below the second",
        _jaws_crossed,
    ),
    Rule(
        "leaves",
        "Table 14",
        tags.POSITIONS,
        Code.LEAVES,
        "the first of a leaf pair at or below the second",
        _leaves_crossed,
    ),
)
