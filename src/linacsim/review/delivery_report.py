"""The report of one delivery, or of several, as a page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from linacsim.model.findings import InputError
from linacsim.review.compare import table as compare_table
from linacsim.review.figures import FIGURES, Subject, figure_svg, origin
from linacsim.review.log_check import LogCheck
from linacsim.review.metrics import Metrics
from linacsim.review.metrics import table as metrics_table
from linacsim.review.report import (
    Block,
    Facts,
    Heading,
    Mood,
    Notice,
    Page,
    Picture,
    Section,
    Table,
    Text,
)


@dataclass(frozen=True, slots=True)
class Reported:
    """A delivery and what the invariants say of it."""

    subject: Subject
    check: LogCheck | None = None
    """None where they were not asked, or could not judge."""
    unchecked: str = ""
    """Why not."""


def delivery_page(
    deliveries: Sequence[Reported],
    provenance: Sequence[tuple[str, str]] = (),
    unusable: Sequence[str] = (),
) -> Page:
    """Return the page of one delivery or more; `unusable` tells which are missing, and why.

    Raises InputError where one cannot be measured or compared, or where matplotlib is missing.
    """
    if len(deliveries) == 1:
        (one,) = deliveries
        recording = one.subject.recording
        beam = f", beam {recording.beam}" if recording.beam else ""
        return Page(
            title="Delivery report",
            subtitle=f"{recording.name}{beam}: {origin(recording)}",
            notices=(*_notices(one), *_missing(unusable)),
            sections=tuple(
                Section(title, tuple(blocks), anchor=title) for title, blocks in _parts(one)
            ),
            provenance=provenance,
        )
    return Page(
        title=f"Report of {len(deliveries)} deliveries",
        subtitle=", ".join(one.subject.recording.name for one in deliveries),
        notices=tuple(_missing(unusable)),
        sections=(
            Section("Overview", (_overview(deliveries),)),
            *(_chapter(number, one) for number, one in enumerate(deliveries, start=1)),
        ),
        provenance=provenance,
    )


def _chapter(number: int, one: Reported) -> Section:
    blocks: list[Block] = list(_notices(one))
    for title, part in _parts(one):
        blocks += [Heading(title), *part]
    return Section(f"{number}. {one.subject.recording.name}", blocks, f"delivery-{number}")


def _missing(unusable: Sequence[str]) -> Iterator[Notice]:
    yield from (Notice(f"Not in this report: {why}", Mood.BAD) for why in unusable)


def _overview(deliveries: Sequence[Reported]) -> Table:
    rows = []
    for number, one in enumerate(deliveries, start=1):
        measured = one.subject.metrics
        leaves = [axis.error for axis in measured.axes if axis.name.startswith("leaf")]
        rows.append(
            (
                f"{number}. {measured.name}",
                origin(one.subject.recording),
                f"{measured.mu.actual:.2f}",
                f"{measured.times.wall_s:.2f}",
                f"{measured.times.beam_on_s:.2f}",
                str(len(measured.holds)),
                f"{10 * max((error.rms for error in leaves), default=0.0):.4f}",
                "-" if one.subject.against is None else _verdict(one.subject),
                _rules(one),
            )
        )
    headings = (
        "delivery",
        "kind",
        "MU",
        "time [s]",
        "beam on [s]",
        "holds",
        "worst leaf RMS [mm]",
        "against reference",
        "invariants",
    )
    return Table(headings, rows, left=("delivery", "kind", "against reference", "invariants"))


def _verdict(subject: Subject) -> str:
    return compare_table.verdict(subject.comparison)


def _rules(one: Reported) -> str:
    if one.check is None:
        return "not judged"
    broken = len(one.check.violations)
    return "kept" if not broken else f"{broken} broken"


def _notices(one: Reported) -> Iterator[Notice]:
    subject, measured = one.subject, one.subject.metrics
    if subject.recording.emulated and not subject.recording.planned:
        yield Notice("Emulated: made by an emulator, not by a machine.")
    if subject.against is not None:
        same = subject.comparison.same
        text = f"Against {subject.against.name}: {_verdict(subject)}."
        yield Notice(text, Mood.GOOD if same else Mood.BAD)
    if one.check is not None:
        if one.check.keeps:
            yield Notice("Keeps all rules of the independent check.", Mood.GOOD)
        else:
            count = len(one.check.violations)
            yield Notice(f"Breaks rules of the independent check: {count} found.", Mood.BAD)
    if measured.complete is False:
        planned = "" if measured.mu.planned is None else f" of {measured.mu.planned:.2f}"
        yield Notice(f"Not complete: {measured.mu.actual:.2f}{planned} MU were given.", Mood.BAD)
    if measured.truncated:
        yield Notice("The log says that it is truncated: its end is missing.", Mood.BAD)


def _parts(one: Reported) -> Iterator[tuple[str, list[Block]]]:
    """Yield titles and what stands below them, in order."""
    subject = one.subject
    yield "Summary", [Facts(list(metrics_table.lines(subject.metrics)))]
    if subject.against is not None:
        yield "Differences from the reference", list(_differences(subject))
    yield "Over time", [_picture("over-time", subject)]
    yield "Time line and holds", [_picture("time-line", subject), *_holds(subject.metrics)]
    yield (
        "Control points",
        [_picture("control-points", subject), _points(subject.metrics)],
    )
    yield (
        "Errors",
        [
            _axes(subject.metrics),
            _picture("leaf-errors", subject),
            _picture("histograms", subject),
            _leaves(subject.metrics),
        ],
    )
    yield "Speeds", [_picture("speeds", subject)]
    yield "Fluence and gamma", [_picture("fluence", subject), _picture("gamma", subject)]
    yield "Independent check", list(_checked(one))


def _picture(name: str, subject: Subject) -> Block:
    """Return a figure, or the reason why there is none."""
    try:
        return Picture(figure_svg(name, subject), FIGURES[name].caption)
    except InputError as error:
        return Text(f"No figure: {error}.")


def _differences(subject: Subject) -> Iterator[Block]:
    comparison = subject.comparison
    yield from (Text(line) for line in compare_table.lines(comparison))
    if comparison.differences:
        rows = tuple(compare_table.plain_rows(comparison))
        yield Table(compare_table.HEADINGS, rows, left=compare_table.LEFT)
    else:
        yield Text("Nothing differs by more than the tolerances.")
    yield from (Notice(note) for note in comparison.notes)


def _holds(metrics: Metrics) -> Iterator[Block]:
    if not metrics.holds:
        yield Text("No hold or interruption.")
        return
    rows = [
        (f"{h.start_s:.2f}", f"{h.length_s:.2f}", f"{h.cp:.2f}", f"{h.mu:.2f}", h.cause)
        for h in metrics.holds
    ]
    headings = ("start [s]", "length [s]", "control point", "MU", "cause")
    yield Table(headings, rows, left=("cause",), caption="Holds and interruptions")


def _points(metrics: Metrics) -> Table:
    points = metrics.control_points
    rows = [
        (str(k), f"{time_s:.3f}", f"{mu:.3f}")
        for k, time_s, mu in zip(points.index, points.since_start_s, points.mu, strict=True)
    ]
    headings = ("control point", "since first step [s]", "MU")
    return Table(headings, rows, caption="Times and MU at control points", folded=True)


def _axes(metrics: Metrics) -> Table:
    return Table(
        metrics_table.HEADINGS,
        tuple(metrics_table.plain_rows(metrics)),
        left=metrics_table.HEADINGS[:2],
        caption="Actual minus expected, in the unit of each axis; speeds and travel as expected",
    )


def _leaves(metrics: Metrics) -> Table:
    rows = [
        (
            axis.name,
            *(
                f"{10 * figure:z.4f}"
                for figure in (axis.error.mean, axis.error.rms, axis.error.p95, axis.error.max)
            ),
            f"{axis.travel:.2f}",
            str(axis.reversals),
        )
        for axis in metrics.axes
        if axis.name.startswith("leaf")
    ]
    headings = (
        "leaf",
        "mean [mm]",
        "RMS [mm]",
        "95 % [mm]",
        "max [mm]",
        "travel [cm]",
        "reversals",
    )
    return Table(headings, rows, left=("leaf",), caption="Errors of each leaf", folded=True)


def _checked(one: Reported) -> Iterator[Block]:
    if one.check is None:
        yield Text(f"Not judged: {one.unchecked}." if one.unchecked else "Not judged.")
        return
    yield Text(
        f"Held against the limits of {one.check.machine}, snapshot by snapshot: no dose while "
        "held, no limit of speed or acceleration broken, nothing missing."
    )
    if one.check.violations:
        rows = [
            (
                str(found.rule),
                found.axis or "beam",
                f"{found.time_s:.2f}",
                f"{found.value:.5g}",
                f"{found.limit:.5g}",
                str(found.count),
            )
            for found in one.check.violations
        ]
        headings = ("rule", "axis", "first at [s]", "found", "allowed", "snapshots")
        yield Table(headings, rows, left=("rule", "axis"))
    else:
        yield Text("All rules are kept.")
    yield from (Notice(note) for note in one.check.notes)
