"""A comparison as one page."""

from collections.abc import Iterator

from linacsim.review.compare.pair import Pair
from linacsim.review.compare.picture import positions_picture, rates_picture, times_picture
from linacsim.review.compare.records import Comparison
from linacsim.review.compare.table import HEADINGS, LEFT, lines, plain_rows, verdict
from linacsim.review.report import Block, Facts, Mood, Notice, Page, Picture, Section, Table, Text


def comparison_page(
    comparison: Comparison, pair: Pair, provenance: tuple[tuple[str, str], ...] = ()
) -> Page:
    """Return the page of a comparison of what is side by side in `pair`.

    Raises InputError where matplotlib is missing.
    """
    return Page(
        title="Comparison of two deliveries",
        subtitle=f"A: {comparison.a}; B: {comparison.b}",
        notices=(Notice(verdict(comparison), Mood.GOOD if comparison.same else Mood.BAD),),
        sections=(
            Section("What differs", tuple(_found(comparison))),
            Section("Time and dose rate", tuple(_times(comparison, pair))),
            Section("Positions", tuple(_positions(comparison, pair))),
            Section("Tolerances", (_tolerances(comparison),)),
        ),
        provenance=provenance,
    )


def _found(comparison: Comparison) -> Iterator[Block]:
    yield from (Text(line) for line in lines(comparison))
    if comparison.differences:
        yield Table(HEADINGS, tuple(plain_rows(comparison)), left=LEFT)
    else:
        yield Text("Nothing differs by more than the tolerances.")
    yield from (Notice(note) for note in comparison.notes)


def _times(comparison: Comparison, pair: Pair) -> Iterator[Block]:
    points = comparison.control_points
    if points.index:
        yield Picture(
            times_picture(comparison),
            "By how much B reaches each control point later than A; the band is the tolerance.",
        )
    yield Picture(
        rates_picture(pair),
        "Expected rates of A (solid) and B (dashed) at the same control points, holds left out.",
    )
    yield Table(
        ("control point", "A [s]", "B [s]", "B - A [s]", "without holds [s]"),
        tuple(
            (str(k), f"{t_a:.3f}", f"{t_b:.3f}", f"{t_b - t_a:+.3f}", f"{rest:+.3f}")
            for k, t_a, t_b, rest in zip(
                points.index, points.a_s, points.b_s, points.without_holds_s, strict=True
            )
        ),
        caption="Times at control points",
        folded=True,
    )


def _positions(comparison: Comparison, pair: Pair) -> Iterator[Block]:
    drawn = positions_picture(pair, comparison)
    if drawn is not None:
        yield Picture(drawn, "B minus A at the same control points, of the axes that differ most.")
    yield Table(
        ("axis", "unit", "expected", "tolerance", "following", "tolerance "),
        tuple(
            (
                extreme.axis,
                extreme.unit,
                f"{extreme.expected:+.4f}",
                f"{extreme.tolerance_expected:g}",
                f"{extreme.actual:+.4f}",
                f"{extreme.tolerance_actual:g}",
            )
            for extreme in comparison.extremes
        ),
        left=("axis", "unit"),
        caption="Greatest difference of each axis, B minus A",
        folded=True,
    )


def _tolerances(comparison: Comparison) -> Facts:
    return Facts([(key, f"{value}") for key, value in comparison.tolerances.items()])
