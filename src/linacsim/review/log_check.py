"""A trajectory log held against the limits of its machine, by the independent eye.

Definitions and tolerances: docs/reference/invariants.md.
"""

from dataclasses import dataclass
from math import isnan

from linacsim.formats.trajectory_log import TrajectoryLog, read_companion
from linacsim.invariants import LogColumns, Violation, judge_log
from linacsim.machines.spec import MachineSpec
from linacsim.model.axes import Axis
from linacsim.model.findings import InputError, Place
from linacsim.review.recording import Recording, of_log


@dataclass(frozen=True, slots=True)
class LogCheck:
    """What one log breaks."""

    name: str
    machine: str
    energy: str
    """As the log, its companion or the user says; empty: unknown."""
    rows: int
    length_s: float
    violations: tuple[Violation, ...]
    notes: tuple[str, ...]
    """What could not be judged."""

    @property
    def keeps(self) -> bool:
        """Whether no rule is broken."""
        return not self.violations

    def as_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        return {
            "name": self.name,
            "machine": self.machine,
            "energy": self.energy or None,
            "rows": self.rows,
            "length_s": self.length_s,
            "keeps_all_rules": self.keeps,
            "violations": [
                {
                    "rule": str(found.rule),
                    "axis": found.axis,
                    "snapshot": found.tick,
                    "time_s": found.time_s,
                    "value": None if isnan(found.value) else found.value,
                    "allowed": None if isnan(found.limit) else found.limit,
                    "snapshots": found.count,
                }
                for found in self.violations
            ],
            "notes": list(self.notes),
        }


def told(found: Violation) -> str:
    """Return one line for people; what was judged by snapshot is told by snapshot."""
    where = f" {found.axis}" if found.axis else ""
    what = "no number" if isnan(found.value) else f"{found.value:.6g}, allowed {found.limit:.6g}"
    more = f", {found.count} snapshots" if found.count > 1 else ""
    return f"{found.rule}:{where} {what}, at {found.time_s:.3f} s (snapshot {found.tick}{more})"


def check_log(log: TrajectoryLog, machine: MachineSpec, energy: str | None = None) -> LogCheck:
    """Return what the log of this machine breaks.

    The energy is by default the one that the log's metadata or companion text names. Raises
    InputError where log and machine do not belong together or the log cannot be judged at all.
    """
    recording = of_log(log, only_numbers=False)
    _belong_together(recording, machine, log)
    beam, notes = _energy(log, machine, energy)
    if recording.isocentric_couch:
        notes += ("couch range is not judged: the log states the couch about the isocentre",)
    return LogCheck(
        name=recording.name,
        machine=machine.name,
        energy=beam,
        rows=len(recording),
        length_s=float(recording.time_s[-1]),
        violations=judge_log(machine, columns_of(recording), beam),
        notes=notes,
    )


def columns_of(recording: Recording) -> LogColumns:
    """Return the columns that the eye judges."""
    expected, actual = recording.expected, recording.actual
    if recording.isocentric_couch:
        expected, actual = expected.copy(), actual.copy()
        for side in (expected, actual):
            side[:, Axis.COUCH_VRT : Axis.COUCH_ROL + 1] = float("nan")
    planned = sum(field.planned_mu for field in recording.subbeams)
    return LogColumns(
        interval_ms=recording.interval_ns / 1e6,
        expected=expected,
        actual=actual,
        mu_expected=recording.mu_expected,
        mu_actual=recording.mu_actual,
        hold_expected=recording.hold_expected,
        hold_actual=recording.hold_actual,
        cp=recording.cp,
        planned_mu=planned if recording.subbeams else None,
    )


def _belong_together(recording: Recording, machine: MachineSpec, log: TrajectoryLog) -> None:
    place = Place(file=str(log.path)) if log.path else Place()
    if recording.mlc_model != machine.mlc.model:
        raise InputError(
            f"the log is of a machine with MLC {recording.mlc_model}, {machine.name} has "
            f"{machine.mlc.model}: name a machine of that MLC",
            place,
        )
    if recording.layout.n_axes != machine.layout.n_axes:
        raise InputError(
            f"the log has {recording.layout.leaf_pairs} leaf pairs, {machine.name} has "
            f"{machine.layout.leaf_pairs}",
            place,
        )


def _energy(
    log: TrajectoryLog, machine: MachineSpec, wanted: str | None
) -> tuple[str, tuple[str, ...]]:
    named = wanted if wanted is not None else _stated_energy(log)
    if not named:
        return "", ("energy unknown: the dose rate is not held against its maximum",)
    known = {name.lower(): name for name in machine.energies}
    found = known.get(named.lower())
    if found is not None:
        return found, ()
    told = f"{machine.name} has no energy {named!r}"
    if wanted is not None:
        raise InputError(f"{told}: use one of {', '.join(machine.energies)}")
    return "", (f"{told}: the dose rate is not held against its maximum",)


def _stated_energy(log: TrajectoryLog) -> str:
    named = log.header.metadata.get("Energy", "")
    if not named and log.path is not None:
        named = read_companion(log.path).get("Energy", "")
    return named.strip()
