"""What is to be said of each case: the same as its baseline, changed, or not to be compared."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from linacsim.model.findings import InputError, os_reason
from linacsim.regress.baseline import Baseline
from linacsim.regress.cases import BASELINES, Case
from linacsim.regress.changes import Change, changes
from linacsim.regress.parallel import Result, Unusable
from linacsim.regress.store import OldBaseline, read_baseline
from linacsim.regress.tolerances import Tolerances


class Status(StrEnum):
    """How a case stands to its baseline."""

    SAME = "unchanged"
    WITHIN = "within tolerance"
    CHANGED = "changed"
    NEW = "no baseline"
    GONE = "gone"
    """A baseline whose case is not there any more."""
    OLD = "old baseline"
    """Of an older schema: nothing can be compared, but it may be written anew."""
    UNUSABLE = "unusable"
    """The case cannot be delivered, or its baseline is no baseline."""


FAILS = frozenset({Status.CHANGED, Status.GONE})
BAD = frozenset({Status.NEW, Status.OLD, Status.UNUSABLE})
"""Nothing to compare, or nothing to compare with."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One case, or one baseline without a case."""

    name: str
    baseline: Path
    status: Status
    changes: tuple[Change, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why nothing can be compared; and what else is worth knowing."""
    now: Baseline | None = None
    """What it was delivered as; None where it was not."""

    @property
    def beyond(self) -> tuple[Change, ...]:
        """Return the changes beyond tolerance."""
        return tuple(change for change in self.changes if change.beyond)


def verdict(case: Case, result: Result, tolerances: Tolerances) -> Verdict:
    """Hold what a case came to against its baseline."""
    if isinstance(result, Unusable):
        return Verdict(case.name, case.baseline, Status.UNUSABLE, reasons=result.reasons)
    try:
        before = read_baseline(case.baseline)
    except (InputError, OSError) as error:
        status = Status.OLD if isinstance(error, OldBaseline) else Status.UNUSABLE
        reason = str(error) if isinstance(error, InputError) else _told(error, case.baseline)
        return Verdict(case.name, case.baseline, status, reasons=(reason,), now=result)
    if before is None:
        reason = f"{case.baseline}: there is no such baseline yet: write it with --update"
        return Verdict(case.name, case.baseline, Status.NEW, reasons=(reason,), now=result)
    found = changes(before, result, tolerances)
    status = Status.WITHIN if found else Status.SAME
    if any(change.beyond for change in found):
        status = Status.CHANGED
    notes = _other_makers(before, result) if found else ()
    return Verdict(case.name, case.baseline, status, found, notes, result)


def gone(folder: Path, cases: Iterable[Case]) -> tuple[Verdict, ...]:
    """Return the baselines of a folder whose cases are not there any more."""
    known = {case.baseline for case in cases}
    out = []
    for path in sorted((folder / BASELINES).glob("*.toml")):
        if path in known:
            continue
        try:
            baseline = read_baseline(path)
        except OldBaseline:
            baseline = None
        except (InputError, OSError) as error:
            reason = str(error) if isinstance(error, InputError) else _told(error, path)
            out.append(Verdict(path.name, path, Status.UNUSABLE, reasons=(reason,)))
            continue
        source = baseline.source if baseline else path.stem
        reason = f"{path}: {source} is not there any more: --update removes its baseline"
        out.append(Verdict(source, path, Status.GONE, reasons=(reason,)))
    return tuple(out)


def _told(error: OSError, path: Path) -> str:
    return f"{error.filename or path}: {os_reason(error)}"


def _other_makers(before: Baseline, now: Baseline) -> tuple[str, ...]:
    """Say what else is not the same, where something changed."""
    return tuple(
        f"the baseline was made with {name} {before.made_by.get(name, 'unknown')}, this is {value}"
        for name, value in now.made_by.items()
        if before.made_by.get(name) != value
    )
