"""The fraction groups of a stored plan: each a beam sequence (Note V) and delivered by itself.

What is prescribed for a field is the same in all groups that have it (Note VI).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from linacsim.dicom.desktop_pro.prescription import Parameter
from linacsim.model.findings import InputError
from linacsim.scenario.fractions import Course


@dataclass(frozen=True, slots=True)
class StoredGroup:
    """One fraction group of a stored plan."""

    prescription: int
    """ID of the plan."""
    number: int
    """Fraction Group Number."""
    sequence: Mapping[str, Any]
    fields: tuple[Mapping[str, Any], ...]
    """In the order of delivery."""
    course: Course
    is_only: bool
    """Whether the plan has no other group."""

    @property
    def unprescribed(self) -> list[str]:
        """Names of what is to be filled in before it can be delivered."""
        return unprescribed(self.fields)

    @property
    def left_mu(self) -> float | None:
        """What is left of a fraction that was begun; None where none is."""
        if not self.course.begun:
            return None
        whole = sum(float(field["prescribed"][Parameter.METERSET]) for field in self.fields)
        return max(whole - self.course.begun_mu, 0.0)

    def plan_name(self) -> str:
        """Return a name for the plan as it is delivered, one that no delivery before had."""
        group = "" if self.is_only else f"_group{self.number}"
        return self.course.plan_name(f"prescription{self.prescription}{group}")

    def record(self) -> dict[str, Any]:
        """Return its sequence and its state as plain data."""
        return dict(self.sequence) | {
            "unprescribed": self.unprescribed,
            "fractions_delivered": self.course.fraction - 1,
            "left_mu": self.left_mu,
        }


def unprescribed(fields: "tuple[Mapping[str, Any], ...] | list[Mapping[str, Any]]") -> list[str]:
    """Return the names of what is to be filled in of any of the fields."""
    return sorted({name for field in fields for name in field["unprescribed"]})


def groups_of(stored: Mapping[str, Any]) -> tuple[StoredGroup, ...]:
    """Return the fraction groups of a stored plan in its order."""
    fields = {field["number"]: field for field in stored["fields"]}
    return tuple(
        StoredGroup(
            stored["id"],
            sequence["fraction_group"],
            sequence,
            tuple(fields[number] for number in sequence["fields"]),
            Course.of(_deliveries(stored, sequence["fraction_group"])),
            is_only=len(stored["sequences"]) == 1,
        )
        for sequence in stored["sequences"]
    )


def group_of(stored: Mapping[str, Any], number: int | None) -> StoredGroup:
    """Return the fraction group of a number, or the first. Raises InputError."""
    groups = groups_of(stored)
    found = next((one for one in groups if number in (None, one.number)), None)
    if found is None:
        known = ", ".join(str(one.number) for one in groups)
        raise InputError(
            f"prescription {stored['id']} has no fraction group {number}; it has {known}"
        )
    return found


def _deliveries(stored: Mapping[str, Any], group: int) -> list[Mapping[str, Any]]:
    return [one for one in stored["deliveries"] if one["fraction_group"] == group]
