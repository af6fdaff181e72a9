"""A comparison as lines and rows, for people."""

from collections.abc import Iterator

from linacsim.review.compare.records import Comparison, Difference

HEADINGS = ("kind", "what", "control points", "time in B [s]", "B - A", "tolerance", "")
LEFT = ("kind", "what", "")


def lines(comparison: Comparison) -> Iterator[str]:
    """Yield what was compared."""
    for side, name, mu, wall_s in (
        ("A", comparison.a, comparison.mu_a, comparison.wall_a_s),
        ("B", comparison.b, comparison.mu_b, comparison.wall_b_s),
    ):
        yield f"{side}  {name}: {mu:.3f} MU in {wall_s:.3f} s"
    points = comparison.control_points.index
    if points:
        yield f"{len(points)} control points, from {points[0]} to {points[-1]}"


def plain_rows(comparison: Comparison) -> Iterator[tuple[str, ...]]:
    """Yield a row of texts for each difference."""
    for found in comparison.differences:
        yield (
            found.kind.value,
            found.subject,
            _span(found.from_cp, found.to_cp),
            _span(found.from_s, found.to_s),
            size(found),
            f"{found.tolerance:g} {_tolerance_unit(found)}",
            found.text,
        )


def verdict(comparison: Comparison) -> str:
    """Return the last line."""
    count = len(comparison.differences)
    if not count:
        return "same within the tolerances"
    return "1 difference" if count == 1 else f"{count} differences"


def size(found: Difference) -> str:
    """Return how much, with its unit; limits and rates are B's own value."""
    if found.is_value_of_b:
        return f"B: {found.size:.4g} {found.unit}"
    return f"{found.size:+.4g} {found.unit}"


def _tolerance_unit(found: Difference) -> str:
    return "s" if found.is_value_of_b else found.unit


def _span(first: float, last: float) -> str:
    return f"{first:.2f}" if last - first < 0.005 else f"{first:.2f} to {last:.2f}"
