"""Latency from sensor to hold, measured by running a gated scenario live or headless."""

from collections.abc import Callable

import numpy as np

from linacsim.model.arrays import Ints
from linacsim.model.findings import InputError, Place
from linacsim.model.signals import State
from linacsim.model.time import TICK_NS
from linacsim.review.latency import LatencyFigures, SampleTimes, latency_figures
from linacsim.scenario.live import live_engine
from linacsim.scenario.running import Prepared, headless, run_scenario
from linacsim.scenario.told import Overheard


def measure_latency(
    prepared: Prepared,
    *,
    realtime: bool,
    ask_system: bool = False,
    tell: Callable[[str], None] = lambda _line: None,
) -> LatencyFigures:
    """Run a gated scenario and follow each closing of its gate.

    Raises InputError for a scenario without motion or whose gate never closes during delivery.
    """
    times, late_ns = SampleTimes(), None
    if realtime:
        with live_engine(prepared, ask_system=ask_system, tell=tell) as engine:
            report = run_scenario(prepared, engine=Overheard(engine, times.record))
            late_ns = _late(engine.late_ns(), engine.options.period_ns)
    else:
        report = run_scenario(prepared, engine=Overheard(headless(prepared), times.record))
    place, result = Place(str(prepared.path)), report.outcome.result
    if result.state is not State.COMPLETE:
        tell(f"the run ended {result.state.name} after {result.simulated_s:.1f} s")
    if report.gating is None or report.gating.gate is None:
        raise InputError("nothing to measure: the scenario needs motion and a gated beam", place)
    if report.gating.truth:
        tell(f"edges are those of {report.gating.truth}")
    state = report.gating.record.state()
    figures = latency_figures(report.gating.gate, times.rows(), state, late_ns)
    if not figures.edges:
        raise InputError("nothing to measure: the gate never closed during the delivery", place)
    return figures


def _late(late_ns: Ints, period_ns: int) -> Ints:
    """Return the lateness of each tick from that of each deadline."""
    return np.repeat(late_ns, period_ns // TICK_NS)
