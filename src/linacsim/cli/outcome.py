"""How a run ended, in words and as plain data."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from linacsim.cli.terminal import SAFETY, Terminal
from linacsim.model.time import TICK_NS, seconds

if TYPE_CHECKING:
    from linacsim.engines.realtime.lateness import Timing
    from linacsim.machines.spec import MachineSpec
    from linacsim.model.messages import Event
    from linacsim.scenario.compose import Outcome
    from linacsim.scenario.recorder import Files


def outcome_record(outcome: "Outcome", machine: "MachineSpec") -> dict[str, Any]:
    """Return an outcome as plain data."""
    result = outcome.result
    return {
        "machine": machine.name,
        "state": result.state.name,
        "mu": result.mu,
        "delivered_s": result.delivered_s,
        "beam_on_s": result.beam_on_s,
        "simulated_s": result.simulated_s,
        "holds": result.holds,
        "no_progress": result.no_progress,
        "too_late": result.too_late or None,
        "interlocks": list(result.interlocks),
        "events": [
            {"time_s": event_s(event), "kind": event.kind, "text": event.text}
            for event in result.events
        ],
        "positions": {
            f"{machine.layout.name(column)} {machine.layout.unit(column)}": float(value)
            for column, value in enumerate(result.positions)
        },
        "invariants_broken": [str(violation) for violation in outcome.violations],
        "frames_sha256": outcome.digest.value(),
        **files_record(outcome.files),
        "notice": SAFETY,
    }


def files_record(files: "Files") -> dict[str, str | bool | None]:
    """Return where files are as plain data."""
    return {
        "log": _text(files.log),
        "log_full": files.log_full,
        "journal": _text(files.journal),
        "trf": _text(files.trf),
    }


def show_outcome(outcome: "Outcome", terminal: Terminal, wall_s: float) -> None:
    """Write what happened and where the files are."""
    result = outcome.result
    for event in result.events:
        if event.kind != "state":
            terminal.remark(f"{event_s(event):10.2f} s  {event.kind}: {event.text}")
    for violation in outcome.violations:
        terminal.say(str(violation))
    if result.reached_limit:
        terminal.say(f"ended by the time limit at {result.simulated_s:g} s")
    if result.too_late:
        terminal.say(f"ended at {result.simulated_s:g} s: {result.too_late}")
    if result.no_progress:
        terminal.say(f"ended at {result.simulated_s:g} s: the beam did not get on for too long")
    terminal.say(
        f"{result.state.name}: {result.mu:.2f} MU in {result.delivered_s:.2f} s "
        f"(beam on {result.beam_on_s:.2f} s)"
    )
    terminal.remark(
        f"simulated {result.simulated_s:.2f} s in {wall_s:.2f} s: "
        f"{result.simulated_s / max(wall_s, 1e-6):.0f} times real time"
    )
    show_files(outcome.files, terminal)


def show_files(files: "Files", terminal: Terminal) -> None:
    """Write where the files are."""
    if files.log is not None:
        terminal.say(f"log      {files.log}")
        if files.log_full:
            terminal.say(f"         {_full_log()}")
    elif files.journal is not None:
        terminal.say("no log: no beam was started")
    if files.trf is not None:
        terminal.say(f"TRF log  {files.trf}")
    if files.journal is not None:
        terminal.say(f"journal  {files.journal}")


def _full_log() -> str:
    from linacsim.formats.trajectory_log import RECORDING_LIMIT_S

    return (
        f"it ends after {RECORDING_LIMIT_S // 60} min of recording, as on the machine, and is "
        "marked truncated; the journal has the whole run"
    )


def draw_picture(files: "Files", terminal: Terminal) -> str | None:
    """Draw the log beside itself and return where; None where there is no log."""
    if files.log is None:
        return None
    from linacsim.formats.trajectory_log import read_log
    from linacsim.review.delivery_plot import draw_delivery

    picture = draw_delivery(read_log(files.log), files.log.with_suffix(".png"))
    terminal.say(f"picture  {picture}")
    return str(picture)


def event_s(event: "Event") -> float:
    """Return when an event happened."""
    return seconds(event.tick * TICK_NS)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def show_timing(timing: "Timing", terminal: Terminal) -> None:
    """Write how punctual a live run was."""
    late, work = timing.lateness, timing.compute
    terminal.say(
        f"punctuality: {timing.deadlines} deadlines every {timing.period_ms:g} ms; late by "
        f"p50 {late.p50_us:.0f}, p99 {late.p99_us:.0f}, p99.9 {late.p999_us:.0f}, "
        f"max {late.max_us:.0f} us; work p50 {work.p50_us:.0f}, p99 {work.p99_us:.0f}, "
        f"max {work.max_us:.0f} us; {timing.overruns} overruns, {timing.skipped} a period late, "
        f"{timing.holds} holds"
    )
    if timing.deadlines:
        terminal.remark(f"late by up to: {_histogram(timing)}")


def _histogram(timing: "Timing") -> str:
    """Return how many deadlines were late by up to each time, in one line."""
    from linacsim.engines.realtime.lateness import EDGES_US

    names = [f"{edge} us" if edge < 1000 else f"{edge / 1000:g} ms" for edge in EDGES_US]
    counts = zip([*names, "more"], timing.histogram, strict=True)
    return ", ".join(f"{name} {count}" for name, count in counts if count)
