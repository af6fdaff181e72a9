"""Figures of a gated delivery as rows for people."""

from collections.abc import Iterator

from linacsim.review.gating import GatingFigures, Latency, Spread

HEADINGS = ("figure", "value", "RMS", "95 %", "most", "of")
_MM_PER_CM = 10

Row = tuple[str, ...]
"""A text for each heading; empty where it does not apply. A value of many is their mean."""


def gating_rows(figures: GatingFigures) -> Iterator[Row]:
    """Yield a row for each figure; what there is nothing to take from is left out."""
    yield _single("delivery", f"{figures.delivery_s:.2f} s")
    if figures.planned_s is not None:
        yield _single("planned without gate", f"{figures.planned_s:.2f} s")
    if figures.efficiency is not None:
        yield _single(
            "efficiency", f"{100 * figures.efficiency:.1f} %", "planned of delivered time"
        )
    yield _single(
        "beam allowed by the machine", f"{100 * figures.duty_cycle:.1f} %", "the delivery"
    )
    if figures.gate_duty_cycle is not None:
        yield _single(
            "gate without delay", f"{100 * figures.gate_duty_cycle:.1f} %", "the delivery"
        )
    yield _single("holds", str(figures.holds))
    yield from _latency("beam-off latency", figures.beam_off_latency)
    yield from _latency("beam-on latency", figures.beam_on_latency)
    if figures.outside_mu is not None:
        yield _single("dose outside the gate", f"{figures.outside_mu:.2f} MU")
    yield from _spread("motion during dose", figures.residual)
    yield from _spread("motion all the while", figures.ungated)


def _single(name: str, value: str, of: str = "") -> Row:
    return name, value, "", "", "", of


def _latency(name: str, found: Latency | None) -> Iterator[Row]:
    if found is not None:
        edges = f"{found.count} edge{'s' if found.count > 1 else ''}"
        times = (found.mean_ms, found.rms_ms, found.p95_ms, found.most_ms)
        yield name, *(f"{time:.1f} ms" for time in times), edges


def _spread(name: str, found: Spread | None) -> Iterator[Row]:
    if found is not None:
        lengths = (found.mean_cm, found.rms_cm, found.p95_cm, found.most_cm)
        yield name, *(f"{_MM_PER_CM * length:.2f} mm" for length in lengths), ""
