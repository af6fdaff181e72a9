"""Compares what came out of a scenario with what it expects."""

from collections.abc import Iterator

from linacsim.engines.batch import RunResult
from linacsim.machines.spec import MachineSpec
from linacsim.review.gating import GatingFigures
from linacsim.scenario.compose import Outcome
from linacsim.scenario.positions import column_of
from linacsim.scenario.schema import Expectations
from linacsim.scenario.words import Figure


def misses(
    expect: Expectations,
    outcome: Outcome,
    machine: MachineSpec,
    gating: GatingFigures | None = None,
) -> tuple[str, ...]:
    """Return one line for each expectation that was missed."""
    result = outcome.result
    return (
        *_state(expect, result),
        *_figures(expect, result, machine),
        *_interlocks(expect, result),
        *_told(expect, result),
        *_gating(expect, gating),
        *_invariants(expect, outcome),
    )


def _state(expect: Expectations, result: RunResult) -> Iterator[str]:
    if result.state.name != expect.state:
        yield f"final state: expected {expect.state}, found {result.state.name}"
    if result.reached_limit:
        yield f"the run was ended by limit_s at {result.simulated_s:g} s"
    if result.too_late:
        yield f"the run was ended by its lateness: {result.too_late}"
    if result.no_progress and not expect.no_progress:
        yield "the run was ended by no_progress_s: the beam did not get on"
    if expect.no_progress and not result.no_progress:
        yield "no_progress: expected the run to be ended by no_progress_s, it was not"


def _figures(expect: Expectations, result: RunResult, machine: MachineSpec) -> Iterator[str]:
    wanted: list[tuple[str, Figure | None, float]] = [
        ("mu", expect.mu, result.mu),
        ("total_time_s", expect.total_time_s, result.delivered_s),
        ("beam_on_time_s", expect.beam_on_time_s, result.beam_on_s),
    ]
    for key, position in expect.positions.items():
        wanted.append((key, position, float(result.positions[column_of(key, machine.layout)])))
    for name, figure, found in wanted:
        if figure is not None and not figure.met_by(found):
            yield f"{name}: expected {figure.value:g} within {figure.within:g}, found {found:.4f}"


def _gating(expect: Expectations, found: GatingFigures | None) -> Iterator[str]:
    if expect.gating is None:
        return
    values = _gating_values(found) if found is not None else {}
    for name in type(expect.gating).model_fields:
        figure: Figure | None = getattr(expect.gating, name)
        if figure is None:
            continue
        value = values.get(name)
        if value is None:
            yield f"gating.{name}: expected {figure.value:g}, found nothing to take it from"
        elif not figure.met_by(value):
            wanted = f"{figure.value:g} within {figure.within:g}"
            yield f"gating.{name}: expected {wanted}, found {value:.4f}"


def _gating_values(found: GatingFigures) -> dict[str, float | None]:
    off, on, residual = found.beam_off_latency, found.beam_on_latency, found.residual
    return {
        "duty_cycle": found.duty_cycle,
        "gate_duty_cycle": found.gate_duty_cycle,
        "beam_off_latency_ms": off.mean_ms if off else None,
        "beam_on_latency_ms": on.mean_ms if on else None,
        "outside_mu": found.outside_mu,
        "residual_rms_cm": residual.rms_cm if residual else None,
    }


def _interlocks(expect: Expectations, result: RunResult) -> Iterator[str]:
    if expect.interlocks is not None and set(expect.interlocks) != set(result.interlocks):
        yield f"interlocks: expected {_list(expect.interlocks)}, found {_list(result.interlocks)}"
    if expect.holds is not None and expect.holds != result.holds:
        yield f"holds: expected {expect.holds}, found {result.holds}"


def _told(expect: Expectations, result: RunResult) -> Iterator[str]:
    refused = [event.text for event in result.events if event.kind == "refused"]
    if expect.refused is not None and (
        len(expect.refused) != len(refused)
        or not all(part in text for part, text in zip(expect.refused, refused, strict=True))
    ):
        yield f"refused: expected {_list(expect.refused)}, found {_list(refused)}"
    for part in expect.events:
        if not any(part in event.text for event in result.events):
            yield f"events: none says {part!r}"


def _invariants(expect: Expectations, outcome: Outcome) -> Iterator[str]:
    for violation in outcome.violations:
        if violation.rule not in expect.invariants:
            yield str(violation)
    broken = {violation.rule.value for violation in outcome.violations}
    for name in expect.invariants:
        if name not in broken:
            yield f"invariant {name}: expected to be broken, was kept"


def _list(items: tuple[str, ...] | list[str]) -> str:
    return "; ".join(items) if items else "none"
