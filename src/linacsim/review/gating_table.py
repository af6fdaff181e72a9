"""Figures of a gated delivery as rows for people."""

from collections.abc import Iterator

from linacsim.review.gating import GatingFigures, Latency, Spread

Row = tuple[str, str]


def gating_rows(figures: GatingFigures) -> Iterator[Row]:
    """Yield name and value of each figure; what there is nothing to take from is left out."""
    yield "delivery", f"{figures.delivery_s:.2f} s"
    if figures.planned_s is not None and figures.efficiency is not None:
        yield "planned without gate", f"{figures.planned_s:.2f} s"
        yield "efficiency", f"{100 * figures.efficiency:.1f} %"
    yield "beam allowed by the machine", f"{100 * figures.duty_cycle:.1f} % of the delivery"
    if figures.gate_duty_cycle is not None:
        yield "gate without delay", f"{100 * figures.gate_duty_cycle:.1f} % of the delivery"
    yield "holds", str(figures.holds)
    yield from _latency("beam-off latency", figures.beam_off_latency)
    yield from _latency("beam-on latency", figures.beam_on_latency)
    if figures.outside_mu is not None:
        yield "dose outside the gate", f"{figures.outside_mu:.2f} MU"
    yield from _spread("motion during dose", figures.residual)
    yield from _spread("motion all the while", figures.ungated)


def _latency(name: str, latency: Latency | None) -> Iterator[Row]:
    if latency is not None:
        told = f"mean {latency.mean_ms:.1f} ms, most {latency.most_ms:.1f} ms"
        yield name, f"{told} ({latency.count} edges)"


def _spread(name: str, spread: Spread | None) -> Iterator[Row]:
    if spread is not None:
        told = f"mean {10 * spread.mean_cm:.2f} mm, RMS {10 * spread.rms_cm:.2f} mm"
        yield name, f"{told}, 95 % below {10 * spread.p95_cm:.2f} mm"
