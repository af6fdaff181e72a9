"""By how much a delivery may differ from its baseline."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from linacsim.review.tolerance_file import Value, tolerance_values

FILE = "tolerances.toml"


@dataclass(frozen=True, slots=True)
class Tolerances:
    """Values by their keys in the file, such as `figures.mu`."""

    values: dict[str, Value]

    def of(self, key: str) -> float:
        """Return a number by its key; 0 for a figure that only another version knows."""
        return float(self.values.get(key, 0.0))

    @property
    def must_be_identical(self) -> bool:
        """Whether frames must be the same bit by bit."""
        return bool(self.values["signals.must_be_identical"])


def load_tolerances(folder: Path | None = None) -> Tolerances:
    """Return the shipped tolerances, with those of the folder's file, if it has one, in place.

    Raises InputError that names the key where the file holds anything else, and OSError.
    """
    path = folder / FILE if folder and (folder / FILE).exists() else None
    return Tolerances(tolerance_values(default_text(), path, zero=True))


def default_text() -> str:
    """Return the shipped file, for people to start from."""
    return (files(__package__) / FILE).read_text(encoding="utf-8")
