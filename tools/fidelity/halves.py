"""A machine fitted to some of the logs predicts another one.

Logs of one MLC are taken as those of one machine. Numbers that the fit cannot tell are those of a
base: the shipped machine, or one whose every speed, acceleration and lag is off by 15 %, so that
nothing but the logs can have told what is right.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from tools.fidelity.cases import ABORTED, CASES, Case, measured
from tools.fidelity.compare import Compared
from tools.fit_machine.fit import fit_machine
from tools.fit_machine.write import Fit, base_table, machine_file

OFF = 0.85
_SPOILED = ("max_speed", "max_accel", "brake_decel", "lag_s")


@dataclass(frozen=True, slots=True)
class Half:
    """Logs that are fitted and the one that is predicted."""

    predicted: Case
    logs: tuple[str, ...]
    told_by: str


HALVES = (
    Half(CASES[0], (CASES[1].log, ABORTED), "jaw-tracking arc, kV rotation"),
    Half(CASES[1], (CASES[0].log, ABORTED), "MLC-speed arc, kV rotation"),
    Half(CASES[2], (CASES[3].log, CASES[4].log), "two fields, static field"),
    Half(CASES[3], (CASES[2].log, CASES[4].log), "picket fence, static field"),
)


@dataclass(frozen=True, slots=True)
class Prediction:
    """How well a half predicts."""

    half: Half
    told: int
    """Numbers that the fit tells."""
    shipped: Compared
    """With the shipped machine for all others."""
    spoiled: Compared
    """With a machine for all others that is off by 15 %."""


def predicted(half: Half, data: Path) -> Prediction:
    """Fit one half, emulate the other log, compare."""
    fit = fit_machine([data / "logs" / name for name in half.logs], energy="6x")
    compared = [
        measured(half.predicted, data, machine_of(fit, spoiled=spoiled))
        for spoiled in (False, True)
    ]
    return Prediction(half, len(fit.found), compared[0], compared[1])


def machine_of(fit: Fit, *, spoiled: bool) -> MachineSpec:
    """Return the fitted machine on its base, or on one whose numbers are off."""
    text = machine_file(fit, "fitted")
    with tempfile.TemporaryDirectory() as folder:
        if spoiled:
            (Path(folder) / "spoiled.toml").write_text(_spoiled(fit.base), encoding="utf-8")
            text = text.replace(f'extends = "{fit.base}"', 'extends = "spoiled.toml"')
        path = Path(folder) / "fitted.toml"
        path.write_text(text, encoding="utf-8")
        return load_machine(path)


def _spoiled(base: str) -> str:
    lines = ["schema = 1", f'extends = "{base}"', 'name = "spoiled"', 'title = "Spoiled"']
    for section, numbers in base_table(base).numbers.items():
        if not section.startswith("axis."):
            continue
        lines.append(f"[{section}]")
        for key, entry in numbers.items():
            if key.startswith(_SPOILED):
                lines.append(f'{key} = {{ value = {OFF * entry.value}, source = "off by 15 %" }}')
    return "\n".join(lines)
