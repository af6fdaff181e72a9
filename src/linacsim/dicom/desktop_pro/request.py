"""A plan that came in, with what its rules look at again and again worked out once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from linacsim.dicom.desktop_pro import tags
from linacsim.dicom.desktop_pro.console import Console, Linac, Mask, Patient
from linacsim.dicom.desktop_pro.data import Data, Elements
from linacsim.dicom.desktop_pro.points import Points, read_points
from linacsim.model.arrays import Floats
from linacsim.model.rt_plan import mu_at
from linacsim.planning.fields.metersets import rounded

MU_STEP = 0.1
"""Resolution of the meterset (Note X)."""


class Beam:
    """One item of the Beam Sequence."""

    def __init__(self, data: Data, console: Console, meterset: float | None) -> None:
        """Take the item and its MU; None where no fraction group states them."""
        self.data = data
        self.number = data.integer(tags.BEAM_NUMBER) or 0
        self.radiation = data.text(tags.RADIATION)
        self.linac: Linac | None = console.linac(data.text(tags.MACHINE))
        self.meterset = meterset

    @cached_property
    def points(self) -> Points:
        """Its control points."""
        return read_points(self.data)

    @cached_property
    def mu(self) -> Floats | None:
        """(n,) MU at the control points, rounded to 0.1 (Note X); None where UNPRESCRIBED."""
        weight = np.nan_to_num(self.points.values["weight"])
        if self.meterset is None or not weight.any():
            return None
        return rounded(mu_at(weight, self.meterset), MU_STEP)


@dataclass(frozen=True)
class Request:
    """A plan with what it is held against."""

    plan: Data
    console: Console
    masks: frozenset[Mask] = frozenset()
    patient: Patient | None = None
    """What is known of the patient with the plan's ID; None for a new one."""

    @cached_property
    def patient_id(self) -> str:
        """ID of the patient."""
        return self.plan.text(tags.PATIENT_ID)

    @cached_property
    def groups(self) -> list[Data]:
        """Items of the Fraction Group Sequence."""
        return self.plan.items(tags.GROUPS)

    @cached_property
    def references(self) -> list[Data]:
        """Items of all Referenced Beam Sequences."""
        return [item for group in self.groups for item in group.items(tags.REFERENCED_BEAMS)]

    @cached_property
    def metersets(self) -> Mapping[int, float]:
        """MU by beam number, where every group that has the beam states them (Note VII)."""
        out: dict[int, float] = {}
        unprescribed = set()
        for reference in self.references:
            number = reference.integer(tags.REFERENCED_BEAM)
            meterset = reference.number(tags.METERSET)
            if number is None:
                continue
            if meterset is None:
                unprescribed.add(number)
            else:
                out.setdefault(number, meterset)
        return {number: mu for number, mu in out.items() if number not in unprescribed}

    @cached_property
    def beam_doses_gy(self) -> Mapping[int, float]:
        """Beam Dose by beam number, where a group states it (Note VI)."""
        found = (
            (reference.integer(tags.REFERENCED_BEAM), reference.number(tags.BEAM_DOSE))
            for reference in self.references
        )
        return {number: gy for number, gy in found if number is not None and gy is not None}

    @cached_property
    def beams(self) -> list[Beam]:
        """The beams, in the order of the plan."""
        return [
            Beam(item, self.console, self.metersets.get(item.integer(tags.BEAM_NUMBER) or 0))
            for item in self.plan.items(tags.BEAMS)
        ]

    def numbers(self, sequence: int, number: int) -> list[int]:
        """Return the numbers that the items of a sequence have."""
        found = (item.integer(number) for item in self.plan.items(sequence))
        return [one for one in found if one is not None]

    @classmethod
    def of(
        cls,
        elements: Elements,
        console: Console,
        masks: frozenset[Mask] = frozenset(),
        patient: Patient | None = None,
    ) -> "Request":
        """Return the request of a plan's elements."""
        return cls(Data(elements), console, masks, patient)
