"""What figures and reports are about: a delivery, its machine, and what it is held against."""

from dataclasses import dataclass, field
from functools import cached_property

from linacsim.machines.spec import MachineSpec
from linacsim.model.findings import InputError, Place
from linacsim.review.compare import Comparison, compare
from linacsim.review.compare.tolerances import Tolerances
from linacsim.review.course import Course
from linacsim.review.fluence import (
    DEFAULT_PIXEL_MM,
    Criteria,
    Fluence,
    Gamma,
    Side,
    fluence_of,
    gamma_index,
)
from linacsim.review.metrics import Metrics, measure
from linacsim.review.recording import Recording, delivery_of


class NothingToShow(InputError):
    """The delivery has not got what a figure is about; it is sound all the same."""

    def __init__(self, why: str, subject: "Subject") -> None:
        """Say why, and of which delivery."""
        super().__init__(why, Place(file=subject.recording.name))


@dataclass(frozen=True)
class Subject:
    """One delivery; everything about it is worked out once, when it is first asked for."""

    whole: Recording
    """With what came before and after, where it is of frames."""
    machine: MachineSpec | None = None
    against: Recording | None = None
    """The reference it is compared with: a plan, a log or a run."""
    tolerances: Tolerances | None = None
    """Of that comparison; None: the shipped ones."""
    pixel_mm: float = DEFAULT_PIXEL_MM
    criteria: Criteria = field(default_factory=Criteria)

    @cached_property
    def recording(self) -> Recording:
        """The delivery; InputError where there is none, or several."""
        return delivery_of(self.whole)

    @cached_property
    def course(self) -> Course:
        """Its course along the control points."""
        return Course(self.recording)

    @cached_property
    def metrics(self) -> Metrics:
        """What is measured of it."""
        return measure(self.whole, self.machine)

    @cached_property
    def comparison(self) -> Comparison:
        """How it differs from `against`, which is A; InputError where there is nothing."""
        if self.against is None:
            raise InputError("there is nothing to compare with: name it with --against")
        return compare(self.against, self.whole, self.tolerances, self.machine)

    @cached_property
    def fluences(self) -> tuple[Fluence, Fluence]:
        """The map of reference and the map that is held against it.

        They are what was expected and what was actually there; or, where there is an `against`,
        what was actually there in both.
        """
        if self.machine is None:
            raise InputError(
                f"no shipped machine has the MLC {self.recording.mlc_model or 'of this log'}, so "
                "the widths of its leaves are not known: name one with --machine",
                Place(file=self.recording.name),
            )
        if self.against is None:
            return self._fluence(self.recording, Side.EXPECTED), self._fluence(
                self.recording, Side.ACTUAL
            )
        return self._fluence(self.against, Side.ACTUAL), self._fluence(self.recording, Side.ACTUAL)

    @cached_property
    def gamma(self) -> Gamma:
        """Gamma of the two maps."""
        return gamma_index(*self.fluences, self.criteria)

    def _fluence(self, recording: Recording, side: Side) -> Fluence:
        assert self.machine is not None
        return fluence_of(recording, self.machine, side, self.pixel_mm)


def origin(recording: Recording) -> str:
    """Return what kind of thing a recording is, in words."""
    if recording.planned:
        return "plan, not delivered"
    return "emulated delivery" if recording.emulated else "log of a real machine"
