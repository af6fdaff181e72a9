"""Where a beam has the things that may not be acted on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from linacsim.model.acquisition import Acquisition, AcquisitionParameters
from linacsim.model.beam import Beam
from linacsim.model.imaging import ImagingPoint


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Where something stands."""

    line: int = 0
    point: int | None = None


def _points(beam: Beam) -> tuple[ImagingPoint, ...]:
    return beam.imaging.points if beam.imaging else ()


def acquisitions(beam: Beam) -> Iterator[Occurrence]:
    """Find image acquisitions, each row of images once."""
    for point in _points(beam):
        for item in (*point.acquisitions, *point.starts):
            yield Occurrence(item.line)


def _parameters(beam: Beam) -> Iterator[tuple[Acquisition, AcquisitionParameters]]:
    for point in _points(beam):
        for item in (*point.acquisitions, *point.starts, *point.stops):
            if item.parameters is not None:
                yield item, item.parameters


def with_parameter(name: str) -> Callable[[Beam], Iterator[Occurrence]]:
    """Return a finder of acquisitions with a parameter."""

    def occurrences(beam: Beam) -> Iterator[Occurrence]:
        for item, parameters in _parameters(beam):
            if getattr(parameters, name) is not None:
                yield Occurrence(parameters.line or item.line)

    return occurrences


def with_member(*names: str) -> Callable[[Beam], Iterator[Occurrence]]:
    """Return a finder of imaging points with any of the members."""

    def occurrences(beam: Beam) -> Iterator[Occurrence]:
        for point in _points(beam):
            if any(getattr(point, name) is not None for name in names):
                yield Occurrence(point.line)

    return occurrences


def with_sparse(name: str) -> Callable[[Beam], Iterator[Occurrence]]:
    """Return a finder of control points that a sparse member names."""

    def occurrences(beam: Beam) -> Iterator[Occurrence]:
        for point in sorted(getattr(beam.control_points, name)):
            yield Occurrence(point=point)

    return occurrences


def kv_images(beam: Beam) -> Iterator[Occurrence]:
    """Find acquisitions with the kV beam."""
    for point in _points(beam):
        for item in (*point.acquisitions, *point.starts):
            if item.specs.kv or (item.parameters is not None and item.parameters.kv is not None):
                yield Occurrence(item.line)


def in_imaging(name: str) -> Callable[[Beam], Iterator[Occurrence]]:
    """Return a finder of a member of the imaging section."""

    def occurrences(beam: Beam) -> Iterator[Occurrence]:
        value = getattr(beam.imaging, name) if beam.imaging else None
        if isinstance(value, tuple):
            yield from (Occurrence(beam.imaging.line) for _ in value) if beam.imaging else ()
        elif value is not None and beam.imaging:
            yield Occurrence(getattr(value, "line", 0) or beam.imaging.line)

    return occurrences


def imaging_tolerances(beam: Beam) -> Iterator[Occurrence]:
    """Find tolerances of imaging arms and kV blades."""
    given = beam.imaging.tolerances if beam.imaging else None
    if beam.imaging and given is not None:
        for group in (given.mvd, given.kvd, given.kvs, given.kv_blades):
            if group is not None:
                yield Occurrence(beam.imaging.line)


def imaging_velocities(beam: Beam) -> Iterator[Occurrence]:
    """Find velocity limits of the 1.x imaging section."""
    for _ in beam.imaging.imaging_velocities if beam.imaging else ():
        yield Occurrence(beam.imaging.line if beam.imaging else 0)


def training(beam: Beam) -> Iterator[Occurrence]:
    """Find sub-beams that only train tracking."""
    for point, sub_beam in sorted(beam.control_points.sub_beam.items()):
        if sub_beam.tracking_training_only:
            yield Occurrence(point=point)


def of_beam(name: str) -> Callable[[Beam], Iterator[Occurrence]]:
    """Return a finder of a member of the beam."""

    def occurrences(beam: Beam) -> Iterator[Occurrence]:
        value = getattr(beam, name)
        if value:
            yield Occurrence(getattr(value, "line", 0))

    return occurrences
