"""The page: tables of what was measured, published peers beside them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from linacsim import __version__
from tools.fidelity.cases import CASES, Case, measured, stopped
from tools.fidelity.compare import Beside, Compared
from tools.fidelity.halves import HALVES, Prediction, predicted
from tools.fidelity.peers import PEERS

INTRO = """# How true is the emulator?

Logs of real machines, and the same beams delivered by linacsim and logged by it, side by side.
Research and test use only: five beams of unknown machines, and no statement about any machine in a
clinic. Measure [your own](../how-to/fit-your-machine.md) before you rely on it.

`python -m tools.fidelity` measures and writes this page; a test measures again and fails if a
figure is no longer true. Measured with linacsim {version}, {date}.
"""

TIMING = """## Times

Each beam is delivered end to end: plan, supervisor, plant, trajectory log. Times count from the
tick in which the beam begins, as both logs show it. *Length* is from there to the last control
point; *crossings* are those of inner and last control points that end a segment with dose.

Only the first beam is made from an independent plan. Control points of the others were read from
the lines of their own logs, rounded as plans are, so that their timing is predicted and their
places are not. Numbers of the shipped machines come from public logs of which these are a part;
what a machine predicts that has not seen a log is [below](#one-half-predicts-the-other).
"""

PACE = """## Speeds and dose rate

Mean absolute difference of the *actual* columns, real and emulated, over windows of 0.4 s.
"""

ERRORS = """## Following

Errors are actual less expected, where an axis is on its way by plan; the MU error where dose is
given. *Error, real against emulated* holds the two against each other snapshot by snapshot: how
well the emulator knows which way an axis will be off at which moment.
"""

STOP = """## A stop at full speed

The kV rotation that was aborted at 6 deg/s, its gantry told to brake where the log's command froze:
"""

HALF = """## One half predicts the other

A machine is [fitted](../how-to/fit-your-machine.md) to some logs and predicts another one. What the
logs cannot tell is taken from the shipped machine, or from one whose every speed, acceleration
and lag is wrong by 15 %. Where both predict alike, the logs told all that mattered. Where they do
not, the predicted beam uses what the fitted ones never show: X jaws at work, leaves or a collimator
without a carriage on its way.
"""

PEER = """## Published figures of others

Different beams, different machines, and mostly harder questions: plans without logs, many arcs.
So these figures tell in which class the emulator plays, and are no contest. Ours are the worst
of the dynamic beams above.
"""

LIMITS = """## What this does not show

- No gated beam, no FFF beam, no electron beam and no couch motion is among the real logs.
- Five beams, logged in versions 2.1 and 3.0, four of them without their plans.
- The timing law fits to the rounding of the logs since it was found in such logs. A machine with
  another control version may differ; its logs will show it.
- Following errors are those of the axes' own sensors, as logs hold them. What an independent
  camera or film would see is not in any log.
"""


LEAST_S = 1e-5
"""Times that single precision of the control-point column can hide."""


@dataclass(frozen=True, slots=True)
class Results:
    """All that is on the page."""

    cases: tuple[tuple[Case, Compared], ...]
    stop: tuple[Beside, ...]
    halves: tuple[Prediction, ...]


def results(data: Path) -> Results:
    """Measure everything; `data` holds `logs` and `plans`."""
    return Results(
        tuple((case, measured(case, data)) for case in CASES),
        stopped(data),
        tuple(predicted(half, data) for half in HALVES),
    )


def page(found: Results, date: str) -> str:
    """Return the text of the page."""
    return "\n".join(
        [
            INTRO.format(version=__version__, date=date),
            TIMING,
            *_timing(found),
            PACE,
            *_pace(found),
            ERRORS,
            *_errors(found),
            STOP,
            *_beside(found.stop),
            "",
            HALF,
            *_halves(found),
            PEER,
            *_peers(found),
            LIMITS.rstrip(),
            "",
        ]
    )


def _timing(found: Results) -> Iterator[str]:
    yield (
        "| beam | control points from | length, real, s | emulated, s | difference, ms | crossings "
        "| greatest error, ms | mean, ms |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for case, compared in found.cases:
        t = compared.timing
        yield (
            f"| {case.name} | {case.points_from} | {t.length[0]:.2f} | {t.length[1]:.2f} "
            f"| {_ms(t.length[1] - t.length[0])} | {t.points} | {_ms(t.worst_s)} "
            f"| {_ms(t.mean_s)} |"
        )
    yield ""
    yield "Logs have a snapshot every 20 ms and ticks last 10 ms: 10 ms is one tick, which a log"
    yield "may or may not show. In the held field the moment at which the real line rose and fell"
    yield "is known to a snapshot only."
    yield ""


def _pace(found: Results) -> Iterator[str]:
    yield "| beam | gantry, deg/s | fastest leaf, mm/s | dose rate, MU/min |"
    yield "|---|---|---|---|"
    for case, compared in found.cases:
        p = compared.pace
        yield (
            f"| {case.name} | {_or_none(p.gantry_deg_per_s, 3)} | {_or_none(p.leaf_mm_per_s, 3)} "
            f"| {p.dose_rate_mu_per_min:.1f} |"
        )
    yield ""


def _errors(found: Results) -> Iterator[str]:
    for case, compared in found.cases:
        yield f"### {case.name}"
        yield ""
        yield from _beside(compared.figures)
        for name, value, digits in (
            ("leaf error, real against emulated, mean, mm", compared.leaf_error_mm, 3),
            ("gantry error, real against emulated, mean, deg", compared.gantry_error_deg, 3),
        ):
            if value is not None:
                yield f"| {name} | {value:.{digits}f} | |"
        yield ""


def _beside(figures: Sequence[Beside]) -> Iterator[str]:
    yield "| figure | real | emulated |"
    yield "|---|---|---|"
    for item in figures:
        digits = item.digits
        yield f"| {item.name} | {item.real:.{digits}f} | {item.emulated:.{digits}f} |"


def _halves(found: Results) -> Iterator[str]:
    yield (
        "| predicted | fitted to | numbers told | greatest crossing error, ms: others as shipped "
        "| others wrong by 15 % |"
    )
    yield "|---|---|---|---|---|"
    for item in found.halves:
        yield (
            f"| {item.half.predicted.name} | {item.half.told_by} | {item.told} "
            f"| {_ms(item.shipped.timing.worst_s)} | {_ms(item.spoiled.timing.worst_s)} |"
        )
    yield ""


def _peers(found: Results) -> Iterator[str]:
    dynamic = [compared for _, compared in found.cases if compared.timing.points > 10]
    ours = {
        "length": f"{_ms(max(abs(c.timing.length[1] - c.timing.length[0]) for c in dynamic))} ms",
        "crossing": f"{_ms(max(c.timing.mean_s for c in dynamic))} ms",
        "gantry": f"{_worst(c.pace.gantry_deg_per_s for c in dynamic):.3f} deg/s",
        "leaf": f"{_worst(c.pace.leaf_mm_per_s for c in dynamic):.3f} mm/s",
        "dose": f"{_worst(c.pace.dose_rate_mu_per_min for c in dynamic):.1f} MU/min",
        "leaf error": f"{_worst(c.leaf_error_mm for c in dynamic):.3f} mm",
        "gantry error": f"{_worst(c.gantry_error_deg for c in dynamic):.3f} deg",
    }
    yield "| figure | who | theirs | ours, worst beam |"
    yield "|---|---|---|---|"
    for peer in PEERS:
        yield f"| {peer.figure} | {peer.who} | {peer.theirs} | {ours[peer.key]} |"
    yield ""
    yield "Sources:"
    yield ""
    for who, told in {peer.who: peer.source for peer in PEERS}.items():
        yield f"- {who}: {told}"
    yield ""


def _worst(values: Iterator[float | None]) -> float:
    return max(value for value in values if value is not None)


def _ms(time_s: float) -> str:
    """Return ms; what the rounding of logs hides is called less than it."""
    return "< 0.01" if abs(time_s) < LEAST_S else f"{time_s * 1000:.2f}"


def _or_none(value: float | None, digits: int) -> str:
    return "stands" if value is None else f"{value:.{digits}f}"
