"""Latency from sensor to hold, measured by running a scenario live or headless."""

from collections.abc import Callable

import numpy as np

from linacsim.engines.keep import KeepFrames
from linacsim.model.arrays import Ints
from linacsim.model.findings import InputError, Place
from linacsim.model.signals import State
from linacsim.model.time import TICK_NS
from linacsim.review.latency import Heard, LatencyFigures, latency_figures, line_figures
from linacsim.scenario.live import live_engine
from linacsim.scenario.running import Prepared, Report, headless, run_scenario
from linacsim.scenario.told import Overheard

Tell = Callable[[str], None]


def measure_latency(
    prepared: Prepared,
    *,
    realtime: bool,
    ask_system: bool = False,
    tell: Tell = lambda _line: None,
) -> LatencyFigures:
    """Run a scenario and follow each closing of its gate, or each hold of its gate boxes.

    Raises InputError for a scenario without either, or in which none comes during delivery.
    """
    heard, kept, late_ns = Heard(), KeepFrames(), None
    if realtime:
        with live_engine(prepared, ask_system=ask_system, tell=tell) as engine:
            overheard = Overheard(engine, heard.record)
            report = run_scenario(prepared, sinks=(kept,), engine=overheard)
            late_ns = _late(engine.late_ns(), engine.options.period_ns)
    else:
        overheard = Overheard(headless(prepared), heard.record)
        report = run_scenario(prepared, sinks=(kept,), engine=overheard)
    result = report.outcome.result
    if result.state is not State.COMPLETE:
        tell(f"the run ended {result.state.name} after {result.simulated_s:.1f} s")
    return _figures(prepared, report, heard, kept, late_ns, tell)


def _figures(
    prepared: Prepared,
    report: Report,
    heard: Heard,
    kept: KeepFrames,
    late_ns: Ints | None,
    tell: Tell,
) -> LatencyFigures:
    place, state = Place(str(prepared.path)), kept.column("state")
    gating, lines = report.gating, heard.lines()
    if gating is not None and gating.gate is not None:
        if gating.truth:
            tell(f"edges are those of {gating.truth}")
        figures = latency_figures(gating.gate, heard.samples(), state, late_ns)
    elif len(lines):
        figures = line_figures(lines, state, late_ns)
    else:
        told = "nothing to measure: the scenario needs motion and a gated beam, or a gate box"
        raise InputError(told, place)
    if not figures.edges:
        told = "nothing to measure: the gate never closed during the delivery"
        raise InputError(told, place)
    return figures


def _late(late_ns: Ints, period_ns: int) -> Ints:
    """Return the lateness of each tick from that of each deadline."""
    return np.repeat(late_ns, period_ns // TICK_NS)
