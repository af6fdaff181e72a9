"""Verdicts as a page that opens from disk."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from linacsim import __version__
from linacsim.regress.rows import HEADINGS, change_row, headline, summary
from linacsim.regress.tolerances import Tolerances
from linacsim.regress.verdicts import BAD, FAILS, Status, Verdict
from linacsim.review.report import Block, Mood, Notice, Page, Section, Table, Text

_LEFT = ("case", "status", "what", "difference", "tolerance", "")


def page(
    folder: Path, verdicts: Sequence[Verdict], seconds: Mapping[str, float], allowed: Tolerances
) -> Page:
    """Return the page; `seconds` is how long each case took."""
    good = all(v.status not in FAILS | BAD for v in verdicts)
    told = [verdict for verdict in verdicts if verdict.status is not Status.SAME]
    return Page(
        title=f"Regression of {folder.resolve().name}",
        subtitle=f"{len(verdicts)} cases against their baselines",
        notices=[Notice(summary(verdicts), Mood.GOOD if good else Mood.BAD)],
        sections=[
            Section("Cases", [_overview(verdicts, seconds)]),
            *(Section(verdict.name, _blocks(verdict)) for verdict in told),
            Section("Tolerances", [_tolerances(allowed)]),
        ],
        provenance=[("folder", str(folder)), ("linacsim", __version__)],
    )


def _overview(verdicts: Sequence[Verdict], seconds: Mapping[str, float]) -> Table:
    return Table(
        headings=("case", "status", "differences", "beyond", "time [s]"),
        rows=[
            (
                verdict.name,
                verdict.status.value,
                str(len(verdict.changes)),
                str(len(verdict.beyond)),
                f"{seconds[verdict.name]:.2f}" if verdict.name in seconds else "",
            )
            for verdict in verdicts
        ],
        left=_LEFT,
    )


def _blocks(verdict: Verdict) -> list[Block]:
    mood = Mood.NOTE if verdict.status is Status.WITHIN else Mood.BAD
    blocks: list[Block] = [Notice(headline(verdict), mood)]
    blocks += [Text(reason) for reason in verdict.reasons]
    if verdict.changes:
        rows = [change_row(change) for change in verdict.changes]
        blocks.append(Table(headings=HEADINGS, rows=rows, left=_LEFT))
    return blocks


def _tolerances(allowed: Tolerances) -> Table:
    rows = [(key, str(value)) for key, value in allowed.values.items()]
    return Table(("key", "tolerance"), rows, ("key",), "Tolerances of this run", folded=True)
